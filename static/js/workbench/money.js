/** Amounts are whole minor units in strings. No step goes through a float, so the last unit is shown as it is. */

export function formatAmount(amount, locale) {
  const { decimals, symbol } = amount.token;
  return `${formatMinor(amount.minor, decimals, locale)} ${symbol}`;
}

/** With what the same work earns of the second token, where the project pays in two: "1.25 TEST + 0.05 USD". */
export function formatBoth(amount, { price, second_price: second }, locale) {
  const first = formatAmount(amount, locale);
  if (!second || !BigInt(price.minor)) return first;
  const minor = (BigInt(amount.minor) * BigInt(second.minor)) / BigInt(price.minor);
  return `${first} + ${formatAmount({ minor: String(minor), token: second.token }, locale)}`;
}

export function formatMinor(minor, decimals, locale) {
  const units = BigInt(minor);
  const scale = 10n ** BigInt(decimals);
  const size = units < 0n ? -units : units;
  const whole = new Intl.NumberFormat(locale).format(size / scale);
  const sign = units < 0n ? "-" : "";
  const fraction = (size % scale).toString().padStart(decimals, "0").slice(0, decimals);
  const kept = fraction.replace(/0+$/, "").padEnd(Math.min(2, decimals), "0");
  return kept ? `${sign}${whole}${separator(locale)}${localDigits(kept, locale)}` : `${sign}${whole}`;
}

function separator(locale) {
  const parts = new Intl.NumberFormat(locale, { minimumFractionDigits: 1 }).formatToParts(0.5);
  return parts.find((part) => part.type === "decimal").value;
}

function localDigits(digits, locale) {
  const plain = new Intl.NumberFormat(locale, { useGrouping: false });
  return [...digits].map((digit) => plain.format(Number(digit))).join("");
}
