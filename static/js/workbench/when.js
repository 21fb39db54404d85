/** Which fields are asked: conditions are data, and a field that hangs on an unasked field is unasked too. */

export function shownFields(fields, result) {
  const byName = new Map(fields.map((field) => [field.name, field]));
  return fields.filter((field) => isShown(field, byName, result, new Set()));
}

export function onlyShown(fields, result) {
  const names = new Set(shownFields(fields, result).map((field) => field.name));
  return Object.fromEntries(Object.entries(result).filter(([name, value]) => names.has(name) && value !== undefined));
}

function isShown(field, byName, result, seen) {
  const { when } = field;
  if (!when) return true;
  if (seen.has(field.name)) return false;
  const asked = byName.get(when.field);
  if (!asked || !isShown(asked, byName, result, new Set([...seen, field.name]))) return false;
  return holds(when, result[when.field]);
}

export function holds({ op, value }, actual) {
  const list = actual === undefined || actual === null ? [] : [actual].flat();
  switch (op) {
    case "==":
      return list.length === 1 && list[0] === value;
    case "!=":
      return !(list.length === 1 && list[0] === value);
    case "in":
      return list.some((each) => [value].flat().includes(each));
    case "not_in":
      return !list.some((each) => [value].flat().includes(each));
    case "contains":
      return list.includes(value);
    case "filled":
      return list.length > 0;
    case "empty":
      return list.length === 0;
    case "count>=":
      return list.length >= value;
    case "count<=":
      return list.length <= value;
    case "count==":
      return list.length === value;
    default:
      return false;
  }
}
