/**
 * One item: its data, then its fields, each drawn by its tool. Used by the kernel, the review view and the preview.
 * Truth stays with the caller: `set(field, value, key)` asks for a change, `update(result)` shows what became of it.
 */

import { loadSource, loadTool } from "../kinds/index.js";
import { make } from "./dom.js";
import { shownFields } from "./when.js";

let serial = 0;

export async function loadTools(schema) {
  const tools = new Map();
  const wanted = [...new Set(schema.fields.map((field) => field.tool))];
  await Promise.all(wanted.map(async (name) => tools.set(name, await loadTool(name))));
  const sources = new Map();
  const types = [...new Set(Object.values(schema.data ?? {}).map((spec) => spec.type))];
  await Promise.all(types.map(async (type) => sources.set(type, await loadSource(type))));
  return { tools, sources };
}

export function mountItem({ el, schema, loaded, task, result, set, keys, say, words, readOnly = false, others = [], onBroken = null }) {
  const prefix = `item-${(serial += 1)}`;
  // A field asks for an answer unless it says otherwise; tools need not know that.
  const questions = schema.fields.map((field) => ({ required: true, ...field }));
  const data = make("div", { class: "work-data" });
  const asked = make("div", { class: "work-fields" });
  el.replaceChildren(data, asked);
  const sources = mountSources();
  const fields = new Map(questions.map((field) => [field.name, mountField(field)]));
  update(result);

  function mountSources() {
    const drawn = new Set(questions.filter((field) => loaded.tools.get(field.tool).drawsSource).map((field) => field.source));
    return Object.entries(schema.data ?? {})
      .filter(([name]) => !drawn.has(name))
      .map(([name, spec]) => {
        const box = make("div", { class: "work-source" });
        data.append(box);
        return loaded.sources.get(spec.type).mount({ el: box, name, spec, task, say, words, onBroken });
      });
  }

  function mountField(field) {
    const id = `${prefix}-${field.name}`;
    const error = make("p", { class: "work-error", id: `${id}-error`, hidden: true });
    const box = make("div", { class: "work-field", "data-field": field.name });
    const inside = make("div");
    box.append(inside, error);
    asked.append(box);
    const tool = loaded.tools.get(field.tool).mount({
      el: inside,
      id,
      field,
      task,
      value: result[field.name],
      set: (value, coalesceKey) => set(field.name, value, coalesceKey ? `${field.name}:${coalesceKey}` : null),
      keys,
      say,
      words,
      readOnly,
      others: others.map(({ who, result: theirs, isDecided }) => ({ who, value: theirs?.[field.name], isDecided })),
    });
    return { field, box, error, tool };
  }

  function update(next) {
    const shown = new Set(shownFields(questions, next));
    for (const { field, box, tool } of fields.values()) {
      box.hidden = !shown.has(field);
      tool.update(next[field.name]);
    }
  }

  /** Shows messages [{field, message}] at their fields, and says whether there were any. */
  function showErrors(errors, { focus = true } = {}) {
    for (const { box, error } of fields.values()) {
      error.hidden = true;
      box.classList.remove("is-wrong");
    }
    for (const { field: name, message } of errors) {
      const row = fields.get(name);
      if (!row) continue;
      row.error.textContent = message;
      row.error.hidden = false;
      row.box.classList.add("is-wrong");
    }
    const first = fields.get(errors[0]?.field);
    if (first && focus) first.tool.focus?.();
    return errors.length > 0;
  }

  return {
    update,
    showErrors,
    validate(now) {
      return shownFields(questions, now).flatMap((field) =>
        fields.get(field.name).tool.validate().map((message) => ({ field: field.name, message })),
      );
    },
    destroy() {
      for (const { tool } of fields.values()) tool.destroy();
      for (const source of sources) source.destroy?.();
      el.replaceChildren();
    },
  };
}
