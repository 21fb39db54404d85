/** Draws a list of options as native radio buttons or check boxes, with keys, colours, search and others' choices. */

import { button, make } from "../workbench/dom.js";
import { comboText } from "../workbench/keys.js";
import { titleOf } from "../workbench/words.js";
import { chosen, keysOf, matching, tally } from "./choices.js";

const SEARCH_FROM = 13;
const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

export function drawChoices({ el, id, field, words, readOnly, others, onPick, onClear }) {
  const title = titleOf(field.title, words.locale, field.name);
  const titleOfOption = (option) => titleOf(option.title, words.locale, option.value);
  const keys = keysOf(field.options);
  const theirs = tally(field, others);
  const rows = new Map(field.options.map((option, index) => [option.value, drawOption(option, index)]));
  const list = make("div", { class: "options-list" }, ...[...rows.values()].map((row) => row.label));
  const none = make("p", { class: "options-none", hidden: true, text: words("no_option_matches") });
  const clear = field.required || readOnly ? null : button(words("clear"), onClear, { class: "link-button options-clear", hidden: true });
  const group = make(
    "fieldset",
    { class: "options", "aria-describedby": `${field.help ? `${id}-help ` : ""}${id}-error` },
    make("legend", {}, make("span", { text: title, dir: "auto" }), " ", make("small", { class: "options-hint", text: hint() })),
  );
  if (field.help) group.append(make("p", { class: "options-help", id: `${id}-help`, text: titleOf(field.help, words.locale), dir: "auto" }));
  if (field.options.length >= SEARCH_FROM) group.append(drawSearch());
  group.append(list, none);
  if (clear) group.append(clear);
  el.replaceChildren(group);

  function hint() {
    if (readOnly) return "";
    if (!field.multiple) return field.required ? "" : words("optional");
    if (field.min && field.max) return words("choose_between", { low: field.min, high: field.max });
    if (field.max) return words("choose_up_to", { n: field.max });
    return field.required ? words("choose_any_required") : words("choose_any");
  }

  function drawOption(option, index) {
    const input = make("input", {
      type: field.multiple ? "checkbox" : "radio",
      name: id,
      value: option.value,
      id: `${id}-${index}`,
      autocomplete: "off",
      disabled: readOnly,
      onchange: () => onPick(option.value),
    });
    const key = keys.get(option.value);
    const label = make("label", { class: "option", for: input.id }, input);
    if (COLOUR.test(option.color ?? "")) {
      const swatch = make("span", { class: "option-swatch", "aria-hidden": "true" });
      swatch.style.setProperty("--swatch", option.color);
      label.append(swatch);
    }
    label.append(make("span", { class: "option-title", dir: "auto" }, titleOfOption(option), option.help ? make("small", { text: titleOf(option.help, words.locale) }) : null));
    if (key && !readOnly) label.append(make("kbd", { "aria-hidden": "true", text: comboText(key) }));
    drawOthers(label, theirs.get(option.value));
    return { label, input };
  }

  function drawOthers(label, { who, isDecided }) {
    if (isDecided) label.append(make("span", { class: "option-decided", text: words("decided") }));
    if (!who.length) return;
    label.append(make("span", { class: "option-others", title: who.join(", ") }, make("b", { text: words("chosen_by", { n: who.length }) }), make("span", { text: who.join(", "), dir: "auto" })));
  }

  function drawSearch() {
    return make("input", {
      type: "search",
      class: "options-search",
      placeholder: words("search_options"),
      "aria-label": words("search_options"),
      autocomplete: "off",
      oninput: (event) => filter(event.target.value),
    });
  }

  function filter(sought) {
    const kept = new Set(matching(field.options, sought, titleOfOption).map((option) => option.value));
    for (const [value, row] of rows) row.label.hidden = !kept.has(value) && !row.input.checked;
    none.hidden = kept.size > 0;
  }

  return {
    keys,
    titleOfOption,
    update(value) {
      const on = new Set(chosen(field, value));
      for (const [each, { input, label }] of rows) {
        input.checked = on.has(each);
        label.classList.toggle("is-on", on.has(each));
      }
      if (clear) clear.hidden = on.size === 0;
    },
    focus(value) {
      const target = rows.get(value) ?? rows.get(chosen(field, value)[0]) ?? [...rows.values()].find((row) => !row.label.hidden);
      target?.input.focus();
    },
    destroy() {
      el.replaceChildren();
    },
  };
}
