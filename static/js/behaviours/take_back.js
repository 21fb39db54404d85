// [data-take-back] with data-to and data-call: a button per wallet sends this one call, then the page is loaded again.
// data-from, when there, is the only address that may send it. json_script "take-back-chain" holds the chain.

import { explain, say, walletButtons, words } from "../wallet/panel.js";
import {
  WalletError,
  chooseAccount,
  ensureChain,
  sameAddress,
  sendTransaction,
  waitForReceipt,
} from "../wallet/provider.js";

export function attach(root) {
  const chain = JSON.parse(document.getElementById("take-back-chain").textContent);
  walletButtons(root, { label: "send" }, ({ provider }) => takeBack(root, provider, chain));
}

async function takeBack(root, provider, chain) {
  const { to, call, from } = root.dataset;
  try {
    say(root, words(root).asking);
    const account = await chooseAccount(provider);
    if (from && !sameAddress(from, account)) throw new WalletError("stranger");
    await ensureChain(provider, chain);
    const hash = await sendTransaction(provider, account, { to, data: call });
    say(root, words(root).waiting);
    const receipt = await waitForReceipt(provider, hash);
    if (Number(receipt.status) !== 1) throw new WalletError("reverted");
    say(root, words(root).done);
    window.setTimeout(() => window.location.reload(), 3000);
  } catch (error) {
    explain(root, error);
  }
}
