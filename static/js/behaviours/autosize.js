// <textarea data-autosize>: grows with its text.

export function attach(area) {
  const rows = area.rows;
  const fit = () => {
    area.rows = rows;
    while (area.scrollHeight > area.clientHeight && area.rows < 40) area.rows += 1;
  };
  area.addEventListener("input", fit);
  fit();
}
