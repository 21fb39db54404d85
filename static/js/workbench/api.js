/**
 * Talks to the server: JSON in and out, CSRF for sessions, a time limit, and every failure as one Problem.
 * A Problem with status 0 never reached an answer (network, time limit).
 */

export class Problem extends Error {
  constructor({ status, code, detail = "", errors = [], retryAfter = null }) {
    super(detail || code);
    Object.assign(this, { status, code, detail, errors, retryAfter });
  }
}

export function createApi({ base, csrfUrl, timeoutMs = 20_000, doFetch = (...args) => fetch(...args), cookieName = "csrftoken" }) {
  let token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

  function currentToken() {
    // The cookie is read each time: signing in in another tab changes it.
    const pair = document.cookie.split("; ").find((each) => each.startsWith(`${cookieName}=`));
    return pair ? decodeURIComponent(pair.slice(cookieName.length + 1)) : token;
  }

  async function refreshToken() {
    const response = await doFetch(csrfUrl, { credentials: "same-origin", cache: "no-store", signal: limit(timeoutMs) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    token = page.querySelector('meta[name="csrf-token"]')?.content ?? token;
  }

  async function call(method, path, body, { headers = {}, keepalive = false } = {}) {
    const request = () =>
      doFetch(base + path, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        keepalive,
        signal: keepalive ? undefined : limit(timeoutMs),
        headers: {
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(method === "GET" ? {} : { "X-CSRFToken": currentToken() }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    try {
      return await readAnswer(await request());
    } catch (error) {
      if (!isCsrf(error)) throw asProblem(error);
    }
    try {
      await refreshToken();
      return await readAnswer(await request());
    } catch (error) {
      throw asProblem(error);
    }
  }

  return {
    get: (path) => call("GET", path),
    post: (path, body, options) => call("POST", path, body, options),
    put: (path, body, options) => call("PUT", path, body, options),
    delete: (path, options) => call("DELETE", path, undefined, options),
  };
}

export function isCsrf(error) {
  return error instanceof Problem && error.status === 403 && (error.code === "csrf" || /^CSRF/i.test(error.detail));
}

async function readAnswer(response) {
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get("Content-Type") ?? "");
  const body = isJson && text ? JSON.parse(text) : null;
  if (response.ok && !response.redirected) return body;
  throw new Problem({
    // A redirect ends on the sign-in page: the session is over, whatever status that page has.
    status: response.ok ? 401 : response.status,
    code: body?.code ?? (response.ok ? "not_authenticated" : "http"),
    detail: body?.detail ?? "",
    errors: body?.errors ?? [],
    retryAfter: seconds(response.headers.get("Retry-After")),
  });
}

function asProblem(error) {
  if (error instanceof Problem) return error;
  const isLate = error?.name === "TimeoutError" || error?.name === "AbortError";
  return new Problem({ status: 0, code: isLate ? "timeout" : "network" });
}

function seconds(header) {
  const value = Number.parseInt(header ?? "", 10);
  return Number.isFinite(value) ? value : null;
}

function limit(milliseconds) {
  return AbortSignal.timeout(milliseconds);
}
