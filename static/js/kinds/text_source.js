/** Shows a text as it is: its own direction, its white space kept, never read as HTML. */

import { make } from "../workbench/dom.js";
import { titleOf } from "../workbench/words.js";

export function mount({ el, name, spec, task, words }) {
  const value = task.data?.[name];
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value, null, 1);
  if (spec.title) el.append(make("h3", { class: "source-title", text: titleOf(spec.title, words.locale, name), dir: "auto" }));
  const isLong = text.length > 280;
  el.append(
    text
      ? make("p", { class: isLong ? "source-text is-long" : "source-text", "data-source": name, dir: ["ltr", "rtl"].includes(spec.dir) ? spec.dir : "auto", lang: spec.lang, text })
      : make("p", { class: "source-empty", text: words("empty_text") }),
  );
  return { destroy() {} };
}
