/** Unfinished answers: in this browser at each change, on the server every ten seconds and when the page is left. */

const SERVER_MS = 10_000;
const KEEP_MS = 14 * 24 * 3600_000;

export function createDrafts({ store, api, now = Date.now, everyMs = SERVER_MS }) {
  let unsent = null;
  let writing = Promise.resolve();

  async function push({ keepalive = false } = {}) {
    if (!unsent) return;
    const { lease, result } = unsent;
    unsent = null;
    await api.put(`work/leases/${lease}/draft/`, { result }, { keepalive }).catch((problem) => {
      // Only a lost connection is worth another try; the draft is safe in this browser either way.
      if (problem.status === 0 && !unsent) unsent = { lease, result };
    });
  }

  const timer = setInterval(push, everyMs);

  return {
    push,
    /** Writes are chained, so a slow earlier one cannot land on a later one. */
    keep(lease, result, clocks) {
      unsent = { lease, result };
      writing = writing.then(() => store.put({ lease, result, ...clocks, saved_at: now() })).catch(() => {});
      return writing;
    },
    async find(lease) {
      return (await store.get(lease).catch(() => null)) ?? null;
    },
    forget(lease) {
      if (unsent?.lease === lease) unsent = null;
      writing = writing.then(() => store.delete(lease)).catch(() => {});
      return writing;
    },
    async sweep() {
      const old = (await store.all()).filter(({ saved_at: savedAt }) => savedAt < now() - KEEP_MS);
      await Promise.all(old.map(({ lease }) => store.delete(lease)));
    },
    stop() {
      clearInterval(timer);
    },
  };
}
