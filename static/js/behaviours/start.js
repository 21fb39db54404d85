// Attaches behaviours to elements by selector, at the start and whenever htmx puts new ones on the page.
// A module is fetched only when something on the page asks for it. Each exports attach(element), called once an element.

const BEHAVIOURS = [
  ["[data-theme-choice]", () => import("./theme.js")],
  ["[data-submit-on-change]", () => import("./submit_on_change.js")],
  ["[data-menu]", () => import("./menu.js")],
  ["form[data-sign-out]", () => import("./wipe_on_signout.js")],
  ["[data-behaviour=workbench-preview]", () => import("../workbench/preview.js")],
  ["[data-behaviour=review-item]", () => import("../workbench/review_view.js")],
  ["[data-behaviour=gold-item]", () => import("../workbench/gold_view.js")],
  ["[data-behaviour=exam-item]", () => import("../workbench/exam_view.js")],
  ["[data-review-remarks]", () => import("./review_remarks.js")],
  ["[data-review-keys]", () => import("./review_keys.js")],
  ["[data-behaviour=interface-builder]", () => import("../builder/builder.js")],
  ["[data-behaviour=preview-controls]", () => import("../builder/preview_controls.js")],
  ["[data-behaviour=fund-escrow]", () => import("./fund_escrow.js")],
  ["[data-copy]", () => import("./copy.js")],
  ["[data-confirm]", () => import("./confirm.js")],
  ["form[method=post]:not([data-confirm], [data-theme-choice])", () => import("./disable_after_submit.js")],
  ["[data-opens]", () => import("./dialog.js")],
  ["dialog.dialog", () => import("./dialog.js")],
  ["[data-poll]", () => import("./poll.js")],
  ["time[data-when]", () => import("./relative_time.js")],
  [".drop", () => import("./drop.js")],
  [".options--scroll:has([data-filter])", () => import("./filter_options.js")],
  ["textarea[data-autosize]", () => import("./autosize.js")],
  ["[data-wallet-sign-in]", () => import("./wallet_sign_in.js")],
  ["[data-wallet-link]", () => import("./wallet_link.js")],
  ["[data-wallet-payout]", () => import("./wallet_payout.js")],
  ["[data-claims]", () => import("./claim.js")],
  ["[data-take-back]", () => import("./take_back.js")],
  ["form[data-warn-when-dirty]", () => import("./dirty_form.js")],
];

const attached = new Map();

function start(root) {
  for (const [selector, load] of BEHAVIOURS) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.push(root);
    if (found.length) load().then(({ attach }) => attachOnce(attach, found));
  }
  for (const element of root.querySelectorAll("[data-when-scripted=hide]")) element.hidden = true;
}

function attachOnce(attach, elements) {
  const known = attached.get(attach) ?? new WeakSet();
  attached.set(attach, known);
  for (const element of elements) {
    if (known.has(element)) continue;
    known.add(element);
    attach(element);
  }
}

start(document.documentElement);
document.addEventListener("htmx:after:swap", () => start(document.documentElement));
document.addEventListener("foggara:load", (event) => start(event.target));
