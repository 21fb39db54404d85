// <div data-behaviour="preview-controls" data-preview="id" hidden>: [data-preview-row] shows the next of the rows in
// json_script "preview-samples", [data-preview-phone] makes the stage as narrow as a phone.

import { readJson } from "../workbench/dom.js";

export function attach(root) {
  const preview = document.getElementById(root.dataset.preview);
  const samples = readJson("preview-samples") ?? [];
  const next = root.querySelector("[data-preview-row]");
  const phone = root.querySelector("[data-preview-phone]");
  let place = 0;

  root.hidden = false;
  next.hidden = samples.length < 2;
  next.addEventListener("click", () => {
    place = (place + 1) % samples.length;
    preview.dispatchEvent(new CustomEvent("schema-change", { detail: { sample: samples[place] } }));
  });
  phone.addEventListener("click", () => {
    const isPhone = preview.parentElement.classList.toggle("is-phone");
    phone.setAttribute("aria-pressed", String(isPhone));
  });
}
