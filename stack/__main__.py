"""python -m stack: the embedded stack's commands."""

import argparse
import sys

from stack.trouble import Trouble


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stack", description="The embedded stack of Foggara.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    execute = verbs.add_parser("exec", help="run a command beside PostgreSQL, Valkey and anvil of its own")
    execute.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND [ARGUMENTS]")
    verbs.add_parser("guard", help="(internal) hold the servers of an exec")
    return parser.parse_args()


def run(arguments: argparse.Namespace) -> int:
    from stack import ephemeral

    if arguments.verb == "guard":
        return ephemeral.guard()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise Trouble("Say what to run: python -m stack exec -- COMMAND")
    return ephemeral.run_command(command)


def main() -> int:
    try:
        return run(read_arguments())
    except Trouble as trouble:
        print(f"stack: {trouble}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
