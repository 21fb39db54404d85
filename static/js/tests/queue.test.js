import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { createQueue } from "../workbench/queue.js";
import { memoryStore } from "../workbench/storage.js";

const ENTRY = { kind: "answer", project: "p", label: 1, path: "work/answers/", body: {} };
const queues = [];
afterEach(() => queues.splice(0).forEach((queue) => queue.stop()));

const problem = (status, code = "x", more = {}) => ({ status, code, detail: "", errors: [], retryAfter: null, ...more });

/** A queue against a server of a few lines that may refuse, lose its answer, or be slow. Two may share a store. */
function stage({ store = memoryStore("key", "lease"), serve, name = `queue-${Math.random()}` } = {}) {
  let at = 1_000_000;
  const sent = [];
  const reports = [];
  const queue = createQueue({
    name,
    store,
    now: () => at,
    random: () => 0,
    send: async (entry) => {
      sent.push(entry.key);
      return serve(entry, sent.length);
    },
    onChange: (report) => reports.push(report),
  });
  queues.push(queue);
  return { queue, store, sent, reports, pass: (ms) => (at += ms) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 30));

test("what is sent is rubbed out, in the order it was added", async () => {
  const seen = [];
  const { queue, store, pass } = stage({ serve: async (entry) => seen.push(entry.lease) });
  for (const lease of ["a", "b", "c"]) {
    await queue.add({ ...ENTRY, lease });
    pass(1);
  }
  await settle();
  assert.deepEqual(seen, ["a", "b", "c"]);
  assert.deepEqual(await store.all(), []);
});

test("a lost response is sent again under the same key", async () => {
  const recorded = new Map();
  const { queue, sent, store } = stage({
    serve: async (entry, attempt) => {
      recorded.set(entry.key, entry.lease);
      if (attempt === 1) throw problem(0, "network");
      return {};
    },
  });
  await queue.add({ ...ENTRY, lease: "a" });
  await settle();
  await queue.hurry();
  await settle();
  assert.equal(sent.length, 2);
  assert.equal(recorded.size, 1);
  assert.deepEqual(await store.all(), []);
});

test("the same lease cannot be put in twice", async () => {
  const { queue } = stage({ serve: async () => { throw problem(503); } });
  await queue.add({ ...ENTRY, lease: "a" });
  await assert.rejects(queue.add({ ...ENTRY, lease: "a" }), { name: "ConstraintError" });
});

test("while the connection is down one attempt speaks for all, and nothing is lost", async () => {
  const { queue, sent, store, reports } = stage({ serve: async () => { throw problem(0, "network"); } });
  for (const lease of ["a", "b", "c"]) await queue.add({ ...ENTRY, lease });
  await settle();
  assert.equal(sent.length, 1);
  assert.equal((await store.all()).length, 3);
  assert.equal(reports.at(-1).isFailing, true);
});

test("one entry that the server chokes on does not hold up the others", async () => {
  const { queue, store } = stage({ serve: async (entry) => { if (entry.lease === "bad") throw problem(500); } });
  await queue.add({ ...ENTRY, lease: "bad" });
  await queue.add({ ...ENTRY, lease: "good" });
  await settle();
  assert.deepEqual((await store.all()).map((row) => row.lease), ["bad"]);
});

test("a refusal becomes a dead letter, which a retry sends under a new key", async () => {
  let isNeeded = false;
  const { queue, store, sent } = stage({ serve: async () => { if (!isNeeded) throw problem(409, "not_needed", { detail: "Full." }); } });
  await queue.add({ ...ENTRY, lease: "a" });
  await settle();
  const [letter] = await store.all();
  assert.equal(letter.state, "dead");
  assert.deepEqual(letter.problem, { status: 409, code: "not_needed", detail: "Full.", errors: [] });
  isNeeded = true;
  await queue.retry(letter.key);
  await settle();
  assert.deepEqual(await store.all(), []);
  assert.notEqual(sent[0], sent[1]);
});

test("a dead letter is never sent by itself and goes only when discarded", async () => {
  const { queue, store, sent } = stage({ serve: async () => { throw problem(422); } });
  await queue.add({ ...ENTRY, lease: "a" });
  await settle();
  await queue.hurry();
  await settle();
  assert.equal(sent.length, 1);
  await queue.discard((await store.all())[0].key);
  assert.deepEqual(await store.all(), []);
});

test("signed out, everything is kept and nothing is tried until told", async () => {
  let isSignedIn = false;
  const { queue, store, sent, reports } = stage({ serve: async () => { if (!isSignedIn) throw problem(401); } });
  await queue.add({ ...ENTRY, lease: "a" });
  await queue.add({ ...ENTRY, lease: "b" });
  await settle();
  assert.equal(sent.length, 1);
  assert.equal(reports.at(-1).isSignedOut, true);
  isSignedIn = true;
  await queue.hurry();
  await settle();
  assert.deepEqual(await store.all(), []);
});

test("two tabs over one store send each answer once", async () => {
  const name = "shared";
  const seen = [];
  const serve = async (entry) => {
    await new Promise((resolve) => setTimeout(resolve, 3));
    seen.push(entry.lease);
  };
  const one = stage({ serve, name });
  const other = stage({ serve, name, store: one.store });
  await Promise.all(["a", "b", "c", "d"].map((lease, index) => (index % 2 ? one : other).queue.add({ ...ENTRY, lease })));
  await settle();
  await settle();
  assert.deepEqual(seen.toSorted(), ["a", "b", "c", "d"]);
});

test("Retry-After is honoured when it is longer than our own wait", async () => {
  const { queue, store, sent, pass } = stage({ serve: async () => { throw problem(429, "throttled", { retryAfter: 30 }); } });
  await queue.add({ ...ENTRY, lease: "a" });
  await settle();
  pass(29_000);
  await queue.flush();
  assert.equal(sent.length, 1);
  pass(1_001);
  await queue.flush();
  assert.equal(sent.length, 2);
  assert.equal((await store.all()).length, 1);
});
