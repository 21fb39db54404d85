import assert from "node:assert/strict";
import { test } from "node:test";
import { createHistory } from "../workbench/history.js";

test("undo and redo walk through the snapshots", () => {
  const history = createHistory({ a: 0 });
  history.set({ a: 1 });
  history.set({ a: 2 });
  history.undo();
  assert.deepEqual(history.value, { a: 1 });
  history.redo();
  assert.deepEqual(history.value, { a: 2 });
  assert.equal(history.canRedo, false);
});

test("one gesture is one step, until it is sealed", () => {
  const history = createHistory(0);
  for (const value of [1, 2, 3]) history.set(value, "drag");
  history.seal();
  history.set(4, "drag");
  history.undo();
  assert.equal(history.value, 3);
  history.undo();
  assert.equal(history.value, 0);
});

test("a new change forgets what was undone", () => {
  const history = createHistory(0);
  history.set(1);
  history.undo();
  history.set(2);
  assert.equal(history.redo(), false);
  assert.equal(history.value, 2);
});

test("snapshots cannot be changed by those who hold them", () => {
  const history = createHistory({ list: ["a"] });
  assert.throws(() => history.value.list.push("b"), TypeError);
});

test("setting the same value is no step, and listeners hear each change once", () => {
  const heard = [];
  const history = createHistory("x", (value) => heard.push(value));
  history.set("x");
  history.set("y");
  history.undo();
  assert.deepEqual(heard, ["y", "x"]);
  assert.equal(history.undo(), false);
});
