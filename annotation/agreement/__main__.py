"""The engine without a database: what a recorded crowd's answers add up to, and what buying fewer would have cost.

python -m annotation.agreement resolve DIR [--method auto] [--seed N] [--probes FILE] [--out DIR]
python -m annotation.agreement replay DIR --target 0.95 --min 2 --max N --seed N [--method auto] [--out DIR]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotation.agreement.sets.contract import Buying, How, Resolved, SetRefused
from annotation.agreement.sets.files import read_answers, read_kind, read_probes, write_resolved, write_summary
from annotation.agreement.sets.registry import set_kind


def main(words: Sequence[str]) -> int:
    arguments = _parser().parse_args(words)
    try:
        summary = _run(arguments)
    except SetRefused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    print(json.dumps(summary, sort_keys=True))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m annotation.agreement",
        description="Resolve or replay a recorded crowd: labels.csv (task,worker,label) and meta.json (kind).",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    resolve = verbs.add_parser("resolve", help="decide every task from all of its labels")
    replay = verbs.add_parser("replay", help="buy the recorded labels one by one, and stop when sure enough")
    for verb in (resolve, replay):
        verb.add_argument("folder", type=Path, metavar="DIR")
        verb.add_argument("--method", default="auto")
        verb.add_argument("--seed", type=int, default=0)
        verb.add_argument("--probes", type=Path, metavar="FILE", help="task,label of tasks whose answer is known")
        verb.add_argument("--out", type=Path, metavar="DIR", help="where to write; DIR itself unless given")
    replay.add_argument("--target", type=float, default=0.95, help="how sure a task must be to be closed")
    replay.add_argument("--min", type=int, default=2, dest="minimum", help="labels of every task at least")
    replay.add_argument("--max", type=int, default=None, dest="maximum", help="labels of one task at most")
    return parser


def _run(arguments: argparse.Namespace) -> dict[str, Any]:
    kind = set_kind(read_kind(arguments.folder))
    if arguments.method not in kind.methods:
        raise SetRefused(f"No method is called {arguments.method!r} here; there are {', '.join(kind.methods)}.")
    answers = read_answers(arguments.folder)
    if not answers:
        raise SetRefused(f"{arguments.folder / 'labels.csv'} holds no labels.")
    probes = read_probes(arguments.probes) if arguments.probes else {}
    how = How(arguments.method, arguments.seed, probes)
    out = arguments.out or arguments.folder
    if arguments.verb == "resolve":
        resolved = kind.resolve(answers, how)
        write_resolved(out, resolved)
        return _summary(resolved, len(answers))
    buying = Buying(arguments.target, arguments.minimum, arguments.maximum)
    _refuse_nonsense(buying)
    resolved = kind.replay(answers, how, buying)
    write_resolved(out, resolved)
    summary = _summary(resolved, len(answers))
    write_summary(out / "replay.json", summary)
    return summary


def _refuse_nonsense(buying: Buying) -> None:
    if not 0 < buying.target <= 1:
        raise SetRefused("--target must lie above 0 and at most at 1.")
    if buying.minimum < 1 or (buying.maximum is not None and buying.maximum < buying.minimum):
        raise SetRefused("--min must be at least 1, and --max not below --min.")


def _summary(resolved: Resolved, recorded: int) -> dict[str, Any]:
    used = recorded if resolved.bought is None else len(resolved.bought)
    tasks = len(resolved.decided)
    summary: dict[str, Any] = {
        "tasks": tasks,
        "workers": len(resolved.judged),
        "flagged": sum(bool(row.flags) for row in resolved.judged),
        "labels_recorded": recorded,
        "labels_used": used,
        "labels_per_task": round(used / tasks, 4),
    }
    if resolved.agreement:
        summary["agreement"] = dict(resolved.agreement)
    return summary


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
