// [data-wallet-payout] with data-challenge-url: its buttons with data-payout-url and data-address appear once a wallet is
// there; each has that wallet sign that it is to be paid from now on.

import { send, signChallenge } from "../wallet/challenge.js";
import { watchWallets } from "../wallet/discovery.js";
import { explain, hold, say, words } from "../wallet/panel.js";
import { ask, sameAddress } from "../wallet/provider.js";

export function attach(root) {
  const buttons = root.querySelectorAll("button[data-payout-url]");
  let wallets = [];
  watchWallets((found) => {
    wallets = found;
    for (const button of buttons) button.hidden = false;
  });
  for (const button of buttons) button.addEventListener("click", () => hold(button, () => choose(root, button, wallets)));
}

async function choose(root, button, wallets) {
  const { payoutUrl, address } = button.dataset;
  try {
    const provider = await holderOf(address, wallets);
    const onStep = (step) => say(root, words(root)[step]);
    const { challengeUrl } = root.dataset;
    const proof = await signChallenge(provider, { purpose: "change_payout", challengeUrl, address, onStep });
    await send("PUT", payoutUrl, proof);
    window.location.reload();
  } catch (error) {
    explain(root, error, { address });
  }
}

/** The wallet that already shows this address; else the first one, which is asked. */
async function holderOf(address, wallets) {
  for (const { provider } of wallets) {
    const accounts = await ask(provider, "eth_accounts").catch(() => []);
    if (accounts.some((account) => sameAddress(account, address))) return provider;
  }
  return wallets[0].provider;
}
