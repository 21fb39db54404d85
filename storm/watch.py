"""Inside a worker: meets every write, says which point it was, and dies there if that is what was asked.

Nothing of the product knows of this: the database wrapper, the storage and the node's client are wrapped from outside.
"""

import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from rewards.chain.client import ChainClient
from storm.points import AFTER, BEFORE, ROOT, Point, worker_points

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b|\b(INSERT INTO|DELETE FROM|UPDATE \w+ SET|UPDATE \w+ \w+ SET)\b")
# What is written beside the product's rows: nothing of it decides about money.
NOT_OURS = re.compile(r"django_session|django_migrations")
UNLISTED = "unlisted"


@dataclass
class Watch:
    """`armed` are the moments (`before rewards/…`) at which to die; what happens is written line by line to `log`."""

    log: int
    armed: set[str]
    points: dict[str, list[Point]] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def install(self) -> None:
        for point in worker_points():
            self.points.setdefault(str(ROOT / point.path), []).append(point)
        connection.execute_wrappers.append(self._statement)
        _wrap(BaseDatabaseWrapper, "commit", self._around({"commit"}))
        _wrap(FileSystemStorage, "save", self._around({"file save"}, torn=_tear))
        _wrap(FileSystemStorage, "delete", self._around({"file delete"}))
        for kind in (ChainClient, *ChainClient.__subclasses__()):
            if "send_raw" in vars(kind):
                _wrap(kind, "send_raw", self._around({"broadcast"}))

    def say(self, kind: str, what: str) -> None:
        os.write(self.log, f"{kind} {what}\n".encode())

    def die(self, why: str) -> None:
        self.say("died", why)
        os.kill(os.getpid(), signal.SIGKILL)

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("RELEASE SAVEPOINT"):
            point = self._point(lambda found: found.what == "commit")
        elif WRITES.search(sql) and not NOT_OURS.search(sql):
            point = self._point(lambda found: found.what not in {"commit", "broadcast"})
            if point is None:
                self.say(UNLISTED, f"{_place()} {' '.join(sql.split())[:120]}")
        else:
            return execute(sql, params, many, context)
        self._maybe_die(point, BEFORE)
        answer = execute(sql, params, many, context)
        self._maybe_die(point, AFTER)
        return answer

    def _around(self, kinds: set[str], torn: Callable[..., None] | None = None) -> Callable[..., Any]:
        def around(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            point = self._point(lambda found: found.what in kinds)
            if torn is not None and point is not None and f"{BEFORE} {point.name}" in self.armed:
                torn(*args, **kwargs)
            self._maybe_die(point, BEFORE)
            answer = original(*args, **kwargs)
            self._maybe_die(point, AFTER)
            return answer

        return around

    def _point(self, fits: Callable[[Point], bool]) -> Point | None:
        """The innermost frame that stands on a line of a point; of several there, the shortest."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            here = self.points.get(frame.f_code.co_filename, ())
            at = [found for found in here if found.first <= frame.f_lineno <= found.last and fits(found)]
            if at:
                return min(at, key=lambda found: (found.last - found.first, found))
            frame = frame.f_back
        return None

    def _maybe_die(self, point: Point | None, when: str) -> None:
        if point is None:
            return
        moment = f"{when} {point.name}"
        if moment not in self.met:
            self.met.add(moment)
            self.say("met", moment)
        if moment in self.armed:
            self.die(moment)


def _wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    setattr(owner, name, wrapped)


def _tear(storage: FileSystemStorage, name: str, content: Any, *_more: Any, **_named: Any) -> None:
    """A process that is killed while it writes a file leaves the half of it."""
    path = Path(storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.read()[: content.size // 2])


def _place() -> str:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(str(ROOT)) and ".venv" not in path and "/storm/" not in path:
            return f"{Path(path).relative_to(ROOT)}:{frame.f_code.co_name}:{frame.f_lineno}"
        frame = frame.f_back
    return "outside"
