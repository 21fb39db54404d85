"""Which branches of the contracts the tests take, both ways.

python -m stack exec -- python -m contracts.scripts.coverage      (a minute; exit 1 when one is missing)

The contracts' own tests run with every call traced on anvil. A branch is a conditional jump of the compiled code; it is
covered when it was seen to be taken and not to be taken. Those that stand for something written (`assert`, `if`, `and`,
`or`, `for`, `@nonreentrant`) must all be; those that the compiler adds (overflow, calldata, clamps) are counted apart.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.scripts.compile import CONTRACTS, deployables

WRITTEN = {"Assert", "If", "BoolOp", "IfExp", "For", "FunctionDef"}
MUST_JUMP = {"Assert", "If"}
JUMPI, PUSH1, PUSH32, TLOAD = 0x57, 0x60, 0x7F, 0x5C
LOCK_BYTES = 8  # @nonreentrant: TLOAD, PUSH1 1, EQ, PUSH2 failure, JUMPI
SUITE = ("contracts/tests/unitary", "contracts/tests/e2e")
LEFT_OUT = ("gas_snapshot", "verify_epoch", "compile")

Jump = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Branch:
    jump: Jump
    where: str  # file:line of what was written, or the compiler's reason
    kind: str  # of the syntax, or empty when the compiler added it


def compile_with_maps(path: Path) -> dict[str, Any]:
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import FilesystemInputBundle
    from vyper.compiler.settings import OptimizationLevel, Settings

    bundle = FilesystemInputBundle([CONTRACTS])
    wanted = ["source_map", "source_map_runtime", "annotated_ast_dict", "bytecode", "bytecode_runtime"]
    settings = Settings(evm_version="cancun", optimize=OptimizationLevel.GAS)
    found: dict[str, Any] = compile_from_file_input(
        bundle.load_file(path), input_bundle=bundle, settings=settings, output_formats=wanted
    )
    return found


def branches_of(path: Path) -> tuple[list[Branch], list[str]]:
    """Every conditional jump; and what is written as a branch, in a function that is compiled, but has no jump."""
    out = compile_with_maps(path)
    runtime = bytes.fromhex(out["bytecode_runtime"][2:])
    whole = bytes.fromhex(out["bytecode"][2:])
    syntax = _syntax(out["annotated_ast_dict"])
    found = []
    parts = (
        ("runtime", runtime, out["source_map_runtime"]),
        ("constructor", whole[: whole.index(runtime)], out["source_map"]),
    )
    mapped: set[tuple[int, int]] = set()
    for part, code, source_map in parts:
        mapped |= {tuple(key) for pc, key in source_map["pc_ast_map"].items() if pc < len(code)}
        for pc in _jumps(code):
            key = tuple(source_map["pc_ast_map"].get(pc, ()))
            kind, where = syntax.get(key, ("", ""))
            reason = source_map["error_map"].get(pc, "dispatch or forwarded failure")
            is_written = kind in WRITTEN and not _is_added(kind, reason, code[:pc])
            found.append(Branch((path.stem, part, pc), where if is_written else reason, kind if is_written else ""))
    jumping = {branch.where for branch in found}
    lost = [f"{where} {kind}" for key, (kind, where) in syntax.items() if kind in MUST_JUMP and key in mapped]
    return found, sorted(line for line in lost if line.split()[0] not in jumping)


def _is_added(kind: str, reason: str, before: bytes) -> bool:
    """Bounds of a loop, and the decoding of arguments, stand at the places of the loop and the function."""
    if kind == "FunctionDef":
        return TLOAD not in before[-LOCK_BYTES:]
    return kind == "For" and reason.endswith("bounds check")


def _jumps(code: bytes) -> Iterator[int]:
    pc = 0
    while pc < len(code):
        if code[pc] == JUMPI:
            yield pc
        pc += 1 + (code[pc] - PUSH1 + 1 if PUSH1 <= code[pc] <= PUSH32 else 0)


def _syntax(tree: dict[str, Any]) -> dict[tuple[int, int], tuple[str, str]]:
    found = {}
    for part in [tree["ast"], *tree["imports"]]:
        name = Path(part["path"]).name
        for node in _nodes(part["body"]):
            found[part["source_id"], node["node_id"]] = (node["ast_type"], f"{name}:{node['lineno']}")
    return found


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, list):
        for item in tree:
            yield from _nodes(item)
    elif isinstance(tree, dict):
        if "node_id" in tree and "ast_type" in tree:
            yield tree
        for value in tree.values():
            yield from _nodes(value)


def run_tests() -> dict[Jump, set[int]]:
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *SUITE]
        command += ["-k", " and ".join(f"not {name}" for name in LEFT_OUT)]
        environment = os.environ | {"CONTRACTS_TRACE": str(trace)}
        subprocess.run(command, env=environment, cwd=CONTRACTS.parent, check=True)  # noqa: S603
        ways: dict[Jump, set[int]] = defaultdict(set)
        for name, part, pc, taken in json.loads(trace.read_text()):
            ways[name, part, pc].add(taken)
    return ways


def main() -> int:
    ways = run_tests()
    missing = []
    for path in deployables():
        branches, lost = branches_of(path)
        written = [branch for branch in branches if branch.kind]
        added = [branch for branch in branches if not branch.kind]
        both = {branch.jump for branch in branches if len(ways[branch.jump]) == 2}
        figures = [sum(branch.jump in both for branch in group) for group in (written, added)]
        print(
            f"{path.stem:12} written {figures[0]} of {len(written)} both ways"
            f" ({100 * figures[0] / len(written):.1f}%); added by the compiler {figures[1]} of {len(added)}"
        )
        missing += [f"{path.stem}: {line} has no jump" for line in lost]
        for branch in written:
            if branch.jump not in both:
                seen = {0: "only not taken", 1: "only taken"}.get(next(iter(ways[branch.jump]), -1), "never reached")
                missing.append(f"{path.stem} {branch.jump[1]}: {branch.where} {branch.kind}: {seen}")
    print(*missing, sep="\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
