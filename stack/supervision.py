"""supervisord, the one process manager: its configuration, its start and its stop, and talking to it."""

import os
import shlex
import signal
import subprocess
import sys
import time
import xmlrpc.client
from dataclasses import dataclass, field
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from stack.launch import die_with_parent
from stack.layout import Layout
from stack.processes import ROOT, Part, wait_until
from stack.trouble import Trouble

STOP_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Program:
    """A part under supervisord. Programs stop in the reverse of the order in which they are listed."""

    part: Part
    stop_wait_seconds: int = 15
    record_name: str = ""
    directory: str = field(default=str(ROOT))


def program_section(program: Program, *, priority: int, layout: Layout) -> str:
    part = program.part
    command = shlex.join(part.launch_command(layout.record(part.name))).replace("%", "%%")
    log = str(layout.log(part.name)).replace("%", "%%")
    return f"""
[program:{part.name}]
command={command}
directory={program.directory.replace("%", "%%")}
priority={priority}
autostart=false
autorestart=true
startsecs=1
startretries=20
stopsignal={part.stop_signal.name.removeprefix("SIG")}
stopwaitsecs={program.stop_wait_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


def configuration(programs: list[Program], layout: Layout) -> str:
    run = str(layout.run).replace("%", "%%")
    socket = str(layout.supervisor_socket).replace("%", "%%")
    user = "user=root\n" if os.geteuid() == 0 else ""
    sections = [program_section(program, priority=10 * (n + 1), layout=layout) for n, program in enumerate(programs)]
    return f"""; Written by the stack at every start.
[supervisord]
nodaemon=true
silent=true
{user}pidfile={run}/supervisord.daemon
logfile={str(layout.log("supervisord")).replace("%", "%%")}
logfile_maxbytes=5MB
logfile_backups=1
childlogdir={run}
strip_ansi=false

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
{"".join(sections)}"""


class Supervisor:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def remote(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.layout.supervisor_socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def start(self, programs: list[Program], environment: dict[str, str]) -> None:
        """A child in a session of its own: Ctrl-C reaches us alone, and our death reaches it as SIGTERM."""
        self.layout.supervisor_config.write_text(configuration(programs, self.layout), encoding="utf-8")
        us = os.getpid()
        record = Part(
            name="supervisord",
            command=[
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "supervisor.supervisord",
                "-c",
                str(self.layout.supervisor_config),
            ],
            is_ready=self.is_up,
        )
        with self.layout.log("supervisord-start").open("wb") as log:
            self.process = subprocess.Popen(
                record.launch_command(self.layout.record("supervisord"), us),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM, us),
            )
        if not wait_until(lambda: self.is_up() or not self.is_alive(), timeout_seconds=15) or not self.is_alive():
            raise Trouble(f"The process manager did not start: see {self.layout.log('supervisord-start')}.")

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_up(self) -> bool:
        try:
            return bool(self.remote.getState()["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error):
            return False

    def start_program(self, name: str) -> None:
        self.remote.startProcess(name, False)

    def states(self) -> dict[str, dict[str, Any]]:
        return {info["name"]: info for info in self.remote.getAllProcessInfo()}

    def stop(self) -> None:
        """All programs, last first; each gets its own time before it is killed."""
        if self.process is None:
            return
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            # The kernel tells the orphans to stop; give them the time to do it.
            time.sleep(1)
