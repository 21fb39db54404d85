/** Answers the server refused, each with what it said and what can be done. They stay until the person decides. */

import { confirmLoss } from "./dialogs.js";
import { button, make } from "./dom.js";

export function createDeadLetters({ el, queue, keys, words, say }) {
  let shown = "";

  function draw(letters) {
    const print = letters.map((letter) => letter.key).join();
    if (print === shown) return;
    shown = print;
    el.hidden = letters.length === 0;
    el.replaceChildren();
    if (!letters.length) return;
    const list = make("ul", { class: "dead-list", role: "list" }, ...letters.map(drawLetter));
    el.append(make("div", { class: "notice", "data-tone": "loss" }, make("div", {}, make("h2", { text: words("dead_title", { n: letters.length }) }), make("p", { text: words("dead_lede") }), list)));
  }

  function drawLetter(letter) {
    const { problem } = letter;
    const name = words(letter.kind === "skip" ? "dead_skip" : "dead_answer", { item: String(letter.label) });
    const hint = words.has(`dead_hint_${problem.code}`) ? words(`dead_hint_${problem.code}`) : words("dead_hint");
    const errors = problem.errors.map(({ field, message }) => make("li", { text: field ? `${field}: ${message}` : message }));
    const actions = [
      button(words("try_again"), () => queue.retry(letter.key)),
      button(words("copy"), (event) => copy(letter, event.target)),
      button(words("discard"), () => discard(letter), { class: "button button--danger" }),
    ];
    actions.forEach((each) => each.setAttribute("aria-label", `${each.textContent}: ${name}`));
    return make(
      "li",
      { "data-dead": letter.key },
      make("h3", { text: name }),
      make("p", { text: problem.detail || words("dead_status", { status: String(problem.status) }), dir: "auto" }),
      errors.length ? make("ul", {}, ...errors) : null,
      make("p", { class: "quiet", text: hint }),
      make("p", { class: "work-actions" }, ...actions),
    );
  }

  async function copy(letter, target) {
    const text = JSON.stringify({ item: letter.label, ...letter.body, problem: letter.problem }, null, 2);
    try {
      await navigator.clipboard.writeText(text);
      say(words("copied"));
    } catch {
      // Without leave to use the clipboard the text is shown, to be copied by hand.
      target.closest("li").append(make("textarea", { class: "dead-copy", readonly: true, rows: "6", "aria-label": words("copy"), text }));
    }
  }

  async function discard(letter) {
    const isSure = await confirmLoss({ title: words("discard_title"), text: words("discard_text"), yes: words("discard"), keys, words });
    if (isSure) await queue.discard(letter.key);
  }

  return { draw };
}
