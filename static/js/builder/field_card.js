/** One question of the builder: its title, its options, its rules. Asks for changes, keeps none. */

import { button, make } from "../workbench/dom.js";
import { titleOf } from "../workbench/words.js";
import { OPERATIONS, addOption, changed, free, moveField, moveOption, removeField, removeOption, renameField, renameOption, setCondition, setMultiple, slug, titleOption, withTitle } from "./model.js";
import { arrows, checkBox, colourChoice, selectInput, textInput, titleInputs } from "./parts.js";

/** `write` keeps a change that is being typed; `redraw` keeps it and draws everything again. */
export function fieldCard({ schema, index, languages, words, write, redraw, open }) {
  const field = schema.fields[index];
  const at = `f${index}`;
  const title = titleOf(field.title, words.locale, field.name);
  const heading = make("h3", { text: words("question_n", { n: index + 1, title }) });
  const what = words("question_n", { n: index + 1, title });
  return make(
    "section",
    { class: "builder-card", "aria-label": what },
    make("header", {}, heading, arrows({
      words, what, focus: at, isFirst: index === 0, isLast: index === schema.fields.length - 1,
      onMove: (by) => redraw((now) => moveField(now, index, by), `f${index + by}.${by < 0 ? "up" : "down"}`),
      onRemove: () => redraw((now) => removeField(now, index), "add-field"),
    })),
    titleInputs({ label: words("title"), titles: field.title, languages, focus: `${at}.title`, onTitle: retitle }),
    make("div", { class: "builder-line" },
      checkBox({ label: words("required"), checked: field.required !== false, focus: `${at}.required`, onChange: (on) => redraw((now) => changed(now, (next) => { next.fields[index].required = on; })) }),
      checkBox({ label: words("multiple"), checked: Boolean(field.multiple), focus: `${at}.multiple`, onChange: (on) => redraw((now) => setMultiple(now, index, on)) }),
    ),
    field.multiple ? make("div", { class: "builder-line" }, limit("min", 0), limit("max", 1)) : null,
    options(),
    more(),
  );

  function retitle(tag, text) {
    write((now) => {
      const mine = now.fields[index];
      const isOurs = /^question(_\d+)?$/.test(mine.name) || slug(mine.title?.[tag] ?? "", "") === mine.name;
      const titled = changed(now, (next) => { next.fields[index].title = withTitle(mine.title, tag, text); });
      const name = slug(text, "");
      const others = now.fields.filter((each) => each !== mine).map((each) => each.name);
      return isOurs && name && tag === languages[0] ? renameField(titled, index, free(name, others)) : titled;
    });
    heading.textContent = words("question_n", { n: index + 1, title: text || field.name });
  }

  function limit(name, least) {
    return textInput({
      label: words(name), value: field[name], focus: `${at}.${name}`, type: "number", min: least, max: field.options.length,
      onInput: (text) => write((now) => changed(now, (next) => { next.fields[index][name] = text === "" ? undefined : Number(text); })),
    });
  }

  function options() {
    const box = make("div", { role: "group", "aria-label": words("options") }, make("h4", { text: words("options") }));
    field.options.forEach((option, place) => box.append(optionRow(option, place)));
    box.append(button(words("add_option"), () => redraw((now) => addOption(now, index), `${at}.o${field.options.length}.title.${languages[0]}`), { "data-focus": `${at}.add` }));
    return box;
  }

  function optionRow(option, place) {
    const mark = `${at}.o${place}`;
    const what = titleOf(option.title, words.locale, option.value);
    const value = textInput({ label: words("value"), value: option.value, focus: `${mark}.value`, maxlength: 200, dir: "ltr", onInput: (text) => write((now) => renameOption(now, index, place, text)) });
    return make(
      "div",
      { class: "builder-option", role: "group", "aria-label": what },
      titleInputs({
        label: words("option_title"), titles: option.title, languages, focus: `${mark}.title`,
        onTitle: (tag, text) => {
          const now = write((before) => titleOption(before, index, place, tag, text));
          value.querySelector("input").value = now.fields[index].options[place].value;
        },
      }),
      value,
      textInput({ label: words("key"), value: option.key, focus: `${mark}.key`, maxlength: 1, onInput: (text) => write((now) => changed(now, (next) => { next.fields[index].options[place].key = text.toLowerCase(); })) }),
      colourChoice({ words, value: option.color, focus: `${mark}.colour`, onChange: (colour, step) => redraw((now) => changed(now, (next) => { next.fields[index].options[place].color = colour; }), `${mark}.colour.${step}`) }),
      arrows({
        words, what, focus: mark, isFirst: place === 0, isLast: place === field.options.length - 1,
        onMove: (by) => redraw((now) => moveOption(now, index, place, by), `${at}.o${place + by}.${by < 0 ? "up" : "down"}`),
        onRemove: () => redraw((now) => removeOption(now, index, place), `${at}.add`),
      }),
      optionHelp(option, place, mark),
    );
  }

  /** What annotators read below the option, on every screen. Open while it has a text. */
  function optionHelp(option, place, mark) {
    const box = make("details", { class: "builder-option-help", open: open.has(mark) || Boolean(option.help) }, make("summary", { text: words("option_help"), "data-focus": `${mark}.more` }));
    box.addEventListener("toggle", () => (box.open ? open.add(mark) : open.delete(mark)));
    box.append(
      titleInputs({
        label: words("help"), titles: option.help, languages, focus: `${mark}.help`, maxlength: 2000,
        onTitle: (tag, text) => write((now) => changed(now, (next) => { next.fields[index].options[place].help = withTitle(now.fields[index].options[place].help, tag, text); })),
      }),
    );
    return box;
  }

  function more() {
    const earlier = schema.fields.slice(0, index);
    const box = make("details", { open: open.has(at) || Boolean(field.when) }, make("summary", { text: words("more") }));
    box.addEventListener("toggle", () => (box.open ? open.add(at) : open.delete(at)));
    box.append(
      make("div", { class: "builder-line" },
        textInput({ label: words("name"), hint: words("name_hint"), value: field.name, focus: `${at}.name`, maxlength: 63, dir: "ltr", onInput: (text) => write((now) => renameField(now, index, text)) }),
        selectInput({ label: words("source"), value: field.source, focus: `${at}.source`, options: Object.keys(schema.data).map((name) => [name, name]), onChange: (name) => redraw((now) => changed(now, (next) => { next.fields[index].source = name; })) }),
      ),
      titleInputs({ label: words("help"), titles: field.help, languages, focus: `${at}.help`, onTitle: (tag, text) => write((now) => changed(now, (next) => { next.fields[index].help = withTitle(now.fields[index].help, tag, text); })) }),
      earlier.length ? condition(earlier) : make("p", { class: "quiet small", text: words("when_none") }),
    );
    return box;
  }

  function condition(earlier) {
    const when = field.when ?? {};
    const source = earlier.find((each) => each.name === when.field);
    const set = (change) => redraw((now) => setCondition(now, index, { op: "eq", ...now.fields[index].when, ...change }));
    const choices = (source?.options ?? []).map((option) => [option.value, titleOf(option.title, words.locale, option.value)]);
    const line = make("div", { class: "builder-line" },
      selectInput({ label: words("when"), value: when.field ?? "", focus: `${at}.when`, options: [["", words("always")], ...earlier.map((each) => [each.name, titleOf(each.title, words.locale, each.name)])], onChange: (name) => set({ field: name, value: undefined }) }),
    );
    if (!source) return line;
    line.append(selectInput({ label: words("op"), value: when.op, focus: `${at}.op`, options: OPERATIONS.map((op) => [op, words(`op_${op}`)]), onChange: (op) => set({ op }) }));
    if (when.op === "eq" || when.op === "ne" || when.op === "in") {
      line.append(selectInput({ label: words("op_value"), value: when.value, focus: `${at}.opvalue`, options: choices, multiple: when.op === "in", onChange: (value) => set({ value }) }));
    }
    if (when.op === "count>=") line.append(textInput({ label: words("op_value"), type: "number", min: 1, value: when.value, focus: `${at}.opvalue`, onInput: (text) => write((now) => setCondition(now, index, { ...now.fields[index].when, value: Number(text) })) }));
    return line;
  }
}
