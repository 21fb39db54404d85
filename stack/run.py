"""`make run`: set everything up, serve the product, stop cleanly."""

import contextlib
import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO

from stack import anvil, keys, leftovers
from stack.chain_keeper import check_state
from stack.layout import Layout
from stack.plan import Plan, make_plan
from stack.processes import ROOT, last_line, wait_until
from stack.setup_steps import LOGINS, SETUP_STEPS, Step, fingerprint, is_available
from stack.supervision import Program, Supervisor
from stack.trouble import Trouble

FREE_BYTES_NEEDED = 300 * 1024**2
OPERATOR_BALANCE_WEI = 10_000 * 10**18
WATCH_SECONDS = 1.0
STOP_PATIENCE_SECONDS = 90
STOPPING = "stopping"


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM or a closed terminal."""


def ask_to_stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def say(text: str) -> None:
    # A closed terminal must not keep us from stopping what we started.
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


@contextlib.contextmanager
def lock(layout: Layout) -> Iterator[None]:
    with layout.lock.open("a+") as file:
        if not wait_until(lambda: take_lock(file, layout), timeout_seconds=STOP_PATIENCE_SECONDS, step_seconds=0.2):
            raise Trouble(already_running(layout))
        note_in_lock(layout, str(os.getpid()))
        yield


def take_lock(file: IO[str], layout: Layout) -> bool:
    """False while an earlier run is still stopping; one that serves is not waited for."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if layout.lock.read_text(encoding="utf-8") != STOPPING:
            raise Trouble(already_running(layout)) from None
        return False
    return True


def already_running(layout: Layout) -> str:
    who = layout.lock.read_text(encoding="utf-8") or "unknown"
    return f"Foggara is already running in {layout.var}: press Ctrl-C in its terminal, or `kill {who}`."


def note_in_lock(layout: Layout, text: str) -> None:
    layout.lock.write_text(text, encoding="utf-8")


def check_folder(layout: Layout) -> None:
    try:
        layout.make()
        probe = layout.var / ".write-probe"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise Trouble(explain_os_error(error, layout.var)) from None
    if shutil.disk_usage(layout.var).free < FREE_BYTES_NEEDED:
        raise Trouble(f"The disk of {layout.var} is nearly full: free at least {FREE_BYTES_NEEDED // 1024**2} MB.")


def explain_os_error(error: OSError, folder: Path) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk of {folder} is full: free some space and start again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{error.filename or folder} cannot be written: make it yours (chown), or choose a folder with VAR=."
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return f"{error.filename or folder} is in the way of a folder: move it away, or choose another one with VAR=."
    return f"{error.strerror} ({error.filename or folder})."


