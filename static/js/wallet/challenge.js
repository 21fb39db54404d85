/** Proves a wallet to the server: gets the message it built, has it signed, and sends it where it counts. */

import { csrfToken } from "../lib/csrf.js";
import { WalletError, chooseAccount, sameAddress, signText } from "./provider.js";

export class Refused extends Error {
  constructor(sentence, code = "") {
    super(sentence);
    this.code = code;
  }
}

/** Returns {message, signature}. `address` insists on one account. */
export async function signChallenge(provider, { purpose, challengeUrl, address = null, onStep = () => {} }) {
  onStep("asking");
  const account = await chooseAccount(provider);
  if (address && !sameAddress(account, address)) throw new WalletError("otherAccount");
  const { message } = await send("POST", challengeUrl, { address: account, purpose });
  const signature = await signText(provider, account, message);
  onStep("checking");
  return { message, signature };
}

/** JSON to our own API. A refusal's sentence comes from the server, in the person's language. */
export async function send(method, url, body = undefined) {
  const response = await fetch(url, {
    method,
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.errors?.[0]?.message || answer.detail || "", answer.code);
  return answer;
}
