import assert from "node:assert/strict";
import { test } from "node:test";
import * as model from "../builder/model.js";

const schema = () => ({
  schema: "1",
  data: { text: { type: "text" } },
  fields: [
    { name: "mood", tool: "choices", source: "text", title: { en: "Mood" }, options: [{ value: "good" }, { value: "bad" }] },
    { name: "why", tool: "choices", source: "text", multiple: true, min: 1, options: [{ value: "a" }, { value: "b" }], when: { field: "mood", op: "eq", value: "bad" } },
  ],
});

test("nothing that was typed is lost or breaks the builder", () => {
  assert.deepEqual(model.readable("x"), { schema: "1", data: {}, fields: [] });
  assert.deepEqual(model.readable({ fields: [1, { name: "a" }] }).fields, [{ name: "a", tool: "choices", options: [] }]);
  assert.equal(model.readable({ ...schema(), more: 1 }).more, 1);
});

test("the old schema stays as it was", () => {
  const before = schema();
  model.addOption(before, 0);
  model.moveField(before, 0, 1);
  assert.deepEqual(before, schema());
});

test("a name is made of a title, accents and all", () => {
  assert.equal(model.slug("Très bien !", "x"), "tres_bien");
  assert.equal(model.slug("とても良い", "option"), "option");
  assert.equal(model.slug("1st", "x"), "st");
});

test("a condition follows the new name of its field and of its value", () => {
  assert.equal(model.renameField(schema(), 0, "feeling").fields[1].when.field, "feeling");
  assert.equal(model.renameOption(schema(), 0, 1, "poor").fields[1].when.value, "poor");
});

test("a condition that cannot hold any more is dropped", () => {
  assert.equal(model.moveField(schema(), 1, -1).fields[0].when, undefined);
  assert.equal(model.removeOption(schema(), 0, 1).fields[1].when, undefined);
  assert.equal(model.removeField(schema(), 0).fields[0].when, undefined);
  assert.deepEqual(model.removeOption(schema(), 0, 0).fields[1].when, schema().fields[1].when);
});

test("the value of a condition fits its operation", () => {
  const ask = (change) => model.setCondition(schema(), 1, { field: "mood", ...change }).fields[1].when;
  assert.deepEqual(ask({ op: "in", value: "bad" }), { field: "mood", op: "in", value: ["bad"] });
  assert.deepEqual(ask({ op: "in", value: undefined }), { field: "mood", op: "in", value: ["good"] });
  assert.deepEqual(ask({ op: "count>=", value: "bad" }), { field: "mood", op: "count>=", value: 1 });
  assert.deepEqual(ask({ op: "answered", value: "bad" }), { field: "mood", op: "answered" });
  assert.equal(model.setCondition(schema(), 1, { field: "" }).fields[1].when, undefined);
});

test("a title takes the value along until somebody wrote one", () => {
  const added = model.addOption(schema(), 0);
  const titled = model.titleOption(added, 0, 2, "en", "So so");
  assert.equal(titled.fields[0].options[2].value, "so_so");
  assert.equal(model.titleOption(titled, 0, 2, "en", "").fields[0].options[2].value, "so_so");
  const own = model.renameOption(titled, 0, 2, "meh");
  assert.equal(model.titleOption(own, 0, 2, "en", "Fine").fields[0].options[2].value, "meh");
});

test("one choice has no limits", () => {
  const { min, multiple } = model.setMultiple(schema(), 1, false).fields[1];
  assert.deepEqual([min, multiple], [undefined, false]);
});

test("questions about a column that is hidden go to one that is shown", () => {
  const two = model.setShown(schema(), "photo", "image");
  assert.equal(model.setShown(two, "text", "").fields[0].source, "photo");
});

test("a language is taken away everywhere", () => {
  const french = model.changed(schema(), (next) => { next.fields[0].title.fr = "Humeur"; });
  assert.deepEqual(model.languagesOf(french), ["en", "fr"]);
  assert.deepEqual(model.languagesOf(model.removeLanguage(french, "en")), ["fr"]);
});

test("names that are taken get a number", () => {
  assert.equal(model.free("a", ["a", "a_2"]), "a_3");
});
