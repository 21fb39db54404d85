"""The first thing `make` runs, with whatever Python the machine has: nothing but the standard library.

Looks whether the machine has what is needed, makes .venv with the pinned requirements (once; again when they change),
then becomes `.venv/bin/python ARGUMENTS`.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
PYTHON_NEEDED = (3, 11)
NODE_NEEDED = 20
MEGABYTE = 1024**2
FREE_MB_TO_INSTALL = 2000
FREE_MB_TO_RUN = 300
PR_SET_PDEATHSIG = 1


class Missing(Exception):
    """One line that says what the machine lacks and what to do."""


def check_python() -> None:
    """Go on with a newer interpreter when there is one, for `python3` may be the oldest of several."""
    if sys.version_info >= PYTHON_NEEDED:
        return
    for minor in (11, 12, 13, 14):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    raise Missing(
        f"Python 3.11 or newer is needed and this is {sys.version.split()[0]}: install it, "
        "or say where it is: `make run PYTHON=/path/to/python3.11`."
    )


def check_node() -> None:
    if os.environ.get("CHAIN_RPC_URL"):
        return
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Missing(
                f"{program} is missing: install Node.js 20 or newer (it brings the development chain), "
                "or set CHAIN_RPC_URL to a chain of your own."
            )
    version = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, check=False).stdout.decode().strip()
    found = re.match(r"v(\d+)", version)
    if not found or int(found.group(1)) < NODE_NEEDED:
        raise Missing(f"Node.js 20 or newer is needed and this is {version or 'broken'}: update it.")


def check_folder(folder: Path) -> None:
    """The folder, or the nearest one above it that exists, must be ours to write."""
    while not folder.exists():
        folder = folder.parent
    if not os.access(str(folder), os.W_OK | os.X_OK):
        raise Missing(f"{folder} cannot be written: make it yours (chown), or clone into a folder of your own.")


def check_disk() -> None:
    needed = FREE_MB_TO_RUN if VENV_PYTHON.exists() else FREE_MB_TO_INSTALL
    free = shutil.disk_usage(str(ROOT)).free // MEGABYTE
    if free < needed:
        raise Missing(f"The disk of {ROOT} has {free} MB free and {needed} MB are needed: free some space.")


def fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256(f"{sys.version_info[0]}.{sys.version_info[1]}".encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def venv_works() -> bool:
    if not VENV_PYTHON.exists():
        return False
    check = f"import sys, pip; sys.exit(sys.version_info < {PYTHON_NEEDED!r})"
    return subprocess.run([str(VENV_PYTHON), "-c", check], stderr=subprocess.DEVNULL, check=False).returncode == 0


def make_venv() -> None:
    if venv_works():
        return
    # A virtual environment does not survive being moved, nor its Python being removed.
    if VENV.exists():
        shutil.rmtree(str(VENV))
    print(f"Making {VENV} with Python {sys.version.split()[0]}…", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if made.returncode:
        shutil.rmtree(str(VENV), ignore_errors=True)
        raise Missing(
            "python3 cannot make a virtual environment: install its venv package "
            "(Debian, Ubuntu: apt-get install python3-venv)."
        )


def install(requirements: Path) -> None:
    stamp = VENV / ("installed-" + requirements.stem)
    wanted = fingerprint(sorted(ROOT.glob("requirements*.txt")))
    if venv_works() and stamp.exists() and stamp.read_text() == wanted:
        return
    make_venv()
    print(f"Installing {requirements.name} (a few minutes the first time)…", flush=True)
    command = [
        str(VENV_PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "-r",
        str(requirements),
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.decode(errors="replace").splitlines() if "ERROR" in line]
        raise Missing("pip could not install {}: {}".format(requirements.name, (errors or ["no reason given"])[-1]))
    stamp.write_text(wanted)


def end_with_make() -> None:
    """Killed with -9, make cannot tell us; the kernel can (Linux)."""
    if sys.platform.startswith("linux") and os.environ.get("MAKELEVEL"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def prepare(is_dev: bool) -> None:
    check_python()
    check_node()
    check_folder(ROOT)
    check_folder(ROOT / "var")
    check_disk()
    with open(str(ROOT / ".bootstrap.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(ROOT / ("requirements-dev.txt" if is_dev else "requirements-stack.txt"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Set up .venv and run Python in it.")
    parser.add_argument("--dev", action="store_true", help="with what the tests need")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    arguments = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
    try:
        prepare(options.dev)
    except Missing as missing:
        sys.exit(f"foggara: {missing}")
    except OSError as error:
        sys.exit(f"foggara: {error.strerror} ({error.filename or ROOT}): put that right and run it again.")
    except KeyboardInterrupt:
        sys.exit(130)
    end_with_make()
    os.chdir(str(ROOT))
    os.execv(str(VENV_PYTHON), [str(VENV_PYTHON), *arguments])


if __name__ == "__main__":
    main()
