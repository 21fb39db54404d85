import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from stack.processes import ROOT, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stack")]
SHOW = "import json, os, sys; print(json.dumps(dict(os.environ))); sys.stdout.flush(); sys.stdin.read()"


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "stack", "exec", "--", *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def read_folder(process: subprocess.Popen[str]) -> Path:
    import json

    assert process.stdout is not None
    environment = json.loads(process.stdout.readline())
    assert {"DATABASE_URL", "REDIS_URL", "CHAIN_RPC_URL", "CHAIN_ID"} <= environment.keys()
    assert "DJANGO_SETTINGS_MODULE" not in environment
    return Path(environment["STACK_FOLDER"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_exec_leaves_nothing_when_it_is_killed(number: signal.Signals) -> None:
    with start(sys.executable, "-c", SHOW) as process:
        folder = read_folder(process)
        processes = psutil.Process(process.pid).children(recursive=True)

        os.kill(process.pid, number)

        assert len(processes) > 5
        assert wait_until(lambda: not folder.exists(), timeout_seconds=10)
        assert wait_until(lambda: not any(map(is_alive, processes)), timeout_seconds=10)


def test_no_server_outlives_a_killed_guardian() -> None:
    with start(sys.executable, "-c", SHOW) as process:
        folder = read_folder(process)
        guardian = int((folder / "guardian").read_text())
        servers = psutil.Process(guardian).children(recursive=True)

        os.kill(guardian, signal.SIGKILL)

        assert len(servers) > 3
        assert wait_until(lambda: not any(map(is_alive, servers)), timeout_seconds=10)
        process.kill()


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_exec_returns_the_status_of_its_command() -> None:
    with start("sh", "-c", "exit 7") as process:
        assert process.wait(30) == 7


def test_exec_says_in_one_line_that_a_command_is_missing() -> None:
    command = [sys.executable, "-m", "stack", "exec", "--", "no-such-command"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "foggara: There is no command 'no-such-command'.\n"
