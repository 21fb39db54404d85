import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, keysOf, matching, tally, toggle, validate } from "../kinds/choices.js";

const options = [{ value: "a" }, { value: "b" }, { value: "c" }];
const one = { options, multiple: false, required: true };
const many = { options, multiple: true, required: true, min: 1, max: 2 };

test("choosing one replaces the other", () => {
  assert.equal(toggle(one, "a", "b"), "b");
});

test("a required single choice cannot be taken back, an optional one can", () => {
  assert.equal(toggle(one, "a", "a"), "a");
  assert.equal(toggle({ ...one, required: false }, "a", "a"), undefined);
});

test("several keep the order of the options, and none is undefined", () => {
  assert.deepEqual(toggle(many, ["c"], "a"), ["a", "c"]);
  assert.equal(toggle(many, ["a"], "a"), undefined);
});

test("toggling leaves the old value as it was", () => {
  const before = Object.freeze(["a"]);
  assert.deepEqual(toggle(many, before, "b"), ["a", "b"]);
  assert.deepEqual(before, ["a"]);
});

test("what is wrong is named", () => {
  assert.deepEqual(validate(one, undefined), [["choose_one", { n: 1 }]]);
  assert.deepEqual(validate(one, "gone"), [["choice_unknown", {}]]);
  assert.deepEqual(validate(many, ["a", "b", "c"]), [["choose_at_most", { n: 2 }]]);
  assert.deepEqual(validate({ ...many, min: 2 }, ["a"]), [["choose_at_least", { n: 2 }]]);
  assert.deepEqual(validate({ ...many, required: false, min: 2 }, undefined), []);
  assert.deepEqual(validate(one, "a"), []);
});

test("own keys come first, digits fill the rest, nobody shares", () => {
  const keys = keysOf([{ value: "a" }, { value: "b", key: "1" }, { value: "c", key: "Q" }, { value: "d", key: "q" }, { value: "e" }]);
  assert.deepEqual([...keys], [["a", "2"], ["b", "1"], ["c", "q"], ["e", "3"]]);
});

test("the eleventh option without a key of its own has none", () => {
  const keys = keysOf(Array.from({ length: 12 }, (_, index) => ({ value: `v${index}` })));
  assert.equal(keys.get("v9"), "0");
  assert.equal(keys.has("v10"), false);
});

test("search ignores case and accents and wants every word", () => {
  const rows = [{ value: "1", title: "Émile Zola" }, { value: "2", title: "Zoé" }];
  assert.deepEqual(matching(rows, "zola EMILE", (row) => row.title).map((row) => row.value), ["1"]);
  assert.equal(matching(rows, " ", (row) => row.title).length, 2);
});

test("a tally names who chose what, and sets the decision apart", () => {
  const rows = tally(many, [
    { who: "first", value: ["a", "b"] },
    { who: "second", value: ["b"] },
    { who: "decision", value: ["b"], isDecided: true },
  ]);
  assert.deepEqual(rows.get("b"), { who: ["first", "second"], isDecided: true });
  assert.deepEqual(rows.get("a"), { who: ["first"], isDecided: false });
});

test("a value of the wrong shape chooses what it can", () => {
  assert.deepEqual(chosen(one, ["a", "b"]), ["a"]);
  assert.deepEqual(chosen(many, "a"), ["a"]);
  assert.deepEqual(chosen(many, null), []);
});
