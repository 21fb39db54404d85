/**
 * Keys in layers: kernel < tool < dialog. The highest layer that knows a key gets it; among tools the one that holds
 * the focus goes first. A dialog hides what is below it. Keys without Ctrl or Cmd can be switched off (WCAG 2.1.4).
 */

import { isTextEntry } from "./dom.js";

const LEVELS = { kernel: 0, tool: 1, dialog: 2 };

export function createKeys(root, { shortcuts = true, keymap = {} } = {}) {
  let layers = [];
  let prefs = { shortcuts, keymap };

  function onKeydown(event) {
    // An input method is composing: its Enter picks a word, it does not submit.
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const binding = find(event);
    if (!binding) return;
    event.preventDefault();
    if (!event.repeat || binding.repeats) binding.run(event);
  }

  function find(event) {
    const combos = combosOf(event);
    for (const layer of ordered()) {
      for (const binding of layer.bindings) {
        const combo = comboOf(binding);
        if (combo && combos.includes(combo) && isAllowed(binding, combo, event) && (binding.when?.() ?? true)) return binding;
      }
    }
    return null;
  }

  function isAllowed(binding, combo, event) {
    if (isTextEntry(event.target)) return Boolean(binding.inText) && !isSingle(combo);
    if (!isSingle(combo)) return true;
    if (!prefs.shortcuts) return false;
    return combo !== "Enter" || !event.target.closest?.("button, a, summary, [role=button]");
  }

  function ordered() {
    const focused = root.ownerDocument?.activeElement ?? document.activeElement;
    const top = Math.max(0, ...layers.map((layer) => layer.level));
    const visible = top === LEVELS.dialog ? layers.filter((layer) => layer.level === top) : layers;
    const rank = (layer) => layer.level * 2 + (layer.el?.contains(focused) ? 1 : 0);
    return [...visible].sort((one, other) => rank(other) - rank(one));
  }

  function comboOf(binding) {
    return prefs.keymap[binding.id] ?? binding.combo;
  }

  root.addEventListener("keydown", onKeydown);

  return {
    /** Adds a layer: {level, name, el?, bindings: [{id, combo, title, run, when?, inText?, repeats?, fixed?}]}. */
    push({ level, name, el = null, bindings }) {
      const layer = { level: LEVELS[level], name, el, bindings };
      layers = [...layers, layer];
      return () => {
        layers = layers.filter((each) => each !== layer);
      };
    },
    get prefs() {
      return prefs;
    },
    setPrefs(next) {
      prefs = { ...prefs, ...next };
    },
    /** Every layer with its keys as they are now; a key that a higher layer takes is left out. */
    describe() {
      const taken = new Set();
      return ordered().map((layer) => ({
        name: layer.name,
        rows: layer.bindings.filter((binding) => binding.when?.() ?? true).map((binding) => {
          const combo = comboOf(binding);
          const isTaken = !combo || taken.has(combo);
          taken.add(combo);
          return { id: binding.id, title: binding.title, combo: isTaken ? null : combo, isFixed: Boolean(binding.fixed) };
        }),
      }));
    },
    destroy() {
      root.removeEventListener("keydown", onKeydown);
      layers = [];
    },
  };
}

export function isSingle(combo) {
  return !/^(Mod|Alt)\+/.test(combo);
}

/** The names a key press goes by: its character, and, on layouts that have no Latin letters or digits there, its place. */
export function combosOf({ key, code = "", ctrlKey, metaKey, altKey, shiftKey }) {
  if (["Control", "Shift", "Alt", "Meta", "Dead", "Process", "Unidentified"].includes(key)) return [];
  const names = new Set([key.length === 1 ? key.toLowerCase() : key]);
  const place = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1]?.toLowerCase();
  const isPlaceless = key.length !== 1 || !/^[a-z0-9]$/i.test(key);
  if (place && key.length === 1 && isPlaceless && !(shiftKey && /^[!-/:-@[-`{-~]$/.test(key))) names.add(place);
  const modifiers = `${ctrlKey || metaKey ? "Mod+" : ""}${altKey ? "Alt+" : ""}`;
  return [...names].map((name) => {
    const counts = shiftKey && (/^[a-z]$/.test(name) || name.length > 1);
    return `${modifiers}${counts ? "Shift+" : ""}${name}`;
  });
}

export function comboText(combo, isApple = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "")) {
  const names = { Mod: isApple ? "⌘" : "Ctrl", Enter: "Enter ↵", " ": "␣", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
  if (combo === "+") return "+";
  return combo.split("+").map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ");
}
