/**
 * The submit queue. An answer is written down before it is sent and rubbed out only when the server has said yes.
 * The Idempotency-Key is made with the entry, so any number of attempts is one answer. What the server refuses
 * becomes a dead letter: shown to the person, never dropped.
 */

import { backoffMs, meaningOf, stopsEverything } from "./backoff.js";
import { exclusively } from "./locks.js";

export function newKey() {
  if (globalThis.crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function createQueue({ name, store, send, onChange = () => {}, onSent = () => {}, onDead = () => {}, now = Date.now, random = Math.random }) {
  let timer = 0;
  let pausedUntil = 0;
  let failures = 0;
  let isSignedOut = false;
  let isAsked = false;
  let isStopped = false;
  let isHurried = false;

  async function report() {
    const rows = await store.all();
    onChange({
      waiting: rows.filter((row) => row.state === "waiting"),
      dead: rows.filter((row) => row.state === "dead"),
      isFailing: failures > 0,
      isSignedOut,
    });
  }

  async function drain() {
    isAsked = false;
    const latest = isHurried ? Infinity : null;
    isHurried = false;
    const tried = new Set();
    while (!isStopped) {
      const rows = (await store.all()).filter((row) => row.state === "waiting" && !tried.has(row.key));
      rows.sort((one, other) => one.created_at - other.created_at);
      const entry = rows.find((row) => row.next_at <= (latest ?? now()));
      if (!entry || isSignedOut || pausedUntil > now()) break;
      tried.add(entry.key);
      await sendOne(entry);
    }
    await schedule();
    await report();
  }

  async function sendOne(entry) {
    let body;
    try {
      body = await send(entry);
    } catch (problem) {
      return refused(entry, problem);
    }
    failures = 0;
    await store.delete(entry.key);
    onSent(entry, body);
    await report();
  }

  async function refused(entry, problem) {
    const meaning = meaningOf(problem, entry.kind);
    if (meaning === "gone") return store.delete(entry.key);
    if (meaning === "dead") {
      const { status, code, detail, errors } = problem;
      const letter = { ...entry, state: "dead", problem: { status, code, detail, errors } };
      await store.put(letter);
      onDead(letter);
      return report();
    }
    failures += 1;
    isSignedOut = meaning === "sign_in";
    const attempts = entry.attempts + 1;
    const wait = Math.max(backoffMs(stopsEverything(problem) ? failures - 1 : attempts - 1, random), (problem.retryAfter ?? 0) * 1000);
    if (stopsEverything(problem)) pausedUntil = now() + wait;
    await store.put({ ...entry, attempts, next_at: stopsEverything(problem) ? 0 : now() + wait });
  }

  async function schedule() {
    clearTimeout(timer);
    const due = (await store.all()).filter((row) => row.state === "waiting").map((row) => Math.max(row.next_at, pausedUntil));
    if (!due.length || isSignedOut || isStopped) return;
    timer = setTimeout(flush, Math.max(50, Math.min(...due) - now()));
  }

  async function flush() {
    if (isAsked || isStopped) return;
    isAsked = true;
    // Waits for the tab that is at it, then sends what is left: an entry added meanwhile is never forgotten.
    await exclusively(`${name}:queue`, drain).catch(() => {
      isAsked = false;
    });
  }

  /** The connection is back, or somebody asked: no entry waits for its turn. */
  function hurry() {
    isHurried = true;
    pausedUntil = 0;
    isSignedOut = false;
    return flush();
  }

  return {
    report,
    flush,
    hurry,
    async add(entry) {
      await store.add({ key: newKey(), state: "waiting", attempts: 0, next_at: 0, created_at: now(), ...entry });
      report();
      flush();
    },
    async retry(key) {
      const letter = await store.get(key);
      if (letter?.state !== "dead") return;
      // A refusal may be remembered under the old key, and nothing was recorded under it: a new attempt has a new key.
      await store.delete(key);
      await store.add({ ...letter, key: newKey(), state: "waiting", attempts: 0, next_at: 0, problem: undefined });
      await report();
      await hurry();
    },
    async discard(key) {
      await store.delete(key);
      await report();
    },
    async hasLease(lease) {
      return (await store.all()).some((row) => row.lease === lease);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
