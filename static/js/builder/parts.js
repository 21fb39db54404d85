/** The small controls of the builder: a labelled input, a check box, titles in every language, arrows, colours. */

import { button, make } from "../workbench/dom.js";
import { PALETTE } from "./model.js";

let serial = 0;

/** `focus` names the control, so that the focus is found again after everything is drawn anew. */
export function textInput({ label, value, onInput, focus, hint = "", ...attributes }) {
  const id = `builder-${(serial += 1)}`;
  const input = make("input", { type: "text", id, autocomplete: "off", "data-focus": focus, ...attributes });
  input.value = value ?? "";
  input.addEventListener("input", () => onInput(input.value));
  const said = hint ? make("div", { class: "hint", id: `${id}-hint`, text: hint }) : null;
  if (said) input.setAttribute("aria-describedby", said.id);
  return make("div", { class: "field" }, make("label", { for: id, text: label }), said, input);
}

export function selectInput({ label, value, options, onChange, focus, multiple = false }) {
  const id = `builder-${(serial += 1)}`;
  const chosen = [value].flat();
  const select = make("select", { id, "data-focus": focus, multiple });
  select.append(...options.map(([key, text]) => make("option", { value: key, selected: chosen.includes(key), text })));
  select.addEventListener("change", () => onChange(multiple ? [...select.selectedOptions].map((each) => each.value) : select.value));
  return make("div", { class: "field" }, make("label", { for: id, text: label }), select);
}

export function checkBox({ label, checked, onChange, focus }) {
  const input = make("input", { type: "checkbox", "data-focus": focus });
  input.checked = checked;
  input.addEventListener("change", () => onChange(input.checked));
  return make("label", { class: "builder-check" }, input, make("span", { text: label }));
}

/** One input per language. */
export function titleInputs({ label, titles, languages, onTitle, focus, maxlength = 300 }) {
  const box = make("div", { class: "builder-titles" });
  for (const tag of languages) {
    box.append(
      textInput({
        label: languages.length > 1 ? `${label} (${tag})` : label,
        value: titles?.[tag],
        onInput: (text) => onTitle(tag, text),
        focus: `${focus}.${tag}`,
        dir: "auto",
        lang: tag,
        maxlength,
      }),
    );
  }
  return box;
}

export function arrows({ words, what, isFirst, isLast, onMove, onRemove, focus }) {
  const control = (key, run, disabled) =>
    button(words(key), run, {
      class: key === "remove" ? "button button--quiet" : "button button--quiet",
      "aria-label": `${words(key)}: ${what}`,
      "data-focus": `${focus}.${key}`,
      disabled,
    });
  return make(
    "div",
    { class: "builder-moves" },
    control("up", () => onMove(-1), isFirst),
    control("down", () => onMove(1), isLast),
    control("remove", onRemove, false),
  );
}

/** A radio group over the palette; the first takes the colour away. */
export function colourChoice({ words, value, onChange, focus }) {
  const box = make("div", { class: "builder-colours", role: "radiogroup", "aria-label": words("colour") });
  for (const [place, colour] of ["", ...PALETTE].entries()) {
    const isOn = (value ?? "") === colour;
    const name = colour ? words("colour_n", { n: place }) : words("no_colour");
    const swatch = make("button", {
      type: "button", class: "builder-colour", role: "radio", "aria-checked": String(isOn), "aria-label": name, title: name,
      tabindex: isOn ? "0" : "-1", "data-focus": `${focus}.${place}`, onclick: () => onChange(colour, place),
      onkeydown: (event) => step(event, place),
    });
    if (colour) swatch.style.setProperty("--swatch", colour);
    else swatch.textContent = "×";
    box.append(swatch);
  }
  const inside = [...box.children];
  if (!inside.some((each) => each.tabIndex === 0)) inside[0].tabIndex = 0;
  function step(event, place) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = (place + by + inside.length) % inside.length;
    onChange(["", ...PALETTE][next], next);
  }
  return box;
}
