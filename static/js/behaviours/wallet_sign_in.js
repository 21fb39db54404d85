// [data-wallet-sign-in] with data-challenge-url, data-verify-url, data-next: a button per wallet, each signs in.

import { send, signChallenge } from "../wallet/challenge.js";
import { explain, say, walletButtons, words } from "../wallet/panel.js";

export function attach(root) {
  const { challengeUrl, verifyUrl, next } = root.dataset;
  walletButtons(root, { label: "signIn" }, async ({ provider }) => {
    try {
      const onStep = (step) => say(root, words(root)[step]);
      const proof = await signChallenge(provider, { purpose: "sign_in", challengeUrl, onStep });
      const { redirect_to } = await send("POST", verifyUrl, { ...proof, next });
      window.location.assign(redirect_to);
    } catch (error) {
      explain(root, error);
    }
  });
}
