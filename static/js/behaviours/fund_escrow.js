// [data-behaviour=fund-escrow] with data-funding-url (our API) and data-confirm-dialog: a button per wallet. After the
// dialog it switches the chain, fixes the quote for the wallet's address, and sends the calls one after the other; each
// [data-step] of [data-fund-steps] shows how far it is. json_script "wallet-chain" holds the chain.

import { send } from "../wallet/challenge.js";
import { explain, say, walletButtons, words } from "../wallet/panel.js";
import { WalletError, chooseAccount, ensureChain, sendTransaction, waitForReceipt } from "../wallet/provider.js";

export function attach(root) {
  const chain = JSON.parse(document.getElementById("wallet-chain").textContent);
  walletButtons(root, { label: "fund", primary: true }, async ({ provider }) => {
    if (!(await isConfirmed(root.dataset.confirmDialog))) return;
    try {
      await fund(root, provider, chain);
    } catch (error) {
      mark(root.querySelector('[data-step][data-tone="now"]'), "loss", "");
      explain(root, error);
    }
  });
}

async function fund(root, provider, chain) {
  const steps = root.querySelector("[data-fund-steps]");
  steps.hidden = false;
  for (const step of steps.children) mark(step, "", "");
  const said = words(root);
  const account = await at(root, "connect", () => chooseAccount(provider));
  await at(root, "chain", () => ensureChain(provider, chain));
  const { calls } = await at(root, "quote", () => send("POST", root.dataset.fundingUrl, { funder_address: account }));
  for (const [place, call] of calls.entries()) {
    await at(root, `call-${place}`, async (note) => {
      const hash = await sendTransaction(provider, account, call);
      note(said.mining);
      const receipt = await waitForReceipt(provider, hash);
      if (Number(receipt.status) !== 1) throw new WalletError("reverted");
    });
  }
  say(root, said.finished);
  window.location.reload();
}

async function at(root, name, work) {
  const step = root.querySelector(`[data-step="${name}"]`);
  const said = words(root);
  mark(step, "now", said.asking);
  const result = await work((text) => mark(step, "now", text));
  mark(step, "done", said.done);
  return result;
}

function mark(step, tone, text) {
  if (!step) return;
  if (tone) step.dataset.tone = tone;
  else delete step.dataset.tone;
  step.querySelector("[data-step-note]").textContent = text;
}

function isConfirmed(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
