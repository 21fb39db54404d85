"""`make test`: every check and every test, each with its seconds, stopping at the first that fails."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from stack import anvil, node_tools
from stack.ephemeral import clean_environment, servers
from stack.processes import ROOT
from stack.trouble import Trouble

PYTHON_ROOMS = ("config", "lib", "accounts", "rewards", "annotation", "registry", "contracts", "stack", "tools")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Enough for tools that only load the settings; nothing is connected to.
SETTINGS_ONLY = {
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "CHAIN_RPC_URL": "http://127.0.0.1:1",
    "SECRET_KEY": "only-for-checks-that-load-the-settings-and-serve-nobody",
}

# Browsers, servers and a chain on two busy cores: one missed moment in 3,000 tests says nothing about a change. What
# passes only the second time is named at the end, for somebody to mend; what fails twice is red.
SECOND_CHANCE = ["--reruns", "1", "--reruns-delay", "2", "-rR", "--maxfail", "25"]


@dataclass(frozen=True)
class Check:
    title: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def python(*words: str) -> list[str]:
    return [sys.executable, *words]


def rooms() -> list[str]:
    return [room for room in PYTHON_ROOMS if list((ROOT / room).glob("**/*.py"))]


def lint_checks() -> list[Check]:
    return [
        Check("ruff", python("-m", "ruff", "check", "--quiet", "--output-format", "concise", ".")),
        Check("ruff format", python("-m", "ruff", "format", "--check", "--quiet", ".")),
        Check("mypy", python("-m", "mypy", "--no-error-summary", *rooms()), SETTINGS_ONLY),
    ]


def script_tests() -> list[Check]:
    files = [path for room in ("static", "tests") for path in sorted((ROOT / room).glob("**/*.test.js"))]
    files = [path for path in files if not {"vendor", "node_modules"} & set(path.parts)]
    return [Check("node --test", ["node", "--test", *map(str, files)])] if files else []


def server_checks(scratch: Path) -> list[Check]:
    pytest_arguments = shlex.split(os.environ.get("PYTEST_ARGS", ""))
    return [
        Check("contracts compiled", python("-m", "contracts.scripts.compile")),
        Check("branches of the contracts", python("-m", "contracts.scripts.coverage")),
        Check("migrations in step", python("manage.py", "makemigrations", "--check", "--dry-run", "--verbosity=1")),
        Check(
            "collectstatic",
            python("manage.py", "collectstatic", "--noinput", "--verbosity=0"),
            {"STATIC_ROOT": str(scratch / "static")},
        ),
        *script_tests(),
        Check(
            "pytest", python("-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", *SECOND_CHANCE, *pytest_arguments)
        ),
    ]


def chromium() -> str:
    for name in CHROMIUM_NAMES:
        path = shutil.which(name)
        if path:
            return path
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble("The tests need Chromium: install it (Debian: sudo apt-get install chromium) and run them again.")
    print("Installing Chromium…", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "chromium"]):
        subprocess.run(["apt-get", "-qq", *words], env=environment, stdout=subprocess.DEVNULL, check=False)
    path = shutil.which("chromium")
    if not path:
        raise Trouble("Chromium could not be installed with apt-get: install it by hand and run the tests again.")
    return path


def perform(check: Check, environment: dict[str, str]) -> None:
    started = time.monotonic()
    print(f"── {check.title}", flush=True)
    status = subprocess.run(check.command, cwd=ROOT, env=environment | check.environment, check=False).returncode
    seconds = time.monotonic() - started
    if status:
        raise Trouble(f"{check.title} failed after {seconds:.1f} s: {shlex.join(check.command)}")
    print(f"   {check.title}: {seconds:.1f} s", flush=True)


def run_all(*, with_tests: bool) -> int:
    started = time.monotonic()
    environment = clean_environment()
    with ExitStack() as stack:
        checks = lint_checks()
        if with_tests:
            environment["CHROMIUM_BINARY"] = chromium()
            anvil.install()
            environment["NODE_TOOLS"] = str(node_tools.install())
            environment |= stack.enter_context(servers())
            checks += server_checks(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="foggara-test-"))))
        for check in checks:
            perform(check, environment)
    print(f"All passed in {time.monotonic() - started:.0f} s.")
    return 0
