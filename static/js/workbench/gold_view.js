/**
 * The right answer of an item, chosen with the tools that annotators use: `<div data-behaviour="gold-item"
 * data-input="id">` with one JSON block inside: {schema, item, data, media, result, messages, locale}. What is chosen goes
 * as JSON into that hidden input, which the form around it sends.
 */

import { make } from "./dom.js";
import { createHistory } from "./history.js";
import { loadTools, mountItem } from "./item_view.js";
import { createKeys } from "./keys.js";
import { createWords } from "./words.js";

export async function attach(root) {
  const block = root.querySelector('script[type="application/json"]');
  const { schema, item, data, media, result, messages, locale } = JSON.parse(block.textContent);
  const input = document.getElementById(root.dataset.input);
  const place = make("div");
  const loaded = await loadTools(schema);
  const history = createHistory(result, (now) => {
    view.update(now);
    input.value = JSON.stringify(now);
  });
  const view = mountItem({
    el: place,
    schema,
    loaded,
    task: { item, data, media },
    result,
    set: (name, value, key) => history.set({ ...history.value, [name]: value }, key),
    keys: createKeys(place),
    say() {},
    words: createWords(messages, locale),
  });
  root.replaceChildren(place);
}
