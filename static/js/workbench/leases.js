/**
 * The items lent to this tab: the one on screen and those fetched ahead. Holds each by a Web Lock, so that a second tab
 * of the same person shows other items; keeps them alive while the person works; gives the untouched ones back on leaving.
 */

import { hold } from "./locks.js";

const TICK_MS = 1_000;
const WARN_MS = 60_000;

export function createLeases({ api, user, project, prefetch = 5, isQueued, findDraft, prepare = () => {}, onWarning = () => {}, onLost = () => {}, now = Date.now }) {
  let buffer = [];
  let current = null;
  let asking = null;
  let dryUntil = 0;
  let lastAnswer = null;
  let mayHaveOrphans = false;
  let lastBeat = now();
  let lastTouch = now();
  let warned = false;
  const seen = new Set();

  async function adopt(lent) {
    const kept = await Promise.all(lent.map(takeHold));
    const fresh = kept.filter(Boolean);
    buffer = [...buffer, ...fresh].sort((one, other) => Number(Boolean(other.lease.returned)) - Number(Boolean(one.lease.returned)));
    fresh.forEach(({ lease }) => prepare(lease));
    return { taken: fresh.length, elsewhere: kept.filter((each) => each === null).length };
  }

  async function takeHold(lease) {
    if (seen.has(lease.id)) return undefined;
    seen.add(lease.id);
    if (await isQueued(lease.id)) return undefined;
    const release = await hold(`foggara-${user}:lease:${lease.id}`);
    if (!release) {
      seen.delete(lease.id);
      return null;
    }
    const ttl = lease.expires_in_s * 1000;
    // Looked up now, so that showing the item later waits for nothing.
    const draft = await findDraft(lease.id);
    return { lease, draft, ttl, deadline: now() + ttl, release };
  }

  async function ask() {
    if (mayHaveOrphans) {
      // The last request may have lent us items whose names never arrived.
      await adopt((await api.get(`work/projects/${project}/`)).leases ?? []);
      mayHaveOrphans = false;
    }
    const n = prefetch - buffer.length;
    if (n <= 0) return lastAnswer ?? { state: "ok", why: [], retry_after_s: null };
    let answer;
    try {
      answer = await api.post(`work/projects/${project}/leases/`, { n });
    } catch (problem) {
      mayHaveOrphans = problem.status === 0;
      throw problem;
    }
    const { elsewhere } = await adopt(answer.leases);
    lastAnswer = { ...answer, elsewhere };
    dryUntil = answer.leases.length < n ? now() + (answer.retry_after_s ?? 30) * 1000 : 0;
    return lastAnswer;
  }

  function live() {
    return [current, ...buffer].filter(Boolean);
  }

  async function beat() {
    const lent = live();
    lastBeat = now();
    if (!lent.length) return;
    const answer = await api.post("work/leases/heartbeat/", { leases: lent.map(({ lease }) => lease.id) }).catch(() => null);
    for (const { id, expires_in_s: seconds, live: isLive } of answer?.leases ?? []) {
      const row = lent.find(({ lease }) => lease.id === id);
      if (!row) continue;
      if (isLive) row.deadline = now() + seconds * 1000;
      else lose(row);
    }
    if (current && current.deadline - now() > warnMs(current)) warned = false;
  }

  function lose(row) {
    if (row === current) {
      if (!row.isLost) onLost(row.lease);
      row.isLost = true;
      row.deadline = now();
    } else {
      row.release();
      buffer = buffer.filter((each) => each !== row);
    }
  }

  function tick() {
    const shortest = Math.min(...live().map(({ ttl }) => ttl), 240_000);
    const isWorking = lastTouch > lastBeat;
    if (isWorking && now() - lastBeat >= shortest / 4) beat();
    if (!current || current.isLost) return;
    const left = current.deadline - now();
    if (left <= 0) lose(current);
    else if (left <= warnMs(current) && !warned) {
      warned = true;
      onWarning(Math.ceil(left / 1000));
    }
  }

  const timer = setInterval(tick, TICK_MS);

  return {
    adopt,
    beat,
    touch() {
      lastTouch = now();
    },
    get buffered() {
      return buffer.length;
    },
    /** Asks for as many as are missing; quietly does nothing while the server has said there are none. */
    refill({ insist = false } = {}) {
      if (!insist && (buffer.length > prefetch / 2 || dryUntil > now())) return Promise.resolve(lastAnswer);
      asking ??= ask().finally(() => {
        asking = null;
      });
      return asking;
    },
    take() {
      buffer.filter((row) => row.deadline <= now()).forEach(lose);
      current = buffer.shift() ?? null;
      warned = false;
      lastTouch = now();
      return current;
    },
    finish() {
      current?.release();
      current = null;
    },
    /** Gives back what was fetched ahead, and the one on screen unless something was done on it. */
    leave({ keepCurrent }) {
      const leaving = keepCurrent ? buffer : live();
      for (const { lease } of leaving) api.delete(`work/leases/${lease.id}/`, { keepalive: true }).catch(() => {});
    },
    stop() {
      clearInterval(timer);
    },
  };
}

function warnMs({ ttl }) {
  return Math.min(WARN_MS, ttl / 3);
}
