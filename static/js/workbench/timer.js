/**
 * Two clocks per item: lead (wall time since it was first shown, reloads included) and active (time in which the
 * person did something; a pause counts for at most `idleMs`, a hidden page for nothing).
 */

export const IDLE_MS = 15_000;

export function createTimer({ now = Date.now, idleMs = IDLE_MS, lead = 0, active = 0 } = {}) {
  const started = now();
  let last = started;
  let paused = false;

  function count() {
    const at = now();
    if (!paused) active += Math.min(Math.max(at - last, 0), idleMs);
    last = at;
  }

  return {
    touch: count,
    pause() {
      count();
      paused = true;
    },
    resume() {
      count();
      paused = false;
    },
    read() {
      count();
      return { lead_ms: Math.max(0, Math.round(lead + now() - started)), active_ms: Math.round(active) };
    },
  };
}
