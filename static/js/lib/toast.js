// Says a short thing in the page's live region and takes it away again. Nothing is only said here.

const STAYS_MS = 6000;

export function toast(text, tone = "done") {
  const region = document.getElementById("toasts");
  if (!region) return;
  const note = document.createElement("div");
  note.className = "notice";
  note.dataset.tone = tone;
  note.textContent = text;
  region.append(note);
  setTimeout(() => note.remove(), STAYS_MS);
}
