"""One life of a worker: the product's own tasks, as the timetable would call them, until somebody kills it.

A forked process of its own, with its own connection to the database and to the node (through the proxy).
"""

import logging
import os
import signal
import time
from datetime import timedelta
from typing import NoReturn

from django.db import connections

from config.celery import app
from rewards import tasks
from rewards.chain import endpoints
from rewards.chain.client import ChainClient, Receipt
from rewards.domain import effects, node, outbox
from rewards.models import ChainIntent
from stack.launch import die_with_parent
from storm.watch import Watch

TURN = (tasks.index_chain, tasks.advance_intents, tasks.settle)
REST_SECONDS = 0.01


def warm_up() -> None:
    """What every life would import anew: done once, before the first fork."""
    app.finalize()
    app.loader.import_default_modules()
    configured = node.configured_chains()
    assert configured, "A worker needs a chain."


def start_worker(*, log: int, armed: set[str], control: str) -> int:
    """Forks, and returns the process id."""
    us = os.getpid()
    process = os.fork()
    if process == 0:
        die_with_parent(signal.SIGKILL, us)
        _live(Watch(log=log, armed=armed), control)
    return process


def _live(watch: Watch, control: str) -> NoReturn:
    logging.disable(logging.CRITICAL)
    for connection in connections.all(initialized_only=True):
        connection.connection = None  # it is the parent's: not to be used, not to be closed
    watch.install()
    hasten()
    if control == "blind":
        blind()
    while True:
        for task in TURN:
            try:
                task()
            except Exception as error:  # as Celery: it is logged, and the timetable comes back
                watch.say("error", f"{task.name}: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
        time.sleep(REST_SECONDS)


def hasten() -> None:
    """Waits that are right for a real chain would be the whole of a seed."""
    outbox.BUMP_AFTER = timedelta(seconds=1)
    node.RPC_TIMEOUT_SECONDS = 0.5
    endpoints.FIRST_REST_SECONDS = endpoints.LONGEST_REST_ALONE_SECONDS = 0.03


def blind() -> None:
    """The negative control: a worker that believes its own rows and receipts, and never asks for the effect."""

    def is_there(intent: ChainIntent, client: ChainClient, block: object = "latest") -> bool:
        return False

    def has_happened(_outbox: outbox.Outbox, _intent: ChainIntent, receipt: Receipt | None) -> bool:
        return receipt is not None and receipt.succeeded

    effects.is_there = is_there
    outbox.Outbox._has_happened = has_happened  # type: ignore[method-assign]
