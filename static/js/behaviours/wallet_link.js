// [data-wallet-link] with data-challenge-url, data-link-url: a button per wallet, each links it to the signed-in person.

import { send, signChallenge } from "../wallet/challenge.js";
import { explain, say, walletButtons, words } from "../wallet/panel.js";

export function attach(root) {
  const { challengeUrl, linkUrl } = root.dataset;
  walletButtons(root, { label: "link", primary: true }, async ({ provider }) => {
    try {
      const onStep = (step) => say(root, words(root)[step]);
      await send("POST", linkUrl, await signChallenge(provider, { purpose: "link", challengeUrl, onStep }));
      window.location.reload();
    } catch (error) {
      explain(root, error);
    }
  });
}
