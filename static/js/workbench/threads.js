/**
 * What a reviewer said on places of a returned answer: a mark at each place, and a list to go through, answer and tick off.
 * Fetched only when an item has such comments. Texts are hostile, and always go in as text.
 */

import { button, make } from "./dom.js";

export function createThreads({ el, item, threads, api, keys, words, say }) {
  const rows = new Map(threads.map((thread, index) => [thread.id, drawThread(thread, index + 1)]));
  const list = make("ol", { class: "threads-list" }, ...[...rows.values()].map((row) => row.node));
  const title = make("h3", { id: "threads-title", text: words("threads_title", { n: threads.length }) });
  const panel = make("section", { class: "threads", "aria-labelledby": "threads-title" }, title, list);
  let at = -1;
  el.append(panel);
  for (const row of rows.values()) markPlace(item, row);
  const removeKeys = keys.push({
    level: "kernel",
    name: words("threads_title", { n: threads.length }),
    bindings: [{ id: "comments", combo: "c", title: words("thread_next"), run: next }],
  });

  function drawThread(thread, number) {
    const row = { thread, number, isOpen: thread.is_open, marks: [] };
    const replyTo = words("thread_reply_to", { number: String(number) });
    row.place = button(`${number}. ${thread.title}`, () => toPlace(row), { class: "link-button thread-place", dir: "auto" });
    row.state = make("span", { class: "badge" });
    row.said = make("div", { class: "thread-said" }, ...thread.comments.map(drawComment));
    row.toggle = button("", () => setOpen(row, !row.isOpen));
    row.text = make("textarea", { rows: "2", maxlength: "2000", dir: "auto", "aria-label": replyTo, onkeydown: (event) => onKey(event, row) });
    row.send = button(words("thread_send"), () => send(row));
    row.node = make("li", { class: "thread", tabindex: "-1", "data-thread": thread.id }, make("p", { class: "thread-head" }, row.place, " ", row.state), row.said, make("details", {}, make("summary", { text: replyTo }), row.text, make("p", { class: "work-actions" }, row.send)), make("p", { class: "work-actions" }, row.toggle));
    showState(row, false);
    return row;
  }

  function drawComment(comment) {
    const when = new Date(comment.at).toLocaleString(words.locale, { dateStyle: "medium", timeStyle: "short" });
    return make("p", {}, make("strong", { text: words(comment.is_mine ? "thread_you" : "thread_reviewer") }), " ", make("time", { datetime: comment.at, text: when }), make("bdi", { class: "thread-text", text: comment.text }));
  }

  function showState(row, isGone) {
    row.state.textContent = words(isGone ? "thread_gone" : row.isOpen ? "thread_open" : "thread_resolved");
    row.state.dataset.tone = row.isOpen ? "wait" : "done";
    row.toggle.textContent = words(row.isOpen ? "thread_resolve" : "thread_reopen");
  }

  /** The place may go away while its answer is being mended: then the comment stays, and says so. */
  function update(result) {
    for (const row of rows.values()) showState(row, isGone(row.thread.region, result, row.thread.is_removed));
  }

  function toPlace(row) {
    const mark = row.marks.find((each) => each.isConnected) ?? item;
    mark.scrollIntoView({ block: "center" });
    const target = mark.matches("input, button, [tabindex]") ? mark : mark.querySelector("input, button, textarea");
    target?.focus({ preventScroll: true });
  }

  function toThread(row) {
    at = row.number - 1;
    row.node.scrollIntoView({ block: "nearest" });
    row.node.focus({ preventScroll: true });
  }

  function next() {
    const all = [...rows.values()];
    at = (at + 1) % all.length;
    toThread(all[at]);
  }

  function onKey(event, row) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    send(row);
  }

  async function send(row) {
    const text = row.text.value.trim();
    if (!text || row.send.disabled) return row.text.focus();
    await ask(row, () => api.post(`threads/${row.thread.id}/comments/`, { text }), () => {
      row.said.append(drawComment({ text, is_mine: true, at: new Date().toISOString() }));
      row.text.value = "";
      say(words("thread_sent"));
    });
  }

  async function setOpen(row, isOpen) {
    const path = `threads/${row.thread.id}/resolution/`;
    await ask(row, () => (isOpen ? api.delete(path) : api.put(path)), () => {
      row.isOpen = isOpen;
      showState(row, false);
      say(row.state.textContent);
    });
  }

  async function ask(row, call, done) {
    row.send.disabled = row.toggle.disabled = true;
    try {
      await call();
      done();
    } catch (problem) {
      say(problem.detail || words("thread_not_sent"), { now: true });
      row.state.textContent = problem.detail || words("thread_not_sent");
      row.state.dataset.tone = "loss";
    } finally {
      row.send.disabled = row.toggle.disabled = false;
    }
  }

  function markPlace(root, row) {
    const { region } = row.thread;
    const find = (selector) => [...root.querySelectorAll(selector)];
    if (region.on === "text") {
      const text = find("[data-source]").find((each) => each.dataset.source === region.source);
      if (text) row.marks.push(markPassage(text, region, numberOf(row)));
      return;
    }
    const field = find("[data-field]").find((each) => each.dataset.field === region.field);
    if (!field) return;
    const part = region.on === "part" && [...field.querySelectorAll("input")].find((each) => each.value === region.part);
    if (part) {
      part.closest("label").append(make("span", { class: "thread-number" }, make("span", { class: "visually-hidden", text: words("thread_word") }), String(row.number)));
      row.marks.push(part);
    } else if (region.on === "field") {
      field.prepend(numberOf(row));
      row.marks.push(field);
    }
  }

  function numberOf(row) {
    return button(String(row.number), () => toThread(row), { class: "thread-number", "aria-label": `${words("thread_word")} ${row.number}` });
  }

  return {
    update,
    destroy() {
      removeKeys();
      panel.remove();
    },
  };
}

/** Whether an answer has lost the part that is spoken of. */
export function isGone(region, result, wasRemoved = false) {
  if (region.on !== "part") return wasRemoved;
  return ![result[region.field]].flat().some((each) => each === region.part || each?.id === region.part);
}

/** Offsets are code points: 😀 is one. Marks that overlap lie within each other. */
function markPassage(box, { start, end }, number) {
  const mark = make("mark", { class: "thread-passage" });
  const range = document.createRange();
  range.setStart(...placeAt(box, start));
  range.setEnd(...placeAt(box, end));
  mark.append(range.extractContents());
  range.insertNode(mark);
  mark.append(number);
  return mark;
}

function placeAt(box, offset) {
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT, (node) => (node.parentElement.closest("button") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  let left = offset;
  let last = null;
  while (walker.nextNode()) {
    last = walker.currentNode;
    const points = [...last.data];
    if (left <= points.length) return [last, points.slice(0, left).join("").length];
    left -= points.length;
  }
  return last ? [last, last.data.length] : [box, 0];
}
