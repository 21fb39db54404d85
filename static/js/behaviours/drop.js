// <label class="drop"> around a file input: shows that a file is over it, and says what was chosen in [data-drop-chosen].

export function attach(drop) {
  const input = drop.querySelector("input[type=file]");
  const said = drop.querySelector("[data-drop-chosen]");
  if (!input) return;
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, () => { drop.dataset.over = ""; });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => { delete drop.dataset.over; });
  input.addEventListener("change", () => {
    if (said) said.textContent = [...input.files].map((file) => `${file.name} (${size(file.size)})`).join(", ");
  });
}

function size(bytes) {
  const step = bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const format = { style: "unit", unit: step[0], maximumFractionDigits: 1 };
  return new Intl.NumberFormat(document.documentElement.lang || "en", format).format(bytes / step[1]);
}
