/**
 * What an annotator will see, without network: `<div data-behaviour="workbench-preview">` with one JSON block inside:
 * {schema, sample: {item, data, media}, messages, locale}. The builder sends a `schema-change` event to the element,
 * detail {schema, sample?}, at each change; the preview draws itself again, or says why it cannot.
 */

import { make } from "./dom.js";
import { createHistory } from "./history.js";
import { loadTools, mountItem } from "./item_view.js";
import { createKeys } from "./keys.js";
import { createWords } from "./words.js";

export function mountPreview(el, { schema, sample, messages, locale }) {
  const words = createWords(messages, locale);
  // Keys work only while the focus is inside, so that typing in the builder types.
  const keys = createKeys(el);
  let view = null;
  let shown = { schema, sample };
  let turn = 0;

  async function draw() {
    const mine = (turn += 1);
    const { schema: now, sample: task } = shown;
    try {
      const loaded = await loadTools(checked(now));
      if (mine !== turn) return;
      view?.destroy();
      const history = createHistory({}, (result) => view.update(result));
      view = mountItem({
        el,
        schema: now,
        loaded,
        task: task ?? { data: {} },
        result: {},
        set: (name, value, key) => history.set({ ...history.value, [name]: value }, key),
        keys,
        say() {},
        words,
      });
    } catch {
      if (mine !== turn) return;
      view?.destroy();
      view = null;
      el.replaceChildren(make("p", { class: "quiet", text: words("preview_incomplete") }));
    }
  }

  el.addEventListener("schema-change", ({ detail }) => {
    shown = { ...shown, ...detail };
    draw();
  });
  return draw();
}

export async function attach(element) {
  const block = element.querySelector('script[type="application/json"]');
  await mountPreview(element, JSON.parse(block.textContent));
}

function checked(schema) {
  if (!Array.isArray(schema?.fields) || !schema.fields.length) throw new Error("no fields");
  return schema;
}
