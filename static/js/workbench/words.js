/** Texts come from the server, translated; here they are only filled in, and the plural form chosen. */

export function createWords(messages, locale) {
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);

  function word(key, values = {}) {
    let form = messages[key];
    if (form && typeof form === "object") form = form[plurals.select(Number(values.n ?? 0))] ?? form.other;
    if (form === undefined) return key;
    return form.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? numbers.format(value) : String(value);
    });
  }

  word.has = (key) => key in messages;
  word.locale = locale;
  return word;
}

/** A title is text, or one text per language: the reader's, then its plain language, English, and whatever there is. */
export function titleOf(title, locale, fallback = "") {
  if (title === undefined || title === null) return String(fallback);
  if (typeof title !== "object") return String(title);
  const plain = locale.split("-")[0];
  const found = title[locale] ?? title[plain] ?? title.en ?? Object.values(title)[0];
  return found === undefined ? String(fallback) : String(found);
}
