// <fieldset data-review-remarks> in the form that returns an answer: rows [data-remark] of a place and a comment. The words
// of a passage are asked for only where the place is one; [data-remark-add] makes another row. Words that are selected in
// the item's text ([data-source]) become a place of their own by [data-remark-selection], for the answer that is current.

import { make } from "../workbench/dom.js";

export function attach(fieldset) {
  const add = fieldset.querySelector("[data-remark-add]");
  add.hidden = false;
  add.addEventListener("click", () => addRow(fieldset).querySelector("select").focus());
  for (const row of fieldset.querySelectorAll("[data-remark]")) watch(row);
  listenOnce();
}

let isListening = false;
let selected = null;

function listenOnce() {
  const offer = document.querySelector("[data-remark-selection]");
  if (isListening || !offer) return;
  isListening = true;
  document.addEventListener("selectionchange", () => {
    const found = selectedPassage();
    // A press on the button itself takes the selection away: what was selected just before is meant.
    if (found || !offer.matches(":focus, :active")) selected = found;
    offer.hidden = !selected;
  });
  offer.addEventListener("pointerdown", (event) => event.preventDefault());
  offer.addEventListener("click", () => {
    if (selected) comment(selected);
  });
}

function selectedPassage() {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const box = range.commonAncestorContainer.parentElement?.closest("[data-source]") ?? range.commonAncestorContainer.closest?.("[data-source]");
  if (!box) return null;
  const before = document.createRange();
  before.setStart(box, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const drawn = range.toString();
  const quote = drawn.trim();
  // A double click takes the space behind the word along.
  const start = [...before.toString()].length + [...drawn.slice(0, drawn.length - drawn.trimStart().length)].length;
  return quote ? { source: box.dataset.source, start, end: start + [...quote].length, quote } : null;
}

function comment({ source, start, end, quote }) {
  const card = document.querySelector(".is-current [data-review-remarks]") ?? document.querySelector("[data-review-remarks]");
  if (!card) return;
  card.closest("details").open = true;
  const rows = [...card.querySelectorAll("[data-remark]")];
  const row = rows.find((each) => !each.querySelector("textarea").value.trim()) ?? addRow(card);
  const select = row.querySelector("select");
  const value = JSON.stringify({ on: "text", source, start, end, quote: quote.slice(0, 200) });
  select.append(make("option", { value, text: `“${quote.length > 60 ? `${quote.slice(0, 59)}…` : quote}”` }));
  select.value = value;
  show(row);
  row.querySelector("textarea").focus();
}

function addRow(fieldset) {
  const last = [...fieldset.querySelectorAll("[data-remark]")].at(-1);
  const row = last.cloneNode(true);
  for (const entry of row.querySelectorAll("input, textarea")) entry.value = "";
  row.querySelector("select").selectedIndex = 0;
  last.after(row);
  watch(row);
  return row;
}

function watch(row) {
  row.querySelector("select").addEventListener("change", () => show(row));
  show(row);
}

function show(row) {
  const place = JSON.parse(row.querySelector("select").value || "{}");
  row.querySelector("[data-remark-passage]").hidden = place.on !== "text" || "start" in place;
}
