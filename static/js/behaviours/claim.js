// [data-claims] names a script of JSON {chain, calls: [{to, data, only}]}: one button per wallet sends the calls one after
// another. Each pays the address in its proof, whoever sends it; one with `only` must be sent by that account.

import { say, explain, walletButtons, words } from "../wallet/panel.js";
import { chooseAccount, ensureChain, sameAddress, sendTransaction, waitForReceipt, WalletError } from "../wallet/provider.js";

export function attach(root) {
  const { chain, calls } = JSON.parse(document.getElementById(root.dataset.claims).textContent);
  walletButtons(root, { label: "claim", primary: true }, ({ provider }) => claimAll(root, provider, chain, calls));
}

async function claimAll(root, provider, chain, calls) {
  try {
    say(root, words(root).asking);
    const from = await chooseAccount(provider);
    const only = calls.find((call) => call.only && !sameAddress(call.only, from))?.only;
    if (only) return explain(root, new WalletError("otherAccount"), { address: only });
    await ensureChain(provider, chain);
    for (const call of calls) {
      say(root, words(root).asking);
      const hash = await sendTransaction(provider, from, call);
      say(root, words(root).waiting);
      const receipt = await waitForReceipt(provider, hash);
      if (Number(receipt.status) !== 1) throw new WalletError("failed");
    }
    say(root, words(root).done);
    root.querySelector("[data-wallet-buttons]").replaceChildren();
  } catch (error) {
    explain(root, error);
  }
}
