import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAmount, formatBoth, formatMinor } from "../workbench/money.js";

const token = { symbol: "TEST", decimals: 6 };

test("an amount keeps its last unit, however large", () => {
  assert.equal(formatMinor("123456789012345678901234567890123456", 18, "en"), "123,456,789,012,345,678.901234567890123456");
});

test("zeros at the end go, but two places stay", () => {
  assert.equal(formatAmount({ minor: "1250000", token }, "en"), "1.25 TEST");
  assert.equal(formatAmount({ minor: "12500", token }, "en"), "0.0125 TEST");
  assert.equal(formatAmount({ minor: "3000000", token }, "en"), "3.00 TEST");
  assert.equal(formatMinor("0", 0, "en"), "0");
});

test("grouping, separator and digits are the reader's", () => {
  assert.equal(formatMinor("1234567891", 3, "de"), "1.234.567,891");
  assert.equal(formatMinor("1234500", 3, "ar-EG"), "١٬٢٣٤٫٥٠");
});

test("a debt smaller than one has its sign", () => {
  assert.equal(formatMinor("-500", 3, "en"), "-0.50");
});

test("work that is paid in two tokens shows both, each to its last unit", () => {
  const price = { minor: "20000000", token };
  const second = { minor: "50000", token: { symbol: "USD", decimals: 6 } };

  assert.equal(formatBoth(price, { price, second_price: second }, "en"), "20.00 TEST + 0.05 USD");
  assert.equal(formatBoth({ minor: "60000000", token }, { price, second_price: second }, "en"), "60.00 TEST + 0.15 USD");
  assert.equal(formatBoth(price, { price, second_price: null }, "en"), "20.00 TEST");
});
