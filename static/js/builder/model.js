/** The interface being built, as plain data. Pure: every function returns a new schema and leaves the old one alone. */

export const PALETTE = ["#0a6a6f", "#353a9c", "#855000", "#a11d2b", "#3d7a2e", "#7a3f8f", "#2f6ea8", "#62657f"];
export const OPERATIONS = ["eq", "ne", "in", "count>=", "answered"];

/** Whatever was typed, with the parts that the builder needs. */
export function readable(raw) {
  const schema = raw && typeof raw === "object" && !Array.isArray(raw) ? structuredClone(raw) : {};
  schema.schema ??= "1";
  schema.data = isObject(schema.data) ? schema.data : {};
  schema.fields = Array.isArray(schema.fields) ? schema.fields.filter(isObject) : [];
  for (const field of schema.fields) {
    field.tool ??= "choices";
    field.options = Array.isArray(field.options) ? field.options.filter(isObject) : [];
  }
  return schema;
}

/** A name for programs made of a title for people. */
export function slug(text, fallback) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const name = plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "").slice(0, 40);
  return name || fallback;
}

export function free(wanted, taken) {
  if (!taken.includes(wanted)) return wanted;
  let number = 2;
  while (taken.includes(`${wanted}_${number}`)) number += 1;
  return `${wanted}_${number}`;
}

/** The languages of all titles, English first when there is nothing. */
export function languagesOf(schema) {
  const found = new Set();
  const read = (titles) => isObject(titles) && Object.keys(titles).forEach((tag) => found.add(tag));
  Object.values(schema.data).forEach((part) => read(part.title));
  for (const field of schema.fields) {
    [field.title, field.help].forEach(read);
    field.options.forEach((option) => [option.title, option.help].forEach(read));
  }
  return found.size ? [...found] : ["en"];
}

/** Titles with one language changed; undefined when none is left. */
export function withTitle(titles, tag, text) {
  const next = { ...titles };
  if (text) next[tag] = text;
  else delete next[tag];
  return Object.keys(next).length ? next : undefined;
}

export function changed(schema, change) {
  const next = structuredClone(schema);
  change(next);
  return withoutEmpty(next);
}

export function addField(schema) {
  return changed(schema, (next) => {
    const names = next.fields.map((field) => field.name);
    next.fields.push({
      name: free("question", names),
      tool: "choices",
      source: Object.keys(next.data)[0],
      required: true,
      options: [{ value: "yes", title: { en: "Yes" } }, { value: "no", title: { en: "No" } }],
    });
  });
}

export function removeField(schema, index) {
  return changed(schema, (next) => {
    next.fields.splice(index, 1);
    dropDeadConditions(next);
  });
}

export function moveField(schema, index, by) {
  return changed(schema, (next) => {
    move(next.fields, index, by);
    dropDeadConditions(next);
  });
}

/** Conditions that look at this field follow its new name. */
export function renameField(schema, index, name) {
  return changed(schema, (next) => {
    const before = next.fields[index].name;
    next.fields[index].name = name;
    for (const field of next.fields) if (field.when?.field === before) field.when.field = name;
  });
}

export function setMultiple(schema, index, multiple) {
  return changed(schema, (next) => {
    const field = next.fields[index];
    field.multiple = multiple;
    if (!multiple) {
      delete field.min;
      delete field.max;
    }
  });
}

export function addOption(schema, index) {
  return changed(schema, (next) => {
    const { options } = next.fields[index];
    options.push({ value: free("option", options.map((option) => option.value)) });
  });
}

export function removeOption(schema, index, place) {
  return changed(schema, (next) => {
    next.fields[index].options.splice(place, 1);
    dropDeadConditions(next);
  });
}

export function moveOption(schema, index, place, by) {
  return changed(schema, (next) => move(next.fields[index].options, place, by));
}

/** Conditions that ask for this value follow it. */
export function renameOption(schema, index, place, value) {
  return changed(schema, (next) => {
    const field = next.fields[index];
    const before = field.options[place].value;
    field.options[place].value = value;
    for (const { when } of next.fields) {
      if (when?.field !== field.name) continue;
      if (Array.isArray(when.value)) when.value = when.value.map((each) => (each === before ? value : each));
      else if (when.value === before) when.value = value;
    }
  });
}

/** A title typed into a row whose value nobody wrote takes the value along. */
export function titleOption(schema, index, place, tag, text) {
  const option = schema.fields[index].options[place];
  const others = schema.fields[index].options.filter((each) => each !== option).map((each) => each.value);
  const old = option.title?.[tag] ?? "";
  const isOurs = /^option(_\d+)?$/.test(option.value) || slug(old, "") === option.value;
  const titled = changed(schema, (next) => {
    next.fields[index].options[place].title = withTitle(option.title, tag, text);
  });
  const value = slug(text, "");
  return isOurs && value && tag === languagesOf(titled)[0] ? renameOption(titled, index, place, free(value, others)) : titled;
}

/** A condition that makes sense for its operation: the value's type follows it. */
export function setCondition(schema, index, { field, op, value }) {
  return changed(schema, (next) => {
    if (!field) {
      delete next.fields[index].when;
      return;
    }
    const options = next.fields.find((each) => each.name === field)?.options ?? [];
    const known = options.map((option) => option.value);
    const when = { field, op };
    if (op === "in") when.value = [value].flat().filter((each) => known.includes(each));
    if (op === "in" && !when.value.length) when.value = known.slice(0, 1);
    if (op === "eq" || op === "ne") when.value = known.includes([value].flat()[0]) ? [value].flat()[0] : known[0];
    if (op === "count>=") when.value = Number.isInteger(value) && value > 0 ? value : 1;
    next.fields[index].when = when;
  });
}

export function setShown(schema, name, type) {
  return changed(schema, (next) => {
    if (type) next.data[name] = { ...next.data[name], type };
    else delete next.data[name];
    const names = Object.keys(next.data);
    for (const field of next.fields) if (!names.includes(field.source)) field.source = names[0];
  });
}

export function removeLanguage(schema, tag) {
  return changed(schema, (next) => {
    const drop = (thing, name) => {
      if (isObject(thing[name])) thing[name] = withTitle(thing[name], tag, "");
    };
    Object.values(next.data).forEach((part) => drop(part, "title"));
    for (const field of next.fields) {
      for (const thing of [field, ...field.options]) ["title", "help"].forEach((name) => drop(thing, name));
    }
  });
}

function move(list, from, by) {
  const to = from + by;
  if (to < 0 || to >= list.length) return;
  const [moved] = list.splice(from, 1);
  list.splice(to, 0, moved);
}

/** A condition can only look back, at a field and a value that exist. */
function dropDeadConditions(schema) {
  const earlier = new Map();
  for (const field of schema.fields) {
    if (field.when) {
      const known = earlier.get(field.when.field);
      const asked = ["eq", "ne", "in"].includes(field.when.op) ? [field.when.value].flat() : [];
      if (!known || asked.some((value) => !known.includes(value))) delete field.when;
    }
    earlier.set(field.name, field.options.map((option) => option.value));
  }
}

function withoutEmpty(schema) {
  for (const field of schema.fields) {
    for (const thing of [field, ...field.options]) {
      for (const name of ["title", "help", "key", "color", "min", "max"]) {
        if (thing[name] === undefined || thing[name] === "") delete thing[name];
      }
    }
  }
  return schema;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
