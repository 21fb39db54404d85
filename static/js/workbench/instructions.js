/**
 * The instructions' panel: open on the first visit to these instructions, closed once the person has closed them or
 * has answered the first item, so that the work stands at the top. Who opens them again keeps them open.
 * Does nothing on a page without a panel.
 */

export function createInstructions({ panel, memory, name }) {
  if (!panel) return { toggle() {}, answered() {} };
  let hasAnswered = false;
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
    answered() {
      if (!hasAnswered) panel.open = false;
      hasAnswered = true;
    },
    toggle() {
      panel.open = !panel.open;
      if (panel.open) panel.querySelector("summary").focus();
    },
  };
}
