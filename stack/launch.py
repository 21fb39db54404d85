"""Become another program, tied to the life of the process that started us.

Run by path, before anything is installed on the import path. It leaves a record of who we are (so that a later
start can recognise a left-over), drops root for programs that refuse it, asks the kernel to stop us when the parent
dies, and then execs: the process id, the exit status and every signal are those of the program itself.
"""

import argparse
import ctypes
import json
import os
import pwd
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAP_SETPCAP = 8
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def prctl(*arguments: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:5]]
    return bool(ctypes.CDLL(None, use_errno=True).prctl(*padded) == 0)


def die_with_parent(death_signal: int, parent: int) -> None:
    """Linux only; elsewhere the guardian and the next start clean up."""
    prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def set_capabilities(permitted: int, effective: int, inheritable: int) -> bool:
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(effective, permitted, inheritable)
    return bool(ctypes.CDLL(None, use_errno=True).capset(header, data) == 0)


def keep_file_access() -> None:
    """Let the user we have become enter folders such as /root, where a clone made by root may lie."""
    pass_on = 1 << CAP_DAC_OVERRIDE
    change_bits = 1 << CAP_SETPCAP
    # Without this bit access(2), by which PostgreSQL looks for its parts, ignores what we keep.
    if set_capabilities(pass_on | change_bits, change_bits, 0):
        prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    if set_capabilities(pass_on, pass_on, pass_on):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)


def become(user: str, *, needs: list[str]) -> None:
    entry = pwd.getpwnam(user)
    prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if sys.platform.startswith("linux") and not all(os.access(path, os.R_OK | os.X_OK) for path in needs):
        keep_file_access()


def write_record(path: Path, command: list[str]) -> None:
    path.write_text(json.dumps({"pid": os.getpid(), "command": command}), encoding="utf-8")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--user")
    parser.add_argument("--needs", action="append", default=[], help="a folder that the user must reach")
    parser.add_argument("--death-signal", type=int, default=signal.SIGTERM)
    parser.add_argument("--parent", type=int, default=None)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    parent = arguments.parent or os.getppid()
    if arguments.record:
        write_record(arguments.record, command)
    if arguments.user:
        become(arguments.user, needs=[command[0], *arguments.needs])
    # After the change of user, because the kernel forgets the signal when credentials change.
    die_with_parent(arguments.death_signal, parent)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
