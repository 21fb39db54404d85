/**
 * A question of an exam, or to practise with, answered with the tools and keys of the workbench: a form with
 * `data-behaviour="exam-item"` and one JSON block inside: {schema, item, data, media, prefs, messages, locale}. Its parts
 * are found by `data-part`; what is chosen goes as JSON into the field `value`, and the form is sent as any other.
 */

import { createApi } from "./api.js";
import { createHistory } from "./history.js";
import { loadTools, mountItem } from "./item_view.js";
import { createKeys } from "./keys.js";
import { createSay } from "./say.js";
import { onlyShown } from "./when.js";
import { createWords } from "./words.js";

export async function attach(form) {
  const block = form.querySelector('script[type="application/json"]');
  const { schema, item, data, media, prefs, messages, locale } = JSON.parse(block.textContent);
  const at = (name) => document.querySelector(`[data-part="${name}"]`);
  const words = createWords(messages, locale);
  const say = createSay(at("polite"), at("urgent"));
  const keys = createKeys(document, prefs);
  const loaded = await loadTools(schema);
  const history = createHistory({}, (now) => {
    view.update(now);
    view.showErrors([], { focus: false });
    showButtons();
  });
  const view = mountItem({
    el: at("item"),
    schema,
    loaded,
    task: { item, data, media },
    result: {},
    set: (name, value, key) => history.set({ ...history.value, [name]: value }, key),
    keys,
    say,
    words,
  });

  form.addEventListener("submit", (event) => {
    const errors = view.validate(history.value);
    if (view.showErrors(errors)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return say(errors[0].message, { now: true });
    }
    form.elements.value.value = JSON.stringify(onlyShown(schema.fields, history.value));
  }, { capture: true });
  at("undo").addEventListener("click", undo);
  at("redo").addEventListener("click", redo);
  at("help").addEventListener("click", help);
  addEventListener("pointerup", () => history.seal());
  keys.push({
    level: "kernel",
    name: words("keys_workbench"),
    bindings: [
      { id: "submit", combo: "Mod+Enter", title: words("submit"), run: () => form.requestSubmit(at("submit")), inText: true },
      { id: "submit_single", combo: "Enter", title: words("submit"), run: () => form.requestSubmit(at("submit")) },
      { id: "undo", combo: "Mod+z", title: words("undo"), run: undo, repeats: true },
      { id: "redo", combo: "Mod+Shift+z", title: words("redo"), run: redo, repeats: true },
      { id: "instructions", combo: "i", title: words("instructions"), run: () => at("instructions")?.toggleAttribute("open") },
      { id: "help", combo: "?", title: words("help_title"), run: help },
    ],
  });
  at("submit").disabled = false;
  showButtons();

  function showButtons() {
    at("undo").disabled = !history.canUndo;
    at("redo").disabled = !history.canRedo;
  }

  function undo() {
    if (history.undo()) say(words("said_undone"));
  }

  function redo() {
    if (history.redo()) say(words("said_redone"));
  }

  async function help() {
    const { openHelp } = await import("./help.js");
    return openHelp({ keys, words, onChange: keepPrefs });
  }

  function keepPrefs(change) {
    keys.setPrefs(change);
    const api = createApi({ base: "/api/v1/", csrfUrl: location.pathname });
    api.put("work/prefs/", keys.prefs).catch(() => say(words("prefs_not_kept"), { now: true }));
  }
}
