/**
 * A place with one button per wallet. `root` holds [data-wallet-buttons], [data-wallet-none], [data-wallet-status] and
 * template[data-wallet-words], whose data-* are the sentences. `label` names the sentence on the buttons.
 */

import { watchWallets } from "./discovery.js";

export function words(root) {
  return root.querySelector("template[data-wallet-words]").dataset;
}

export function say(root, text) {
  root.querySelector("[data-wallet-status]").textContent = text;
}

/** What went wrong, as a sentence. */
export function explain(root, error, values = {}) {
  const said = words(root);
  const sentence = (error.name === "WalletError" ? said[error.kind] : error.message) || said.failed;
  say(root, fill(sentence, values));
}

export function fill(sentence, values) {
  return sentence.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

export function walletButtons(root, { label, primary = false }, onChoose) {
  const place = root.querySelector("[data-wallet-buttons]");
  const none = root.querySelector("[data-wallet-none]");
  return watchWallets((wallets) => {
    none.hidden = true;
    place.replaceChildren(
      ...wallets.map((wallet) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = `button button--wide${primary ? " button--primary" : ""}`;
        button.textContent = fill(words(root)[label], { wallet: wallet.name });
        button.addEventListener("click", () => hold(button, () => onChoose(wallet)));
        return button;
      }),
    );
  });
}

/** No second click while the wallet is being asked. */
export async function hold(button, work) {
  button.disabled = true;
  try {
    await work();
  } finally {
    button.disabled = false;
  }
}
