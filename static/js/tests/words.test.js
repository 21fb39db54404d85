import assert from "node:assert/strict";
import { test } from "node:test";
import { createWords, titleOf } from "../workbench/words.js";

test("values are filled in, and what looks like a value in a value stays", () => {
  const words = createWords({ hello: "Hello {name}" }, "en");
  assert.equal(words("hello", { name: "{name} <b>" }), "Hello {name} <b>");
});

test("the plural form is the language's, and numbers are grouped", () => {
  const messages = { left: { one: "{n} odpowiedź", few: "{n} odpowiedzi", many: "{n} odpowiedzi!", other: "{n} odpowiedzi?" } };
  const words = createWords(messages, "pl");
  assert.equal(words("left", { n: 1 }), "1 odpowiedź");
  assert.equal(words("left", { n: 3 }), "3 odpowiedzi");
  assert.equal(words("left", { n: 12 }), "12 odpowiedzi!");
  assert.equal(createWords({ left: { other: "{n} left" } }, "en")("left", { n: 12345 }), "12,345 left");
});

test("a title comes in the reader's language or the nearest", () => {
  assert.equal(titleOf({ en: "Dog", fr: "Chien" }, "fr-CA"), "Chien");
  assert.equal(titleOf({ en: "Dog", fr: "Chien" }, "ja"), "Dog");
  assert.equal(titleOf({ fr: "Chien" }, "ja"), "Chien");
  assert.equal(titleOf(undefined, "en", "pos"), "pos");
});
