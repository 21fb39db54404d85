// <div data-review-keys="on|off"> around an item's answers ([data-review-answer]): j and k go from answer to answer and, past
// either end, to the next or previous item; a accepts, r opens the form to return or reject, g accepts all that agree,
// ? shows the list of keys. "off" is the reader's choice to have no single keys (WCAG 2.1.4): then nothing is listened to.

import { combosOf } from "../workbench/keys.js";
import { isTextEntry } from "../workbench/dom.js";

export function attach(root) {
  if (root.dataset.reviewKeys !== "on") return;
  const answers = [...root.querySelectorAll("[data-review-answer]")];
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    a: () => current()?.querySelector("[data-review-accept]")?.click(),
    r: openRefusal,
    g: () => document.querySelector("[data-review-agreeing]")?.click(),
    "?": () => root.querySelector("[data-review-help] > summary")?.click(),
  };
  let at = startingPlace();
  mark();

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || isTextEntry(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const name = combosOf(event).find((combo) => combo in actions);
    if (!name) return;
    event.preventDefault();
    actions[name]();
  });
  root.addEventListener("focusin", (event) => {
    const found = answers.indexOf(event.target.closest("[data-review-answer]"));
    if (found < 0) return;
    at = found;
    mark();
  });

  /** The answer in the address, else the first that waits. */
  function startingPlace() {
    const named = answers.findIndex((answer) => `#${answer.id}` === location.hash);
    return named >= 0 ? named : answers.findIndex((answer) => answer.querySelector("[data-review-accept]"));
  }

  function current() {
    return answers[at];
  }

  function move(step) {
    const next = at + step;
    if (next < 0 || next >= answers.length) {
      document.querySelector(step > 0 ? "[data-review-next]" : "[data-review-previous]")?.click();
      return;
    }
    at = next;
    mark();
    answers[at].focus({ preventScroll: true });
    answers[at].scrollIntoView({ block: "nearest" });
  }

  function mark() {
    for (const [index, answer] of answers.entries()) answer.classList.toggle("is-current", index === at);
  }

  function openRefusal() {
    const refusal = current()?.querySelector("[data-review-refuse]");
    if (!refusal) return;
    refusal.open = true;
    refusal.querySelector("select")?.focus();
  }
}
