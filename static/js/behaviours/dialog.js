// <button data-opens="id"> opens that <dialog class="dialog">; inside it <button data-closes> closes it, and so does a
// click on the backdrop. The browser gives the focus back.

export function attach(element) {
  if (element.dataset.opens) {
    element.addEventListener("click", () => document.getElementById(element.dataset.opens).showModal());
    return;
  }
  element.addEventListener("click", (event) => {
    if (event.target === element || event.target.closest("[data-closes]")) element.close();
  });
}
