/**
 * The instructions' panel: open on the first visit to these instructions, closed once the person has closed them.
 * Does nothing on a page without a panel.
 */

export function createInstructions({ panel, memory, name }) {
  if (!panel) return { toggle() {} };
  panel.addEventListener("toggle", () => {
    if (!panel.open) memory.put({ name: name() }).catch(() => {});
  });
  memory
    .get(name())
    .catch(() => null)
    .then((isClosed) => {
      panel.open = !isClosed;
    });
  return {
    toggle() {
      panel.open = !panel.open;
      if (panel.open) panel.querySelector("summary").focus();
    },
  };
}
