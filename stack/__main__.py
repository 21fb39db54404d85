"""python -m stack: the embedded stack's commands."""

import argparse
import sys
from pathlib import Path

from stack.processes import ROOT
from stack.trouble import Trouble


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stack", description="The embedded stack of Foggara.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    execute = verbs.add_parser("exec", help="run a command beside PostgreSQL, Valkey and anvil of its own")
    execute.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND [ARGUMENTS]")
    run = verbs.add_parser("run", help="serve the whole product until Ctrl-C")
    run.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    run.add_argument("--chain-port", type=int, default=8545, help="wanted, another is taken when it is not free")
    run.add_argument("--skip", action="append", default=[], metavar="STEP", help="leave out a step of the set-up")
    reset = verbs.add_parser("reset", help="delete all data of the product")
    reset.add_argument("--force", action="store_true", help="without a question")
    for verb in (run, reset):
        verb.add_argument("--var", type=Path, default=ROOT / "var", help="the folder with everything (var/)")
    verbs.add_parser("test", help="every check and every test")
    verbs.add_parser("lint", help="the checks that need no server")
    verbs.add_parser("guard", help="(internal) hold the servers of an exec")
    return parser.parse_args()


def execute(arguments: argparse.Namespace) -> int:
    from stack import ephemeral

    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise Trouble("Say what to run: python -m stack exec -- COMMAND")
    return ephemeral.run_command(command)


def dispatch(arguments: argparse.Namespace) -> int:
    match arguments.verb:
        case "exec":
            return execute(arguments)
        case "guard":
            from stack import ephemeral

            return ephemeral.guard()
        case "run":
            from stack import run

            return run.serve(
                arguments.var,
                port=arguments.port,
                chain_port=arguments.chain_port,
                skipped=set(arguments.skip),
            )
        case "reset":
            from stack import run

            return run.reset(arguments.var, is_forced=arguments.force)
        case _:
            from stack import checks

            return checks.run_all(with_tests=arguments.verb == "test")


def main() -> int:
    try:
        return dispatch(read_arguments())
    except Trouble as trouble:
        print(f"foggara: {trouble}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
