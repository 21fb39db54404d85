import assert from "node:assert/strict";
import { test } from "node:test";

import { isGone } from "../workbench/threads.js";

const part = { on: "part", field: "topics", part: "sport" };

test("an option is gone when it is not chosen any more, of one and of several", () => {
  assert.equal(isGone(part, { topics: ["sport", "food"] }), false);
  assert.equal(isGone(part, { topics: "sport" }), false);
  assert.equal(isGone(part, { topics: ["food"] }), true);
  assert.equal(isGone(part, {}), true);
});

test("a shape is known by its id", () => {
  const shape = { on: "part", field: "boxes", part: "b1" };
  assert.equal(isGone(shape, { boxes: [{ id: "b1", box: [1, 2, 3, 4] }] }), false);
  assert.equal(isGone(shape, { boxes: [{ id: "b2", box: [1, 2, 3, 4] }] }), true);
});

test("of other places the server's word holds", () => {
  assert.equal(isGone({ on: "text", source: "text", start: 0, end: 3 }, {}), false);
  assert.equal(isGone({ on: "field", field: "topics" }, { topics: ["food"] }, true), true);
});
