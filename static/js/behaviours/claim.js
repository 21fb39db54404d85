// [data-claims] names a script of JSON {chain, calls: [{to, data, only}]}: one button per wallet sends the calls one after
// another, or all as one transaction where the wallet can. Each pays the address in its proof, whoever sends it; one with
// `only` must be sent by that account.

import { explain, fill, say, walletButtons, words } from "../wallet/panel.js";
import { chooseAccount, ensureChain, sameAddress, sendTransaction, waitForReceipt, WalletError } from "../wallet/provider.js";
import { sendTogether } from "../wallet/together.js";

export function attach(root) {
  const { chain, calls } = JSON.parse(document.getElementById(root.dataset.claims).textContent);
  walletButtons(root, { label: "claim", primary: true }, ({ provider }) => claimAll(root, provider, chain, calls));
}

/** False also when it failed as a whole: one token that still refuses must not hold the others back. */
async function isSentTogether(root, provider, from, chain, calls) {
  say(root, words(root).together);
  try {
    return Boolean(await sendTogether(provider, from, chain.id, calls));
  } catch (error) {
    if (error.kind === "failed") return false;
    throw error;
  }
}

/** False when the chain, or the wallet for it, refused this one. A person's no ends everything. */
async function isSent(root, provider, from, call, soFar) {
  try {
    tell(root, "asking", soFar);
    const hash = await sendTransaction(provider, from, call);
    tell(root, "waiting", soFar);
    return Number((await waitForReceipt(provider, hash)).status) === 1;
  } catch (error) {
    if (error.kind === "failed") return false;
    throw error;
  }
}

function finish(root) {
  say(root, words(root).done);
  root.querySelector("[data-wallet-buttons]").replaceChildren();
}

/** With "2 of 3" before it, where there is more than one to send. */
function tell(root, name, { n, all }) {
  const said = words(root);
  say(root, all > 1 ? `${fill(said.place, { n, all })} ${said[name]}` : said[name]);
}

async function claimAll(root, provider, chain, calls) {
  try {
    say(root, words(root).asking);
    const from = await chooseAccount(provider);
    const only = calls.find((call) => call.only && !sameAddress(call.only, from))?.only;
    if (only) return explain(root, new WalletError("otherAccount"), { address: only });
    await ensureChain(provider, chain);
    if (calls.length > 1 && (await isSentTogether(root, provider, from, chain, calls))) return finish(root);
    let refused = 0;
    for (const [place, call] of calls.entries()) {
      if (!(await isSent(root, provider, from, call, { n: place + 1, all: calls.length }))) refused += 1;
    }
    if (!refused) return finish(root);
    if (refused < calls.length) say(root, fill(words(root).some, { n: refused, all: calls.length }));
    else throw new WalletError("failed");
  } catch (error) {
    explain(root, error);
  }
}
