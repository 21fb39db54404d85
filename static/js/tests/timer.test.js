import assert from "node:assert/strict";
import { test } from "node:test";
import { createTimer } from "../workbench/timer.js";

function clock() {
  let at = 1_000_000;
  const now = () => at;
  now.pass = (ms) => {
    at += ms;
  };
  return now;
}

test("a pause counts for at most fifteen seconds of active time", () => {
  const now = clock();
  const timer = createTimer({ now });
  now.pass(10_000);
  timer.touch();
  now.pass(60_000);
  assert.deepEqual(timer.read(), { lead_ms: 70_000, active_ms: 25_000 });
});

test("a hidden page counts for nothing", () => {
  const now = clock();
  const timer = createTimer({ now });
  now.pass(2_000);
  timer.pause();
  now.pass(9_000);
  timer.resume();
  now.pass(1_000);
  assert.deepEqual(timer.read(), { lead_ms: 12_000, active_ms: 3_000 });
});

test("a reload goes on from what was measured", () => {
  const now = clock();
  const timer = createTimer({ now, lead: 5_000, active: 4_000 });
  now.pass(1_000);
  assert.deepEqual(timer.read(), { lead_ms: 6_000, active_ms: 5_000 });
});

test("a clock set back takes no time away", () => {
  const now = clock();
  const timer = createTimer({ now });
  now.pass(-50_000);
  assert.deepEqual(timer.read(), { lead_ms: 0, active_ms: 0 });
});
