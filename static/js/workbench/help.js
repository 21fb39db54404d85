/** The list of keys, made from the layers as they are, with the off switch and with new keys for what may have them. */

import { ask } from "./dialogs.js";
import { button, make } from "./dom.js";
import { combosOf, comboText } from "./keys.js";

export function openHelp({ keys, words, onChange }) {
  const groups = keys.describe();
  return ask({
    title: words("help_title"),
    keys,
    words,
    fill: (close) => [
      drawSwitch(),
      ...groups.filter((group) => group.rows.length).map(drawGroup),
      make(
        "div",
        { class: "dialog__actions" },
        button(words("keys_reset"), () => {
          onChange({ keymap: {} });
          close("again");
        }, { class: "button button--quiet" }),
        button(words("close"), () => close(null), { class: "button button--primary" }),
      ),
    ],
  }).then((outcome) => (outcome === "again" ? openHelp({ keys, words, onChange }) : null));

  function drawSwitch() {
    const box = make("input", { type: "checkbox", onchange: (event) => onChange({ shortcuts: event.target.checked }) });
    box.checked = keys.prefs.shortcuts;
    return make("label", { class: "option" }, box, make("span", { class: "option-title" }, make("span", { text: words("single_keys") }), make("small", { text: words("single_keys_hint") })));
  }

  function drawGroup({ name, rows }) {
    const table = make("table", { class: "keys-table" }, make("caption", { text: name }), make("tbody", {}, ...rows.map(drawRow)));
    return table;
  }

  function drawRow({ id, title, combo, isFixed }) {
    const shown = make("kbd", { text: combo ? comboText(combo) : "–" });
    const change = isFixed ? null : button(words("change_key"), () => listen(id, shown, change), { class: "link-button", "aria-label": words("change_key_of", { title }) });
    return make("tr", {}, make("th", { scope: "row", text: title, dir: "auto" }), make("td", {}, shown), make("td", {}, change));
  }

  function listen(id, shown, change) {
    shown.textContent = words("press_a_key");
    const stop = () => {
      change.removeEventListener("keydown", onkeydown);
      change.removeEventListener("blur", stop);
      const row = keys.describe().concat(groups).flatMap((group) => group.rows).find((each) => each.id === id);
      if (shown.textContent === words("press_a_key")) shown.textContent = row?.combo ? comboText(row.combo) : "–";
    };
    const onkeydown = (event) => {
      if (["Tab", "Escape"].includes(event.key)) return;
      const [combo] = combosOf(event);
      if (!combo) return;
      event.preventDefault();
      event.stopPropagation();
      onChange({ keymap: { ...keys.prefs.keymap, [id]: combo } });
      shown.textContent = comboText(combo);
      stop();
    };
    change.addEventListener("keydown", onkeydown);
    change.addEventListener("blur", stop);
    change.focus();
  }
}
