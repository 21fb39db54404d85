"""How gunicorn serves the product. The address comes from the command line (`--bind`)."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

wsgi_app = "config.wsgi:application"
workers = 2
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 10
keepalive = 5
# Restarted now and then, at different times, so that a slow leak never becomes an outage.
max_requests = 20_000
max_requests_jitter = 2_000
# The heartbeat file on a slow disk can make a healthy worker look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
accesslog = None
errorlog = "-"

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def on_starting(server: Any) -> None:
    """A folder of this server alone, in which its workers count (lib/metrics.py reads it)."""
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="foggara-metrics-")


def pre_fork(server: Any, worker: Any) -> None:
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = min(set(range(len(taken) + 1)) - taken)


def post_fork(server: Any, worker: Any) -> None:
    """Counters go by the worker's place, not its process id: a new worker goes on counting in the file of the one it
    replaces, so there are never more files than workers."""
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: worker.place)


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ[METRICS_FOLDER], ignore_errors=True)
