import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from annotation.agreement.__main__ import main
from annotation.tests.agreement.votes_for_tests import REPOSITORY, simulated_crowd

NAMES = ("cat", "dog", "owl")


def write_set(folder, crowd, *, kind="categorical", order=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").write_text(json.dumps({"kind": kind}))
    votes = crowd.votes
    rows = [
        (f"t{item}", f"w{annotator}", NAMES[label])
        for item, annotator, label in zip(votes.items, votes.annotators, votes.labels, strict=True)
    ]
    rows = [rows[n] for n in order] if order is not None else rows
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("task", "worker", "label"), *rows])
    return folder


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def share_right(folder, crowd):
    return np.mean([row["label"] == NAMES[crowd.truth[int(row["task"][1:])]] for row in read(folder / "resolved.csv")])


def test_resolve_writes_every_task_and_every_worker(tmp_path, capsys):
    crowd = simulated_crowd(seed=1)
    folder = write_set(tmp_path / "set", crowd)

    assert main(["resolve", str(folder), "--out", str(tmp_path / "out")]) == 0

    assert share_right(tmp_path / "out", crowd) > 0.9
    assert all(0.33 <= float(row["confidence"]) <= 1 for row in read(tmp_path / "out" / "resolved.csv"))
    workers = read(tmp_path / "out" / "workers.csv")
    assert list(workers[0]) == ["worker", "reliability", "answers", "flags"]
    assert len(workers) == 30
    assert sum(int(row["answers"]) for row in workers) == 2000
    assert json.loads(capsys.readouterr().out)["labels_used"] == 2000


def test_resolve_never_opens_the_gold(tmp_path):
    crowd = simulated_crowd(seed=1)
    folder = write_set(tmp_path / "set", crowd)
    (folder / "gold.csv").mkdir()  # opening it would fail

    assert main(["resolve", str(folder)]) == 0


@pytest.mark.parametrize("verb", ["resolve", "replay"])
def test_two_equal_runs_give_equal_bytes(tmp_path, verb):
    folder = write_set(tmp_path / "set", simulated_crowd(seed=2))

    for out in ("one", "two"):
        assert main([verb, str(folder), "--seed", "5", "--out", str(tmp_path / out)]) == 0

    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_the_order_of_the_rows_changes_nothing(tmp_path):
    crowd = simulated_crowd(seed=3)
    order = np.random.default_rng(0).permutation(len(crowd.votes))
    plain, mixed = write_set(tmp_path / "a", crowd), write_set(tmp_path / "b", crowd, order=order)

    assert main(["resolve", str(plain)]) == main(["resolve", str(mixed)]) == 0

    assert (plain / "resolved.csv").read_bytes() == (mixed / "resolved.csv").read_bytes()
    assert (plain / "workers.csv").read_bytes() == (mixed / "workers.csv").read_bytes()


def test_replay_buys_fewer_labels_and_says_which(tmp_path, capsys):
    crowd = simulated_crowd(seed=4, per_item=9)
    folder = write_set(tmp_path / "set", crowd)

    assert main(["replay", str(folder), "--target", "0.95", "--min", "2", "--max", "6", "--seed", "1"]) == 0

    summary = json.loads((folder / "replay.json").read_text())
    assert summary == json.loads(capsys.readouterr().out)
    bought = read(folder / "bought.csv")
    per_task = np.unique([row["task"] for row in bought], return_counts=True)[1]
    assert summary["labels_used"] == len(bought) < 0.6 * summary["labels_recorded"]
    assert per_task.min() >= 2
    assert per_task.max() <= 6
    assert share_right(folder, crowd) > 0.93


def test_another_seed_buys_other_labels(tmp_path):
    folder = write_set(tmp_path / "set", simulated_crowd(seed=4, per_item=9))

    main(["replay", str(folder), "--seed", "1", "--out", str(tmp_path / "one")])
    main(["replay", str(folder), "--seed", "2", "--out", str(tmp_path / "two")])

    assert (tmp_path / "one" / "bought.csv").read_bytes() != (tmp_path / "two" / "bought.csv").read_bytes()


def test_probes_teach_how_good_each_worker_is(tmp_path):
    crowd = simulated_crowd(seed=5)
    folder = write_set(tmp_path / "set", crowd)
    probes = tmp_path / "probes.csv"
    with probes.open("w", newline="") as file:
        csv.writer(file).writerows([("task", "label"), *((f"t{n}", NAMES[crowd.truth[n]]) for n in range(20))])

    assert main(["resolve", str(folder), "--probes", str(probes)]) == 0

    resolved = {row["task"]: row for row in read(folder / "resolved.csv")}
    assert all(resolved[f"t{n}"]["label"] == NAMES[crowd.truth[n]] for n in range(20))
    assert all(float(resolved[f"t{n}"]["confidence"]) == 1 for n in range(20))


def test_of_two_answers_by_one_worker_the_last_counts(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "meta.json").write_text('{"kind": "categorical"}')
    (folder / "labels.csv").write_text("task,worker,label\na,w,no\nb,w,no\na,w,yes\n")

    assert main(["resolve", str(folder)]) == 0

    assert [row["label"] for row in read(folder / "resolved.csv")] == ["yes", "no"]
    assert read(folder / "workers.csv")[0]["answers"] == "2"


def test_a_set_where_everybody_says_the_same_is_resolved(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "meta.json").write_text('{"kind": "categorical"}')
    (folder / "labels.csv").write_text("task,worker,label\na,v,yes\na,w,yes\n")

    assert main(["resolve", str(folder)]) == 0

    assert [row["label"] for row in read(folder / "resolved.csv")] == ["yes"]


@pytest.mark.parametrize(
    ("files", "words", "sentence"),
    [
        ({}, [], "has no meta.json"),
        ({"meta.json": "{"}, [], "is not JSON"),
        ({"meta.json": "{}"}, [], 'must name a "kind"'),
        ({"meta.json": '{"kind": "sculptures"}'}, [], "'sculptures' cannot be resolved yet"),
        ({"meta.json": '{"kind": "categorical"}'}, [], "labels.csv is not there"),
        ({"meta.json": '{"kind": "categorical"}', "labels.csv": "task,label\n"}, [], "lacks the column worker"),
        ({"meta.json": '{"kind": "categorical"}', "labels.csv": "task,worker,label\n"}, [], "holds no labels"),
        ({"meta.json": '{"kind": "categorical"}', "labels.csv": "task,worker,label\na,b\n"}, [], "row 2"),
        ({"meta.json": '{"kind": "categorical"}'}, ["--method", "magic"], "No method is called 'magic'"),
    ],
)
def test_what_cannot_be_read_is_said_plainly(tmp_path, capsys, files, words, sentence):
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert main(["resolve", str(tmp_path), *words]) == 2

    assert sentence in capsys.readouterr().err


def test_impossible_purchases_are_refused(tmp_path, capsys):
    folder = write_set(tmp_path / "set", simulated_crowd(seed=1))

    assert main(["replay", str(folder), "--target", "1.2"]) == 2
    assert main(["replay", str(folder), "--min", "3", "--max", "2"]) == 2

    assert "--max not below --min" in capsys.readouterr().err


def test_the_command_line_runs_without_django(tmp_path):
    folder = write_set(tmp_path / "set", simulated_crowd(seed=1))
    program = f"""
import sys
from annotation.agreement.__main__ import main
main(["resolve", {str(folder)!r}])
print([name for name in sys.modules if name.split(".")[0] in ("django", "pandas", "psycopg2")])
"""

    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
