// A long list of boxes with data-filter="Words" gets a search field above it. What is ticked always stays in sight.
// Django writes a widget's attributes at each box, and none but the class at the list.

export function attach(list) {
  const field = document.createElement("input");
  field.type = "search";
  field.className = "options__search";
  field.autocomplete = "off";
  field.placeholder = list.querySelector("[data-filter]").dataset.filter;
  field.setAttribute("aria-label", field.placeholder);
  field.setAttribute("aria-controls", list.id);
  list.before(field);
  const options = [...list.querySelectorAll("label")].map((label) => ({
    row: label.parentElement === list ? label : label.parentElement,
    box: label.querySelector("input"),
    words: plain(`${label.textContent} ${label.querySelector("input").value}`),
  }));
  const show = () => {
    const wanted = plain(field.value);
    for (const { row, box, words } of options) row.hidden = !box.checked && !words.includes(wanted);
  };
  field.addEventListener("input", show);
  // Enter belongs to the search, not to the form around it.
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

// Without case and accents, so that "francais" finds "français".
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
}
