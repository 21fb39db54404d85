/** The choices tool: events and keys between the pure choices and their view. Keeps no truth of its own. */

import { toggle, validate } from "./choices.js";
import { drawChoices } from "./choice_view.js";

export const drawsSource = false;

export function mount({ el, id, field, value, set, keys, say, words, readOnly = false, others = [] }) {
  let shown = value;
  const view = drawChoices({ el, id, field, words, readOnly, others, onPick: pick, onClear: clear });
  const removeKeys = readOnly || !keys ? () => {} : keys.push({ level: "tool", name: words("answer_keys"), el, bindings: bindings() });
  view.update(shown);

  function bindings() {
    return field.options
      .filter((option) => view.keys.has(option.value))
      .map((option) => ({
        id: `choices.${field.name}.${option.value}`,
        combo: view.keys.get(option.value),
        title: view.titleOfOption(option),
        fixed: true,
        when: () => !el.closest("[hidden]"),
        run: () => pickByKey(option),
      }));
  }

  function pick(option) {
    const next = toggle(field, shown, option);
    set(next);
    // A refused change (the same value again) must not leave the native box showing something else.
    view.update(shown);
  }

  function pickByKey(option) {
    const before = shown;
    pick(option.value);
    view.focus(option.value);
    const isOn = [shown].flat().includes(option.value);
    if (shown !== before) say(words(isOn ? "said_chosen" : "said_unchosen", { title: view.titleOfOption(option) }));
  }

  function clear() {
    set(undefined);
    view.focus();
  }

  return {
    update(next) {
      shown = next;
      view.update(next);
    },
    validate: () => validate(field, shown).map(([code, values]) => words(code, values)),
    focus: () => view.focus(shown),
    destroy() {
      removeKeys();
      view.destroy();
    },
  };
}
