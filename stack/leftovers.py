"""Processes of an earlier run that was killed without a chance to stop them."""

import contextlib
import os

import psutil

from stack.layout import Layout
from stack.processes import recorded_process


def find(layout: Layout) -> list[psutil.Process]:
    """Ours by their records, with what they started. Never somebody else's process that got an old number."""
    found: dict[int, psutil.Process] = {}
    for record in sorted(layout.run.glob("*.pid"), key=lambda path: path.name != "supervisord.pid"):
        process = recorded_process(record)
        if process is None or process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.Error):
            for member in (process, *process.children(recursive=True)):
                found.setdefault(member.pid, member)
    return list(found.values())


def stop(layout: Layout, *, patience_seconds: float = 15) -> int:
    """The process manager first, for it stops the others in their order; then whoever is left."""
    count = len(find(layout))
    manager = recorded_process(layout.record("supervisord"))
    if manager is not None:
        end([manager], patience_seconds=60)
    end(find(layout), patience_seconds=patience_seconds)
    for record in layout.run.glob("*.pid"):
        record.unlink(missing_ok=True)
    return count


def end(processes: list[psutil.Process], *, patience_seconds: float) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=patience_seconds)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)
