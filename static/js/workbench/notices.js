/** What the person should know about this item: the reviewer's comment, time running out, an answer that was not kept. */

import { button, make } from "./dom.js";

export function createNotices({ el, words, say, api, keys }) {
  const rows = new Map();
  let threads = null;
  let item = 0;

  function show(name, { tone, title, text, actions = [] }, { urgent = false } = {}) {
    drop(name);
    const row = make(
      "div",
      { class: "notice", "data-tone": tone, "data-notice": name },
      make("div", {}, title ? make("h3", { text: title }) : null, make("p", { text, dir: "auto", class: "notice-text" }), actions.length ? make("p", { class: "work-actions" }, ...actions) : null),
    );
    rows.set(name, row);
    el.append(row);
    if (urgent) say(`${title ?? ""} ${text}`.trim(), { now: true });
    return row;
  }

  function drop(name) {
    rows.get(name)?.remove();
    rows.delete(name);
  }

  return {
    show,
    drop,
    clearItem() {
      ["returned", "expiry", "storage", "restored"].forEach(drop);
      item += 1;
      threads?.destroy();
      threads = null;
    },
    /** The reviewer's words, and what was said on places of the answer as `box` shows it. */
    async returned({ comment, threads: said = [], value }, box) {
      // Where nothing was said besides, the comments are all of it, and stand below with their places.
      const isRepeated = said.length > 0 && comment === said.map(({ comments }) => comments[0].text).join("\n");
      show("returned", { tone: "wait", title: words("returned_title"), text: (!isRepeated && comment) || words("returned_silent") });
      if (!said.length) return;
      const shown = item;
      const { createThreads } = await import("./threads.js");
      if (shown !== item) return;
      threads = createThreads({ el, item: box, threads: said, api, keys, words, say });
      threads.update(value);
    },
    changed(result) {
      threads?.update(result);
    },
    expiring(seconds, onStay) {
      show("expiry", { tone: "wait", text: words("expiring", { n: seconds }), actions: [button(words("still_here"), onStay)] }, { urgent: true });
    },
    expired() {
      show("expiry", { tone: "wait", title: words("expired_title"), text: words("expired_text") }, { urgent: true });
    },
  };
}
