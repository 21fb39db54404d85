/** The few lines that make nodes. Text always goes in as text: task data and labels are hostile. */

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function button(text, onclick, attributes = {}) {
  return make("button", { type: "button", class: "button", ...attributes, text, onclick });
}

export function readJson(id, root = document) {
  const block = root.getElementById ? root.getElementById(id) : root.querySelector(`#${CSS.escape(id)}`);
  return block ? JSON.parse(block.textContent) : null;
}

export function isTextEntry(node) {
  if (!node || node.nodeType !== 1) return false;
  if (node.isContentEditable || node.tagName === "TEXTAREA" || node.tagName === "SELECT") return true;
  return node.tagName === "INPUT" && !["radio", "checkbox", "button", "submit", "reset", "range", "color", "file"].includes(node.type);
}
