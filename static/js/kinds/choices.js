/** Choosing one or several of a list. Pure: a value is "pos" for one, ["a", "b"] for several, undefined for none. */

export function chosen(field, value) {
  if (value === undefined || value === null) return [];
  return field.multiple ? [value].flat() : [value].flat().slice(0, 1);
}

/** Several stay in the order of the options, so that the same choice is the same value however it was made. */
export function toggle(field, value, option) {
  const now = chosen(field, value);
  const isOn = now.includes(option);
  if (!field.multiple) return isOn && !field.required ? undefined : option;
  const next = new Set(now);
  if (isOn) next.delete(option);
  else next.add(option);
  const ordered = field.options.map((each) => each.value).filter((each) => next.has(each));
  return ordered.length ? ordered : undefined;
}

/** What is wrong with a value, as [code, numbers] pairs; empty when nothing is. */
export function validate(field, value) {
  const now = chosen(field, value);
  const known = new Set(field.options.map((option) => option.value));
  const wrong = [];
  if (now.some((each) => !known.has(each))) wrong.push(["choice_unknown", {}]);
  if (!now.length) {
    if (field.required) wrong.push([field.multiple ? "choose_at_least" : "choose_one", { n: Math.max(1, field.min ?? 1) }]);
    return wrong;
  }
  if (!field.multiple) return wrong;
  if (field.min && now.length < field.min) wrong.push(["choose_at_least", { n: field.min }]);
  if (field.max && now.length > field.max) wrong.push(["choose_at_most", { n: field.max }]);
  return wrong;
}

/** A key for each option: its own, else the first free digit. Map from option value to key. */
export function keysOf(options) {
  const own = new Set(options.map((option) => option.key?.toLowerCase()).filter(Boolean));
  const free = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].filter((digit) => !own.has(digit));
  const keys = new Map();
  const used = new Set();
  for (const option of options) {
    const wanted = option.key?.toLowerCase();
    const key = wanted && !used.has(wanted) ? wanted : wanted ? undefined : free.shift();
    if (key) {
      used.add(key);
      keys.set(option.value, key);
    }
  }
  return keys;
}

/** Options whose title or value has every word looked for. Accents and case do not count. */
export function matching(options, sought, titleOf) {
  const words = plain(sought).split(/\s+/).filter(Boolean);
  return options.filter((option) => {
    const text = plain(`${titleOf(option)} ${option.value}`);
    return words.every((word) => text.includes(word));
  });
}

/** Who chose what: for each option value the names that chose it, and whether it is the decided one. */
export function tally(field, others) {
  const rows = new Map(field.options.map((option) => [option.value, { who: [], isDecided: false }]));
  for (const { who, value, isDecided } of others) {
    for (const each of chosen(field, value)) {
      if (!rows.has(each)) rows.set(each, { who: [], isDecided: false });
      if (isDecided) rows.get(each).isDecided = true;
      else rows.get(each).who.push(who);
    }
  }
  return rows;
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
