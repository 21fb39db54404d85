/** Web Locks where the browser has them; alone in this tab where it has not (plain http). The server refuses doubles anyway. */

const inTab = new Map();

export function exclusively(name, work) {
  if (globalThis.navigator?.locks) return navigator.locks.request(name, work);
  const turn = (inTab.get(name) ?? Promise.resolve()).then(work, work);
  inTab.set(name, turn.catch(() => {}));
  return turn;
}

/** Holds a name until `release` is called or the tab goes away; null when another tab keeps it past the patience. */
export async function hold(name, patienceMs = 400) {
  if (!globalThis.navigator?.locks) return () => {};
  return new Promise((resolve) => {
    navigator.locks
      .request(name, { signal: AbortSignal.timeout(patienceMs) }, () => new Promise((release) => resolve(release)))
      .catch(() => resolve(null));
  });
}
