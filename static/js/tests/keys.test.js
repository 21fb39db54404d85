import assert from "node:assert/strict";
import { test } from "node:test";
import { combosOf, createKeys, isSingle } from "../workbench/keys.js";

globalThis.document ??= { activeElement: null };

function stage(prefs) {
  const target = new EventTarget();
  const keys = createKeys(target, prefs);
  const press = (key, more = {}) => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ...more });
    target.dispatchEvent(event);
    return event;
  };
  return { keys, press };
}

const binding = (combo, heard, more = {}) => ({ id: combo, combo, title: combo, run: () => heard.push(more.as ?? combo), ...more });

test("the highest layer that knows a key gets it, and a removed layer does not", () => {
  const heard = [];
  const { keys, press } = stage();
  keys.push({ level: "kernel", name: "kernel", bindings: [binding("1", heard, { as: "kernel" })] });
  const remove = keys.push({ level: "tool", name: "tool", bindings: [binding("1", heard, { as: "tool" })] });
  press("1");
  remove();
  press("1");
  assert.deepEqual(heard, ["tool", "kernel"]);
});

test("an open dialog hides the layers below it", () => {
  const heard = [];
  const { keys, press } = stage();
  keys.push({ level: "kernel", name: "kernel", bindings: [binding("Mod+Enter", heard)] });
  keys.push({ level: "dialog", name: "dialog", bindings: [] });
  press("Enter", { ctrlKey: true });
  assert.deepEqual(heard, []);
});

test("the off switch silences single keys and leaves Ctrl and Cmd", () => {
  const heard = [];
  const { keys, press } = stage({ shortcuts: false });
  keys.push({ level: "kernel", name: "kernel", bindings: [binding("s", heard), binding("Enter", heard), binding("Mod+Enter", heard)] });
  press("s");
  press("Enter");
  press("Enter", { metaKey: true });
  assert.deepEqual(heard, ["Mod+Enter"]);
});

test("an input method at work is left alone", () => {
  const heard = [];
  const { keys, press } = stage();
  keys.push({ level: "kernel", name: "kernel", bindings: [binding("Enter", heard)] });
  press("Enter", { isComposing: true });
  press("Enter", { keyCode: 229 });
  assert.deepEqual(heard, []);
});

test("a held key acts once unless it may repeat", () => {
  const heard = [];
  const { keys, press } = stage();
  keys.push({ level: "kernel", name: "kernel", bindings: [binding("Enter", heard), binding("Mod+z", heard, { repeats: true })] });
  press("Enter");
  const held = press("Enter", { repeat: true });
  press("z", { ctrlKey: true, repeat: true });
  assert.deepEqual(heard, ["Enter", "Mod+z"]);
  assert.equal(held.defaultPrevented, true);
});

test("a new key replaces the old one", () => {
  const heard = [];
  const { keys, press } = stage({ keymap: { skip: "x" } });
  keys.push({ level: "kernel", name: "kernel", bindings: [{ ...binding("s", heard), id: "skip" }] });
  press("s");
  press("x");
  assert.equal(heard.length, 1);
  assert.equal(keys.describe()[0].rows[0].combo, "x");
});

test("help leaves out a key that a higher layer takes", () => {
  const { keys } = stage();
  keys.push({ level: "kernel", name: "kernel", bindings: [binding("s", [])] });
  keys.push({ level: "tool", name: "tool", bindings: [binding("s", [])] });
  assert.deepEqual(keys.describe().map((layer) => layer.rows[0].combo), ["s", null]);
});

test("keys go by character, and by place where the layout has no Latin letter or digit", () => {
  assert.deepEqual(combosOf({ key: "?", code: "Slash", shiftKey: true }), ["?"]);
  assert.deepEqual(combosOf({ key: "Z", code: "KeyZ", ctrlKey: true, shiftKey: true }), ["Mod+Shift+z"]);
  assert.ok(combosOf({ key: "&", code: "Digit1" }).includes("1"), "AZERTY digits without Shift");
  assert.deepEqual(combosOf({ key: "!", code: "Digit1", shiftKey: true }), ["!"]);
  assert.ok(combosOf({ key: "ы", code: "KeyS" }).includes("s"), "Cyrillic layout");
  assert.deepEqual(combosOf({ key: "q", code: "KeyA" }), ["q"]);
  assert.deepEqual(combosOf({ key: "Process", code: "KeyA" }), []);
});

test("single means without Ctrl, Cmd or Alt", () => {
  assert.equal(isSingle("Shift+a"), true);
  assert.equal(isSingle("Mod+a"), false);
});
