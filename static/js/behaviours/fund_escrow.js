// [data-behaviour=fund-escrow] with data-funding-url (our API) and data-confirm-dialog: a button per wallet. After the
// dialog it switches the chain, fixes the quote for the wallet's address, and sends the calls one after the other; where
// the token takes a signed permit, one signature stands for the first of them, unless wallet or token will not have it.
// A project that pays in two tokens has its steps twice: permit-0, allow-0, lock-0, and the same with 1.
// Each [data-step] of [data-fund-steps] shows how far it is. json_script "wallet-chain" holds the chain.

import { Refused, send } from "../wallet/challenge.js";
import { explain, say, walletButtons, words } from "../wallet/panel.js";
import { signPermit } from "../wallet/permit.js";
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
  start(root);
  const account = await at(root, "connect", () => chooseAccount(provider));
  await at(root, "chain", () => ensureChain(provider, chain));
  const quote = await at(root, "quote", () => send("POST", root.dataset.fundingUrl, { funder_address: account }));
  // A project that pays in two tokens has two escrows: the second one is asked for when the first one is locked.
  for (const [part, escrow] of [quote, quote.second].entries()) if (escrow) await fill(root, provider, account, part, escrow);
  say(root, words(root).finished);
  window.location.reload();
}

async function fill(root, provider, account, part, escrow) {
  // What was sent a moment ago is not asked for again while the chain confirms it.
  const last = step(root, `lock-${part}`);
  if (!escrow.calls.length || "covered" in last.dataset) return mark(last, "done", words(root).done);
  const signed = escrow.permit_url ? await permitOrNothing(root, provider, account, part, escrow.permit_url) : null;
  if (signed) {
    await sendStep(root, `lock-${part}`, provider, account, signed.call, signed.deadline);
  } else {
    const [allow, lock] = escrow.calls;
    show(root, `allow-${part}`);
    await sendStep(root, `allow-${part}`, provider, account, allow);
    await sendStep(root, `lock-${part}`, provider, account, lock);
  }
  last.dataset.covered = "";
}

/** Null when the two transactions are the way: because wallet, token or server said so, which is told in words. */
async function permitOrNothing(root, provider, account, part, url) {
  const said = words(root);
  show(root, `permit-${part}`);
  try {
    return await at(root, `permit-${part}`, async (note) => {
      const signed = await signPermit(provider, account, url, { onExpired: () => note(said.expiredAgain) });
      if (signed.is_used) say(root, said.permitUsed);
      return signed;
    });
  } catch (error) {
    if (error.kind === "busy") throw error;
    const because = error.kind === "declined" ? said.permitDeclined : error instanceof Refused && error.message;
    mark(step(root, `permit-${part}`), "wait", because || said.permitUnknown);
    say(root, said.twoInstead);
    return null;
  }
}

function sendStep(root, name, provider, account, call, deadline = Infinity) {
  return at(root, name, async (note) => {
    try {
      const hash = await sendTransaction(provider, account, call);
      note(words(root).mining);
      const receipt = await waitForReceipt(provider, hash);
      if (Number(receipt.status) !== 1) throw new WalletError("reverted");
    } catch (error) {
      // Whoever let the wallet wait for longer than the signature is good for learns that, not only that it failed.
      throw error.kind !== "declined" && Date.now() / 1000 > deadline ? new WalletError("expired", error) : error;
    }
  });
}

async function at(root, name, work) {
  const said = words(root);
  mark(step(root, name), "now", said.asking);
  const result = await work((text) => mark(step(root, name), "now", text));
  mark(step(root, name), "done", said.done);
  return result;
}

function start(root) {
  const steps = root.querySelector("[data-fund-steps]");
  for (const each of steps.children) {
    mark(each, "", "");
    each.hidden = "stepLater" in each.dataset;
  }
  steps.hidden = false;
  say(root, "");
}

function show(root, name) {
  const found = step(root, name);
  if (found) found.hidden = false;
}

function step(root, name) {
  return root.querySelector(`[data-step="${name}"]`);
}

function mark(found, tone, text) {
  if (!found) return;
  if (tone) found.dataset.tone = tone;
  else delete found.dataset.tone;
  found.querySelector("[data-step-note]").textContent = text;
}

function isConfirmed(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
