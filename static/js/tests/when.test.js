import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { holds, onlyShown, shownFields } from "../workbench/when.js";

const CASES = JSON.parse(readFileSync(new URL("../../../annotation/tests/kinds/conditions.json", import.meta.url)));

const fields = [
  { name: "a" },
  { name: "b", when: { field: "a", op: "eq", value: "yes" } },
  { name: "c", when: { field: "b", op: "answered" } },
];

test("every shared case holds as the server says", () => {
  for (const { when, answer, holds: expected } of CASES) assert.equal(holds(when, answer), expected, JSON.stringify({ when, answer }));
});

test("a field that hangs on a hidden field is hidden, whatever it once said", () => {
  assert.deepEqual(shownFields(fields, { a: "no", b: "x" }).map((field) => field.name), ["a"]);
});

test("what is sent leaves out the blank and the unasked", () => {
  assert.deepEqual(onlyShown(fields, { a: "no", b: "x", c: "y" }), { a: "no" });
  assert.deepEqual(onlyShown(fields, { a: "yes", b: "x", c: [] }), { a: "yes", b: "x" });
});

test("an operation from a newer server hides instead of failing", () => {
  assert.equal(holds({ op: "constructor", value: 1 }, "x"), false);
});
