/** How long to wait, and what an answer of the server means for a waiting entry. Pure. */

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** Doubles each time, up to a minute; half of it is chance, so that a thousand tabs do not come back in one second. */
export function backoffMs(attempt, random = Math.random) {
  const span = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(span / 2 + (random() * span) / 2);
}

/**
 * again: the network or the server is unwell, try later. sign_in: keep it, the person must sign in.
 * gone: a skip whose lease no longer exists has nothing left to do. dead: the server has read it and said no.
 */
export function meaningOf(problem, kind) {
  const { status, code, detail = "" } = problem;
  if (status === 0 || status >= 500 || [408, 423, 425, 429].includes(status)) return "again";
  if (status === 409 && problem.retryAfter !== null && problem.retryAfter !== undefined) return "again";
  if (status === 401 || (status === 403 && (["not_authenticated", "csrf"].includes(code) || /^CSRF/i.test(detail)))) return "sign_in";
  if (kind === "skip" && [404, 409, 410].includes(status)) return "gone";
  return "dead";
}

/** Is it the connection (everything waits) or this one entry (the others go on)? */
export function stopsEverything(problem) {
  return problem.status === 0 || problem.status === 429 || problem.status === 503;
}
