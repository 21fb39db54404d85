/**
 * `<div data-behaviour="interface-builder" data-textarea="id" data-preview="id" hidden>`: builds the JSON of that
 * textarea, which stays the truth: it is what the form sends, and what is typed there is drawn here. Each change goes to
 * the preview as `schema-change`. json_script "builder-config" holds {columns, has_images, messages, locale}.
 */

import { button, make, readJson } from "../workbench/dom.js";
import { createWords } from "../workbench/words.js";
import { fieldCard } from "./field_card.js";
import { addField, languagesOf, readable, removeLanguage, setShown } from "./model.js";
import { selectInput } from "./parts.js";

export function attach(root) {
  const textarea = document.getElementById(root.dataset.textarea);
  const preview = document.getElementById(root.dataset.preview);
  const config = readJson("builder-config");
  const words = createWords(config.messages, config.locale);
  const open = new Set();
  const added = new Set();
  let schema = parse(textarea.value);

  root.hidden = false;
  root.className = "builder";
  document.querySelector("[data-builder-json]").open = schema === null;
  textarea.addEventListener("input", () => {
    schema = parse(textarea.value);
    draw();
    if (schema) tell();
  });
  draw();

  function write(change) {
    schema = change(schema);
    textarea.value = JSON.stringify(schema, null, 2);
    root.dispatchEvent(new Event("input", { bubbles: true }));
    tell();
    return schema;
  }

  function redraw(change, focus = document.activeElement?.dataset?.focus) {
    write(change);
    draw();
    if (focus) root.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  }

  function tell() {
    preview.dispatchEvent(new CustomEvent("schema-change", { detail: { schema } }));
  }

  function draw() {
    if (!schema) {
      root.replaceChildren(make("p", { class: "builder-problem", role: "alert", text: words("not_json") }));
      return;
    }
    const languages = [...new Set([...languagesOf(schema), ...added])];
    root.replaceChildren(
      dataCard(),
      ...schema.fields.map((_field, index) => fieldCard({ schema, index, languages, words, write, redraw, open })),
      make("div", { class: "cluster" }, button(words("add_field"), () => redraw(addField, `f${schema.fields.length}.title.${languages[0]}`), { "data-focus": "add-field" })),
      languageCard(languages),
    );
  }

  function dataCard() {
    const names = [...new Set([...config.columns.map((column) => column.name), ...Object.keys(schema.data)])];
    const kinds = [["", words("hidden")], ["text", words("as_text")]];
    const line = make("div", { class: "builder-line" });
    for (const name of names) {
      const options = config.has_images || schema.data[name]?.type === "image" ? [...kinds, ["image", words("as_image")]] : kinds;
      line.append(selectInput({ label: name, value: schema.data[name]?.type ?? "", focus: `data.${name}`, options, onChange: (type) => redraw((now) => setShown(now, name, type)) }));
    }
    return make("section", { class: "builder-card", "aria-label": words("shown") }, make("h3", { text: words("shown") }), make("p", { class: "quiet small", text: words("shown_hint") }), line);
  }

  function languageCard(languages) {
    const list = make("div", { class: "cluster" });
    for (const tag of languages) {
      list.append(button(words("remove_language", { tag }), () => { added.delete(tag); redraw((now) => removeLanguage(now, tag), "language"); }, { class: "button button--quiet", disabled: languages.length < 2 }));
    }
    const input = make("input", { type: "text", id: "builder-language", size: 8, maxlength: 20, placeholder: "fr", "data-focus": "language", autocomplete: "off" });
    const add = () => {
      const tag = input.value.trim();
      if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag)) {
        input.setAttribute("aria-invalid", "true");
        return;
      }
      added.add(tag);
      draw();
      root.querySelector('[data-focus="language"]').focus();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      add();
    });
    return make(
      "section",
      { class: "builder-card", "aria-label": words("languages") },
      make("h3", { text: words("languages") }),
      make("p", { class: "quiet small", text: words("languages_hint") }),
      list,
      make("div", { class: "cluster" }, make("label", { for: "builder-language", text: words("language_tag") }), input, button(words("add_language"), add)),
    );
  }

  function parse(text) {
    try {
      return readable(JSON.parse(text));
    } catch {
      return null;
    }
  }
}