class Run:
    def __init__(self, layout: Layout, *, port: int, chain_port: int | None, skipped: set[str]) -> None:
        self.layout = layout
        self.port = port
        self.chain_port = chain_port
        self.skipped = skipped
        self.supervisor = Supervisor(layout)
        self.process_ids: dict[str, int] = {}

    def start(self) -> Plan:
        check_folder(self.layout)
        left = leftovers.stop(self.layout)
        if left:
            say(f"Stopped {left} processes that an earlier run had left.")
        self.layout.description.unlink(missing_ok=True)
        anvil_needed = not os.environ.get("CHAIN_RPC_URL")
        if anvil_needed:
            anvil.install()
            check_state(self.layout.chain_state)
        plan = make_plan(self.layout, port=self.port, chain_port=self.chain_port)
        self.start_servers(plan)
        for step in SETUP_STEPS:
            if is_available(step) and step.name not in self.skipped:
                self.do_step_once(step, plan)
        self.start_services(plan)
        return plan

    def start_servers(self, plan: Plan) -> None:
        started = time.monotonic()
        if plan.cluster:
            plan.cluster.initialise()
        self.supervisor.start(plan.programs, plan.environment)
        for program in plan.servers:
            self.supervisor.start_program(program.part.name)
        for program in plan.servers:
            self.wait_ready(program, timeout_seconds=60)
        if plan.cluster:
            plan.cluster.create_database()
        if plan.chain:
            give_gas_money(plan)
        names = ", ".join(program.part.name for program in plan.servers) or "none, all are outside"
        report("Servers started", time.monotonic() - started, f"({names})")

    def wait_ready(self, program: Program, *, timeout_seconds: float) -> None:
        name = program.part.name
        process_ids: set[int] = set()

        def ready_or_hopeless() -> bool:
            # A failed first start is not waited for again: the reason would be the same.
            state = self.supervisor.states()[name]
            process_ids.add(int(state["pid"]))
            has_failed = state["statename"] in {"BACKOFF", "FATAL"} or len(process_ids - {0}) > 1
            return has_failed or program.part.is_ready()

        wait_until(ready_or_hopeless, timeout_seconds=timeout_seconds, step_seconds=0.1)
        if not program.part.is_ready():
            log = self.layout.log(name)
            raise Trouble(f"{name} does not start: {last_line(log)} (log: {log}).{self.advice(program)}")

    def advice(self, program: Program) -> str:
        if program.part.name in {"web", "worker", "beat"}:
            return ""
        return f" If {self.layout.var} is damaged, restore it from a backup or run `make reset` to lose it."

    def do_step_once(self, step: Step, plan: Plan) -> None:
        mark = self.layout.static / f".done-{step.name}"
        now = fingerprint(step)
        if now and mark.exists() and mark.read_text(encoding="utf-8") == now:
            return
        mark.unlink(missing_ok=True)
        self.do_step(step, plan)
        if now and mark.parent.exists():
            mark.write_text(now, encoding="utf-8")

    def do_step(self, step: Step, plan: Plan) -> str:
        started = time.monotonic()
        log = self.layout.log(f"setup-{step.name}")
        with log.open("wb") as output:
            done = subprocess.run(
                step.command, cwd=ROOT, env=plan.environment, stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if done.returncode:
            raise Trouble(f"Set-up stopped at {step.title!r}: {last_line(log)} (whole log: {log})")
        if step is not LOGINS:
            report(step.title, time.monotonic() - started)
        return log.read_text(encoding="utf-8", errors="replace")

    def start_services(self, plan: Plan) -> None:
        started = time.monotonic()
        for program in plan.services:
            self.supervisor.start_program(program.part.name)
        for program in plan.services:
            self.wait_ready(program, timeout_seconds=60)
        report("Product started", time.monotonic() - started, "(web, worker, beat)")
        self.describe(plan)

    def describe(self, plan: Plan) -> None:
        description = {
            "base_url": plan.base_url,
            "pid": os.getpid(),
            "environment": plan.environment,
        }
        new = self.layout.description.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(description), encoding="utf-8")
        new.replace(self.layout.description)

    def announce(self, plan: Plan) -> None:
        say(f"\nFoggara is at {plan.base_url}   (Ctrl-C stops it; its data stay in {self.layout.var})")
        if plan.chain:
            say(f"Chain {anvil.CHAIN_ID} is at {plan.chain.url}")
        if "demo" not in self.skipped and is_available(LOGINS):
            say(self.do_step(LOGINS, plan).strip())

    def watch(self) -> None:
        """Until somebody stops us. What dies is started again by the process manager; we say so."""
        while True:
            time.sleep(WATCH_SECONDS)
            if not self.supervisor.is_alive():
                raise Trouble("The process manager was killed; everything has been stopped. Start again.")
            try:
                states = self.supervisor.states()
            except (OSError, xmlrpc.client.Error):
                continue
            for name, info in states.items():
                self.note_restart(name, info["statename"], int(info["pid"]))

    def note_restart(self, name: str, state: str, process_id: int) -> None:
        if state == "FATAL":
            log = self.layout.log(name)
            raise Trouble(f"{name} failed again and again: {last_line(log)} (log: {log})")
        before = self.process_ids.get(name)
        if state == "RUNNING" and process_id != before:
            self.process_ids[name] = process_id
            if before:
                say(f"{name} had ended and was started again (log: {self.layout.log(name)})")

    def stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        note_in_lock(self.layout, STOPPING)
        self.supervisor.stop()
        leftovers.stop(self.layout)
        self.layout.description.unlink(missing_ok=True)


def give_gas_money(plan: Plan) -> None:
    address = keys.operator_address(Path(plan.environment["CHAIN_OPERATOR_KEYSTORE"]))
    assert plan.chain is not None
    balance = int(str(anvil.rpc(plan.chain.url, "eth_getBalance", address, "latest")), 16)
    if balance < OPERATOR_BALANCE_WEI // 10:
        anvil.rpc(plan.chain.url, "anvil_setBalance", address, hex(OPERATOR_BALANCE_WEI))


def report(title: str, seconds: float, note: str = "") -> None:
    say(f"  {title:<24}{seconds:6.1f} s  {note}".rstrip())


def serve(var: Path, *, port: int, chain_port: int | None, skipped: set[str]) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    layout = Layout(var.resolve())
    check_folder(layout)
    with lock(layout):
        running = Run(layout, port=port, chain_port=chain_port, skipped=skipped)
        try:
            running.announce(running.start())
            running.watch()
        except Stopped:
            say("\nStopping…")
        except OSError as error:
            raise Trouble(explain_os_error(error, layout.var)) from error
        finally:
            running.stop()
    say("Stopped.")
    return 0


def reset(var: Path, *, is_forced: bool) -> int:
    """Empty the folder; the downloaded chain node stays, it is no data."""
    layout = Layout(var.resolve())
    check_folder(layout)
    with lock(layout):
        if not is_forced:
            answer = input(f"Delete all data in {layout.var}? Type yes: ") if sys.stdin.isatty() else ""
            if answer.strip().lower() != "yes":
                raise Trouble("Nothing was deleted. To delete without a question: make reset FORCE=1")
        leftovers.stop(layout)
        for path in layout.var.iterdir():
            if path.name == "node":
                continue
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    say(f"{layout.var} is empty.")
    return 0
