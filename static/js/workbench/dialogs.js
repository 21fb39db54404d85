/** Questions in native dialogs. Each pushes a key layer, so that keys below do nothing while it is open. */

import { button, make } from "./dom.js";

/** Opens a dialog built by `fill(close)`, and resolves with what `close` was given, or null for Escape. */
export function ask({ title, fill, keys, words, wide = false }) {
  return new Promise((resolve) => {
    const heading = make("h2", { id: "dialog-title", text: title });
    const dialog = make("dialog", { class: wide ? "dialog dialog--wide" : "dialog", "aria-labelledby": heading.id });
    let outcome = null;
    const close = (value) => {
      outcome = value;
      dialog.close();
    };
    dialog.append(make("div", {}, heading, ...[fill(close)].flat()));
    const removeKeys = keys?.push({ level: "dialog", name: title, bindings: [] });
    dialog.addEventListener("close", () => {
      removeKeys?.();
      dialog.remove();
      resolve(outcome);
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function confirmLoss({ title, text, yes, keys, words }) {
  return ask({
    title,
    keys,
    words,
    fill: (close) => [
      make("p", { text }),
      make("div", { class: "dialog__actions" }, button(words("cancel"), () => close(null), { autofocus: true }), button(yes, () => close(true), { class: "button button--danger" })),
    ],
  });
}

const REASONS = ["unclear", "broken", "offensive", "too_hard", "other"];

/** Why is it skipped? Resolves with {reason, note} or null. */
export function askSkip({ keys, words }) {
  return ask({
    title: words("skip_title"),
    keys,
    words,
    fill: (close) => {
      const note = make("textarea", { id: "skip-note", rows: "2", maxlength: "500" });
      const options = REASONS.map((reason, index) =>
        make(
          "label",
          { class: "option" },
          make("input", { type: "radio", name: "skip-reason", value: reason, required: true, autofocus: index === 0 }),
          make("span", { class: "option-title", text: words(`reason_${reason}`) }),
        ),
      );
      const onsubmit = (event) => {
        event.preventDefault();
        close({ reason: new FormData(event.target).get("skip-reason"), note: note.value.trim() });
      };
      return make(
        "form",
        { class: "work-form", onsubmit },
        make("fieldset", { class: "options" }, make("legend", { text: words("skip_why") }), make("div", { class: "options-list" }, ...options)),
        make("label", { for: note.id, text: words("skip_note") }),
        note,
        make("div", { class: "dialog__actions" }, button(words("cancel"), () => close(null)), make("button", { class: "button button--primary", text: words("skip") })),
      );
    },
  });
}
