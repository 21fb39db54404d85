import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, meaningOf } from "../workbench/backoff.js";

test("the wait doubles up to a minute and half of it is chance", () => {
  assert.equal(backoffMs(0, () => 0), 500);
  assert.equal(backoffMs(3, () => 1), 8_000);
  assert.equal(backoffMs(50, () => 1), 60_000);
  assert.equal(backoffMs(50, () => 0), 30_000);
});

test("what the server says decides between again, sign in and dead letter", () => {
  const meaning = (status, code = "x", more = {}) => meaningOf({ status, code, ...more }, "answer");
  assert.equal(meaning(0, "network"), "again");
  assert.equal(meaning(503), "again");
  assert.equal(meaning(429), "again");
  assert.equal(meaning(409, "still_running", { retryAfter: 2 }), "again");
  assert.equal(meaning(401), "sign_in");
  assert.equal(meaning(403, "permission_denied", { detail: "CSRF Failed: no cookie" }), "sign_in");
  assert.equal(meaning(403, "permission_denied", { detail: "Not yours." }), "dead");
  for (const status of [400, 404, 409, 410, 413, 422]) assert.equal(meaning(status), "dead");
});

test("a skip whose lease is gone is done, a skip that is forbidden is shown", () => {
  assert.equal(meaningOf({ status: 404, code: "not_found" }, "skip"), "gone");
  assert.equal(meaningOf({ status: 403, code: "permission_denied" }, "skip"), "dead");
});
