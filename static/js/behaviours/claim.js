// [data-claims] with a script#claims of JSON {chain, calls: [{to, data}]}: one button per wallet sends the calls one after
// another. Each pays the address in its proof, whoever sends it, so any wallet with gas money will do.

import { say, explain, walletButtons, words } from "../wallet/panel.js";
import { chooseAccount, ensureChain, sendTransaction, waitForReceipt, WalletError } from "../wallet/provider.js";

export function attach(root) {
  const { chain, calls } = JSON.parse(document.getElementById("claims").textContent);
  walletButtons(root, { label: "claim", primary: true }, ({ provider }) => claimAll(root, provider, chain, calls));
}

async function claimAll(root, provider, chain, calls) {
  try {
    say(root, words(root).asking);
    const from = await chooseAccount(provider);
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
