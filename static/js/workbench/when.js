/**
 * Which fields are asked. Conditions are data, never code, and the server knows the same ones: the cases in
 * annotation/tests/kinds/conditions.json hold the two together. On a blank or hidden field every condition is false.
 */

export function shownFields(fields, result) {
  const seen = {};
  return fields.filter((field) => {
    if (field.when && !holds(field.when, seen[field.when.field])) return false;
    seen[field.name] = result[field.name];
    return true;
  });
}

/** The result without what is blank or no longer asked: what is sent. */
export function onlyShown(fields, result) {
  const kept = shownFields(fields, result).filter((field) => !isBlank(result[field.name]));
  return Object.fromEntries(kept.map((field) => [field.name, result[field.name]]));
}

export function isBlank(value) {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The same rules as annotation/kinds/conditions.py; conditions.json beside its tests holds the cases for both. */
export function holds({ op, value }, actual) {
  const parts = actual === undefined || actual === null || actual === "" ? [] : [actual].flat();
  if (!parts.length) return false;
  switch (op) {
    case "eq":
      return parts.includes(value);
    case "ne":
      return !parts.includes(value);
    case "in":
      return parts.some((each) => value.includes(each));
    case "count>=":
      return parts.length >= value;
    case "answered":
      return true;
    default:
      return false;
  }
}

const equals = (answer, value) => (Array.isArray(answer) ? answer.includes(value) : answer === value);

const OPERATIONS = {
  eq: equals,
  ne: (answer, value) => !equals(answer, value),
  in: (answer, values) => values.some((value) => equals(answer, value)),
  "count>=": (answer, number) => (Array.isArray(answer) ? answer.length : 1) >= number,
  answered: () => true,
};
