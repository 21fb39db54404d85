// <button data-copy="text">, or <button data-copy-from="id" data-copy>: copies, and says so.
// data-copied is the sentence that is said; the server translates it.

import { toast } from "../lib/toast.js";

export function attach(button) {
  button.addEventListener("click", async () => {
    const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
    await navigator.clipboard.writeText(text.trim());
    toast(button.dataset.copied || "✓");
  });
}
