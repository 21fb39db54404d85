"""The product's API as a careful program uses it: keep-alive, keys on writes, patience when something restarts."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

TIMEOUT_SECONDS = 60
PATIENCE_SECONDS = 180
RETRIED_STATUS = {429, 500, 502, 503, 504}


class Refused(Exception):
    """The product said no, with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')} {problem.get('errors') or ''}")
        self.status = status
        self.code = str(problem.get("code"))


@dataclass
class Tally:
    """What all callers together have asked, by a name that the caller gives."""

    requests: dict[str, int] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    retries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str, statements: int) -> None:
        with self.lock:
            self.requests[name] = self.requests.get(name, 0) + 1
            self.statements[name] = self.statements.get(name, 0) + statements

    def retried(self) -> None:
        with self.lock:
            self.retries += 1


class Api:
    """One person's connection. Not for several threads at once."""

    def __init__(self, base_url: str, tally: Tally, *, secret: str = "") -> None:
        self.root = f"{base_url.rstrip('/')}/api/v1/"
        self.tally = tally
        self.session = requests.Session()
        # Loopback and intranets are reached directly, whatever proxy this machine uses for the rest.
        self.session.trust_env = False
        if secret:
            self.session.headers["Authorization"] = f"Bearer {secret}"

    def get(self, path: str, **params: Any) -> Any:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Any = None, *, key: str | None = None, name: str = "") -> Any:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._call("POST", path, json={} if body is None else body, headers=headers, name=name)

    def patch(self, path: str, body: Any) -> Any:
        return self._call("PATCH", path, json=body, headers={"Idempotency-Key": str(uuid4())})

    def put(self, path: str, body: Any) -> Any:
        return self._call("PUT", path, json=body, headers={"Idempotency-Key": str(uuid4())})

    def upload(self, path: str, *, name: str, content: bytes) -> Any:
        return self._call("POST", path, files={"file": (name, content)})

    def download(self, path: str) -> bytes:
        response = self._send("GET", path, {})
        return response.content

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        address: str | None = path
        while address:
            found = self.get(address, **params)
            yield from found["results"]
            address, params = found["next"], {}

    def _call(self, method: str, path: str, *, name: str = "", **more: Any) -> Any:
        response = self._send(method, path, more)
        self.tally.count(name or method, int(response.headers.get("X-SQL-Statements", 0)))
        return response.json() if response.content else None

    def _send(self, method: str, path: str, more: dict[str, Any]) -> requests.Response:
        """Send until there is an answer that is one. A repeat carries the same key, so it cannot do a thing twice."""
        address = path if path.startswith("http") else self.root + path
        deadline = time.monotonic() + PATIENCE_SECONDS
        pause = 0.1
        while True:
            problem: object
            try:
                response = self.session.request(method, address, timeout=TIMEOUT_SECONDS, **more)
                if response.ok:
                    return response
                problem = response
                is_running = response.status_code == 409 and "Retry-After" in response.headers
                if response.status_code not in RETRIED_STATUS and not is_running:
                    raise Refused(response.status_code, _problem(response))
                pause = max(pause, float(response.headers.get("Retry-After", 0)))
            except requests.ConnectionError as error:
                problem = error
            except requests.Timeout as error:
                problem = error
            if time.monotonic() + pause > deadline:
                raise TimeoutError(f"{method} {address} got no answer: {problem}")
            self.tally.retried()
            time.sleep(pause)
            pause = min(pause * 2, 5)


def wait_for(what: str, check: Any, *, seconds: float = 300, step: float = 0.3) -> Any:
    """Ask until the answer is not None or False."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s.")
        time.sleep(step)


def _problem(response: requests.Response) -> dict[str, Any]:
    try:
        found = response.json()
        return found if isinstance(found, dict) else {"code": "unreadable", "detail": str(found)[:300]}
    except ValueError:
        return {"code": "unreadable", "detail": response.text[:300]}
