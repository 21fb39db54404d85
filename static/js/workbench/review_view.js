/**
 * An item as a reviewer sees it: read only, every answer marked on it, the decided one apart.
 * `<div data-behaviour="review-item">` with one JSON block inside:
 * {schema, item, data, media, answers: [{who, result}], decided: result | null, messages, locale}.
 */

import { loadTools, mountItem } from "./item_view.js";
import { createWords } from "./words.js";

export async function mountReview(el, { schema, item, data, media, answers, decided, messages, locale }) {
  const words = createWords(messages, locale);
  const others = answers.map(({ who, result }) => ({ who, result }));
  if (decided) others.push({ who: words("decided"), result: decided, isDecided: true });
  return mountItem({
    el,
    schema,
    loaded: await loadTools(schema),
    task: { item, data, media },
    result: decided ?? {},
    set() {},
    keys: null,
    say() {},
    words,
    readOnly: true,
    others,
  });
}

export async function attach(element) {
  const block = element.querySelector('script[type="application/json"]');
  await mountReview(element, JSON.parse(block.textContent));
}
