"""Every kind of set but the categorical through the command line."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from annotation.agreement.__main__ import main
from annotation.agreement.sets.comparing import read_pair
from annotation.agreement.sets.contract import Answer, SetRefused


def numbers(rng):
    values = rng.normal(0, 10, 30)
    return [
        (f"t{task}", f"w{worker}", f"{values[task] + rng.normal(0, 3):.3f}")
        for task in range(30)
        for worker in rng.choice(8, 5, replace=False)
    ]


def levels(rng):
    values = rng.integers(1, 6, 30)
    return [
        (f"t{task}", f"w{worker}", str(int(np.clip(values[task] + rng.integers(-1, 2), 1, 5))))
        for task in range(30)
        for worker in rng.choice(8, 5, replace=False)
    ]


def pairs(rng):
    rows = []
    for _ in range(300):
        one, two = sorted(rng.choice(12, 2, replace=False).tolist())
        better = two if rng.random() < 0.8 else one
        rows.append((f"{one}|{two}", f"w{rng.integers(0, 8)}", str(better)))
    return rows


def rankings(rng):
    rows = []
    for task in range(20):
        things = rng.choice(12, 4, replace=False)
        for worker in range(5):
            order = things[np.argsort(-(things + rng.normal(0, 2, 4)))]
            rows.append((f"t{task}", f"w{worker}", json.dumps([f"thing {place}" for place in order])))
    return rows


def boxes(rng):
    rows = []
    for task in range(15):
        there = rng.uniform(0, 500, (3, 2))
        for worker in range(5):
            drawn = [np.array([x, y, x + 80, y + 60]) + rng.normal(0, 3, 4) for x, y in there if rng.random() < 0.9]
            rows.append((f"t{task}", f"w{worker}", json.dumps([[round(side, 2) for side in row] for row in drawn])))
    return rows


def polygons(rng):
    rows = []
    for task in range(8):
        x, y = rng.uniform(0, 500, 2)
        for worker in range(4):
            corners = np.array([[x, y], [x + 90, y], [x + 90, y + 70], [x, y + 70]]) + rng.normal(0, 3, (4, 2))
            rows.append((f"t{task}", f"w{worker}", json.dumps([{"points": corners.tolist(), "label": "roof"}])))
    return rows


def label_sets(rng):
    return [
        (
            f"t{task}",
            f"w{worker}",
            json.dumps([name for name in "abcd" if rng.random() < (0.9 if ord(name) % 2 else 0.2)]),
        )
        for task in range(30)
        for worker in range(5)
    ]


def places(rng):
    leaves = ["animal/dog", "animal/cat", "plant"]
    return [
        (f"t{task}", f"w{worker}", leaves[task % 3 if rng.random() < 0.8 else int(rng.integers(0, 3))])
        for task in range(30)
        for worker in range(5)
    ]


KINDS = {
    "numeric": numbers,
    "ordinal": levels,
    "pairwise": pairs,
    "ranking": rankings,
    "boxes": boxes,
    "polygons": polygons,
    "multilabel": label_sets,
    "hierarchical": places,
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def write_set(folder: Path, kind, rows, *, order=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").write_text(json.dumps({"kind": kind}))
    rows = [rows[place] for place in order] if order is not None else rows
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("task", "worker", "label"), *rows])
    return folder


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@every_kind
def test_every_task_and_every_worker_is_written(tmp_path, capsys, kind):
    rows = KINDS[kind](np.random.default_rng(1))
    folder = write_set(tmp_path / "set", kind, rows)
    (folder / "gold.csv").mkdir()  # opening it would fail

    assert main(["resolve", str(folder)]) == 0

    summary = json.loads(capsys.readouterr().out)
    resolved = {row["task"]: row for row in read(folder / "resolved.csv")}
    assert {task for task, _, _ in rows} <= set(resolved)
    assert all(0 <= float(row["confidence"]) <= 1 for row in resolved.values())
    workers = read(folder / "workers.csv")
    assert list(workers[0])[:4] == ["worker", "reliability", "answers", "flags"]
    assert {row["worker"] for row in workers} == {worker for _, worker, _ in rows}
    assert all(0 <= float(row["reliability"]) <= 1 for row in workers)
    assert sum(int(row["answers"]) for row in workers) == summary["labels_used"] == len(rows)
    for figures in summary["agreement"].values():
        if isinstance(figures, list):
            estimate, low, high = figures
            assert low <= estimate <= high


@every_kind
@pytest.mark.parametrize("verb", ["resolve", "replay"])
def test_two_equal_runs_give_equal_bytes_whatever_the_order_of_the_rows(tmp_path, kind, verb):
    rows = KINDS[kind](np.random.default_rng(2))
    order = np.random.default_rng(0).permutation(len(rows))
    plain = write_set(tmp_path / "plain", kind, rows)
    mixed = write_set(tmp_path / "mixed", kind, rows, order=order)

    for folder, out in ((plain, "one"), (plain, "two"), (mixed, "three")):
        assert main([verb, str(folder), "--seed", "5", "--out", str(tmp_path / out)]) == 0

    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
        assert path.read_bytes() == (tmp_path / "three" / path.name).read_bytes()


@every_kind
def test_replay_buys_fewer_labels_within_its_limits(tmp_path, kind):
    folder = write_set(tmp_path / "set", kind, KINDS[kind](np.random.default_rng(3)))

    assert main(["replay", str(folder), "--target", "0.9", "--min", "2", "--max", "4", "--seed", "1"]) == 0

    summary = json.loads((folder / "replay.json").read_text())
    bought = read(folder / "bought.csv")
    per_task = np.unique([row["task"] for row in bought], return_counts=True)[1]
    assert summary["labels_used"] == len(bought) < summary["labels_recorded"]
    assert per_task.max() <= 4
    assert sum(int(row["answers"]) for row in read(folder / "workers.csv")) == len(bought)


@every_kind
def test_one_single_answer_is_resolved(tmp_path, kind):
    rows = KINDS[kind](np.random.default_rng(4))[:1]
    folder = write_set(tmp_path / "set", kind, rows)

    assert main(["resolve", str(folder)]) == 0

    assert read(folder / "resolved.csv")[0]["task"] == rows[0][0]


HOSTILE = [
    ("numeric", "t", "twelve"),
    ("numeric", "t", "nan"),
    ("numeric", "t", "inf"),
    ("numeric", "t", "1e300"),
    ("numeric", "t", "1_000"),
    ("numeric", "t", "٣"),
    ("numeric", "t", ""),
    ("numeric", "t", "9" * 5000),
    ("ordinal", "t", "good"),
    ("pairwise", "a|b", "c"),
    ("pairwise", "a|b", ""),
    ("pairwise", "a|a", "a"),
    ("pairwise", "ab", "a"),
    ("pairwise", "a|", "a"),
    ("ranking", "t", "a > b"),
    ("ranking", "t", '["a", "a"]'),
    ("ranking", "t", '["a"]'),
    ("ranking", "t", '["a", 3]'),
    ("ranking", "t", "[" * 100_000),
    ("boxes", "t", "0 0 10 10"),
    ("boxes", "t", '{"box": [0, 0, 1, 1]}'),
    ("boxes", "t", "[[0, 0, 1]]"),
    ("boxes", "t", "[[0, 0, 1, NaN]]"),
    ("boxes", "t", "[[0, 0, 1, Infinity]]"),
    ("boxes", "t", "[[0, 0, 1, 1e13]]"),
    ("boxes", "t", f"[[0, 0, 1, {'9' * 4000}]]"),
    ("boxes", "t", f"[[0, 0, 1, {'9' * 5000}]]"),
    ("boxes", "t", "[[0, 0, true, 1]]"),
    ("boxes", "t", '[[0, 0, "1", 1]]'),
    ("boxes", "t", '[{"box": [0, 0, 1, 1], "label": 7}]'),
    ("boxes", "t", '[{"label": "cat"}]'),
    ("boxes", "t", json.dumps([[0, 0, 1, 1]] * 1001)),
    ("boxes", "t", "[" * 100_000),
    ("polygons", "t", "[[[0, 0], [1, 1]]]"),
    ("polygons", "t", "[[[0, 0], [1, 1], [2]]]"),
    ("multilabel", "t", "red, green"),
    ("multilabel", "t", '["red", null]'),
    ("multilabel", "t", '{"red": 1}'),
    ("hierarchical", "t", ""),
    ("hierarchical", "t", "animal//dog"),
    ("hierarchical", "t", "/".join("x" * 51)),
]


@pytest.mark.parametrize(("kind", "task", "label"), HOSTILE, ids=lambda value: value[:20])
@pytest.mark.parametrize("verb", ["resolve", "replay"])
def test_what_a_kind_does_not_take_is_refused_with_file_and_row(tmp_path, capsys, kind, task, label, verb):
    good = KINDS[kind](np.random.default_rng(5))[:3]
    folder = write_set(tmp_path, kind, [*good, (task, "w", label)])

    assert main([verb, str(folder)]) == 2

    assert "labels.csv, row 5: " in capsys.readouterr().err
    assert not (folder / "resolved.csv").exists()


def test_a_picture_with_too_many_shapes_is_refused_with_its_row(tmp_path, capsys):
    rows = [("s", "w0", "[]"), *(("t", f"w{place}", json.dumps([[0, 0, 1, 1]] * 1000)) for place in range(4))]

    assert main(["resolve", str(write_set(tmp_path, "boxes", rows))]) == 2

    assert "labels.csv, row 6: on task 't' there are more than 3000 shapes" in capsys.readouterr().err


@every_kind
def test_unknown_methods_are_refused(tmp_path, capsys, kind):
    folder = write_set(tmp_path, kind, KINDS[kind](np.random.default_rng(6)))

    assert main(["resolve", str(folder), "--method", "magic"]) == 2

    assert "No method is called 'magic'" in capsys.readouterr().err


def test_things_compared_are_ranked_beside_the_pairs(tmp_path):
    folder = write_set(tmp_path, "pairwise", pairs(np.random.default_rng(7)))

    assert main(["resolve", str(folder)]) == 0

    ranking = read(folder / "ranking.csv")
    scores = [float(row["score"]) for row in ranking]
    places = {row["item"]: place for place, row in enumerate(ranking)}
    assert list(ranking[0]) == ["item", "score"]
    assert scores == sorted(scores, reverse=True)
    assert np.corrcoef([int(row["item"]) for row in ranking], scores)[0, 1] > 0.8
    resolved = {row["task"]: row["label"] for row in read(folder / "resolved.csv")}
    for item, score in zip((row["item"] for row in ranking), scores, strict=True):
        assert float(resolved[item]) == score
    for task, label in resolved.items():
        if "|" in task:
            assert label == min(task.split("|"), key=places.__getitem__)


def test_a_name_may_have_a_bar_in_it():
    assert dict(read_pair(Answer("x|y|z", "w", "x|y"), 0).pairs) == {("x|y", "z"): 1.0}
    assert dict(read_pair(Answer("x|y|z", "w", "y|z"), 0).pairs) == {("y|z", "x"): 1.0}
    assert dict(read_pair(Answer("x|y|z", "w", "x"), 0).pairs) == {("x", "y|z"): 1.0}
    with pytest.raises(SetRefused, match="not one of the two"):
        read_pair(Answer("x|y|x", "w", "x"), 0)


def test_asked_again_about_the_same_two_a_worker_has_one_vote(tmp_path):
    rows = [("a|b", "w", "a")] * 9 + [("a|b", "u", "b"), ("a|b", "v", "b")]
    folder = write_set(tmp_path, "pairwise", rows)

    assert main(["resolve", str(folder), "--method", "bradley_terry"]) == 0

    assert read(folder / "resolved.csv")[0]["label"] == "b"


def test_a_known_number_a_known_pair_and_known_labels_stand(tmp_path):
    known = {
        "numeric": ("t1", "123.5"),
        "ordinal": ("t1", "9"),
        "pairwise": ("0|1", "0"),
        "multilabel": ("t1", '["b", "d"]'),
    }
    for kind, (task, label) in known.items():
        rows = KINDS[kind](np.random.default_rng(8))
        rows += [(task, "one", rows[0][2] if kind != "pairwise" else "1")]
        folder = write_set(tmp_path / kind, kind, rows)
        with (folder / "probes.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("task", "label"), (task, label)])

        assert main(["resolve", str(folder), "--probes", str(folder / "probes.csv")]) == 0

        [row] = [row for row in read(folder / "resolved.csv") if row["task"] == task]
        assert row["label"] == label
        assert float(row["confidence"]) == 1


@pytest.mark.parametrize(
    ("kind", "task", "label"), [("numeric", "t1", "much"), ("pairwise", "0|1", "7"), ("multilabel", "t1", "a")]
)
def test_probes_that_make_no_sense_are_refused(tmp_path, capsys, kind, task, label):
    folder = write_set(tmp_path, kind, KINDS[kind](np.random.default_rng(9)))
    with (folder / "probes.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("task", "label"), (task, label)])

    assert main(["resolve", str(folder), "--probes", str(folder / "probes.csv")]) == 2

    assert "probe" in capsys.readouterr().err


def test_boxes_drawn_backwards_and_empty_drawings_are_taken(tmp_path):
    rows = [("t", "u", "[[10, 10, 0, 0]]"), ("t", "v", "[[0, 0, 10, 10]]"), ("t", "w", "[]"), ("s", "u", "[]")]
    folder = write_set(tmp_path, "boxes", rows)

    assert main(["resolve", str(folder), "--method", "vote"]) == 0

    assert [row["label"] for row in read(folder / "resolved.csv")] == ["[]", "[[0.0, 0.0, 10.0, 10.0]]"]


def test_the_levels_of_a_scale_are_decided_as_they_are_written_most(tmp_path):
    folder = write_set(tmp_path, "ordinal", levels(np.random.default_rng(10)))

    assert main(["resolve", str(folder)]) == 0

    assert {row["label"] for row in read(folder / "resolved.csv")} <= {"1", "2", "3", "4", "5"}


def test_biased_raters_and_raters_who_tell_nothing_are_flagged(tmp_path):
    rng = np.random.default_rng(11)
    truth = rng.normal(0, 10, 60)
    rows = [(f"t{n:02}", f"w{w}", f"{truth[n] + rng.normal(0, 3)}") for n in range(60) for w in range(6)]
    rows += [(f"t{n:02}", "off", f"{truth[n] + 60 + rng.normal(0, 3)}") for n in range(60)]
    rows += [(f"t{n:02}", "same", "0") for n in range(60)]
    folder = write_set(tmp_path, "numeric", rows)

    assert main(["resolve", str(folder)]) == 0

    workers = {row["worker"]: row for row in read(folder / "workers.csv")}
    assert workers["off"]["flags"] == "biased"
    assert workers["same"]["flags"] == "uninformative"
    assert float(workers["off"]["bias"]) > 40
    assert all(workers[f"w{place}"]["flags"] == "" for place in range(6))
