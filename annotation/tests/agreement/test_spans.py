import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.agreement.sets.contract import Answer, Buying, How, SetRefused
from annotation.agreement.sets.spans import Spans, tabulate
from annotation.agreement.span_choice import choose_spans
from annotation.agreement.spans import fit_spans
from annotation.agreement.tags import Span, may_follow, number_of_tags, tags_of, without_overlaps
from bench.quality.text_crowds import marked_crowd
from bench.quality.texts import strict_f1

TYPES = ("A", "B", "C")


@st.composite
def any_answers(draw):
    answers = []
    for task in range(draw(st.integers(1, 4))):
        length = draw(st.integers(0, 7))
        for worker in draw(st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True)):
            spans = []
            for _ in range(draw(st.integers(0, 3)) if length else 0):
                first = draw(st.integers(0, length - 1))
                spans.append([first, draw(st.integers(first + 1, length)), draw(st.sampled_from(TYPES))])
            answers.append(Answer(f"t{task}", f"w{worker}", json.dumps(spans), {"tokens": str(length)}))
    return answers


def resolved(answers, **how):
    return Spans().resolve(answers, How(**how))


def labels_of(result):
    return {row.task: json.loads(row.label) for row in result.decided}


def as_json(truth):
    return {task: json.dumps(spans) for task, spans in truth.items()}


@settings(deadline=None, max_examples=30)
@given(answers=any_answers())
def test_probabilities_sum_to_one_and_everything_lies_between_nought_and_one(answers):
    table = tabulate(answers, How())
    fit = fit_spans(table.marked)
    result = resolved(answers)

    assert np.allclose(fit.posterior.sum(axis=1), 1)
    assert ((fit.candidates.chances >= 0) & (fit.candidates.chances <= 1 + 1e-9)).all()
    assert all(0 <= row.confidence <= 1 for row in result.decided)
    assert all(0 <= row.reliability <= 1 for row in result.judged)


@settings(deadline=None, max_examples=30)
@given(answers=any_answers())
def test_decided_spans_do_not_overlap_and_lie_in_their_text(answers):
    lengths = {answer.task: int(answer.more["tokens"]) for answer in answers}

    for task, spans in labels_of(resolved(answers)).items():
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        assert all(0 <= first < last <= lengths[task] for first, last, _ in spans)


@settings(deadline=None, max_examples=30)
@given(answers=any_answers(), seed=st.integers(0, 100))
def test_the_order_of_rows_and_the_names_of_tasks_workers_and_types_change_nothing(answers, seed):
    rng = np.random.default_rng(seed)
    tasks, workers, types = (
        dict(zip(names, rng.permutation(names).tolist(), strict=True))
        for names in ([f"t{n}" for n in range(4)], [f"w{n}" for n in range(5)], TYPES)
    )
    renamed = [
        Answer(
            tasks[answer.task],
            workers[answer.worker],
            json.dumps([[first, last, types[type_]] for first, last, type_ in json.loads(answer.label)]),
            answer.more,
        )
        for answer in answers
    ]
    plain, mixed = resolved(answers), resolved([renamed[n] for n in rng.permutation(len(renamed))])

    sure = {row.task: row.confidence for row in mixed.decided}
    known = {row.worker: row.reliability for row in mixed.judged}
    assert [sure[tasks[row.task]] for row in plain.decided] == pytest.approx(
        [row.confidence for row in plain.decided], abs=1e-6
    )
    assert [known[workers[row.worker]] for row in plain.judged] == pytest.approx(
        [row.reliability for row in plain.judged], abs=1e-6
    )


def test_names_change_no_label():
    crowd = marked_crowd(3, texts=40)
    back = dict(zip(("LOC", "MISC", "ORG", "PER"), ("x", "a", "q", "b"), strict=True))
    renamed = [
        Answer(
            "z" + answer.task[::-1],
            answer.worker[::-1],
            json.dumps([[first, last, back[type_]] for first, last, type_ in json.loads(answer.label)]),
            answer.more,
        )
        for answer in crowd.answers
    ]

    plain, mixed = labels_of(resolved(crowd.answers)), labels_of(resolved(renamed[::-1]))

    for task, spans in plain.items():
        assert [[first, last, back[type_]] for first, last, type_ in spans] == mixed["z" + task[::-1]]


def test_two_equal_runs_are_equal():
    crowd = marked_crowd(4, texts=30)

    assert resolved(crowd.answers) == resolved(crowd.answers)


@settings(deadline=None, max_examples=30)
@given(spans=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3), st.sampled_from(TYPES)), max_size=3))
def test_what_everybody_marks_is_the_answer(spans):
    apart = without_overlaps(Span(first, first + size, TYPES.index(type_)) for first, size, type_ in spans)
    label = json.dumps([[span.first, span.last, TYPES[span.type]] for span in apart])
    answers = [Answer(f"t{n}", f"w{worker}", label, {"tokens": "9"}) for n in range(3) for worker in range(4)]

    assert all(found == json.loads(label) for found in labels_of(resolved(answers)).values())


@pytest.mark.parametrize("seed", range(3))
def test_a_worker_who_marks_at_random_changes_almost_nothing(seed):
    crowd = marked_crowd(seed, texts=100)
    rng = np.random.default_rng(seed)
    lengths = {answer.task: int(answer.more["tokens"]) for answer in crowd.answers}
    noise = []
    for task, length in lengths.items():
        starts = np.flatnonzero(rng.random(length) < 0.1).tolist()
        spans = [[start, start + 1, str(rng.choice(["LOC", "MISC", "ORG", "PER"]))] for start in starts]
        noise.append(Answer(task, "spammer", json.dumps(spans), {"tokens": str(length)}))

    plain, spammed = resolved(crowd.answers), resolved([*crowd.answers, *noise])

    truth = as_json(crowd.truth)
    assert strict_f1(spammed, truth)["f1"] > strict_f1(plain, truth)["f1"] - 0.01
    [spammer] = [row for row in spammed.judged if row.worker == "spammer"]
    assert spammer.flags == ("uninformative",)


@pytest.mark.parametrize("seed", range(3))
def test_the_fit_finds_more_than_the_vote_and_knows_about_how_much(seed):
    crowd = marked_crowd(seed)
    truth = as_json(crowd.truth)

    fitted, vote = resolved(crowd.answers), resolved(crowd.answers, method="vote")

    assert strict_f1(fitted, truth)["f1"] > strict_f1(vote, truth)["f1"] + 0.02
    said = np.mean([row.confidence for row in fitted.decided])
    assert said == pytest.approx(strict_f1(fitted, truth)["f1"], abs=0.15)


def test_known_texts_keep_their_spans_and_judge_their_workers():
    label, other = '[[0, 2, "A"]]', '[[3, 4, "B"]]'
    answers = [Answer(f"t{n}", f"w{worker}", other, {"tokens": "6"}) for n in range(10) for worker in range(3)]
    answers += [Answer(f"t{n}", "expert", label, {"tokens": "6"}) for n in range(10)]

    result = resolved(answers, probes={f"t{n}": label for n in range(10)})

    assert all(row.label == label and row.confidence == pytest.approx(1) for row in result.decided)
    known = {row.worker: row.reliability for row in result.judged}
    assert known["expert"] > 0.7 > 0.3 > known["w0"]


def test_of_overlapping_spans_the_longest_stays():
    kept = without_overlaps([Span(0, 2, 0), Span(1, 4, 1), Span(3, 5, 0), Span(4, 5, 0)])

    assert kept == [Span(1, 4, 1), Span(4, 5, 0)]


def test_tags_never_go_on_with_what_has_not_begun():
    allowed = may_follow(2)

    assert allowed.shape == (number_of_tags(2),) * 2
    assert allowed[0].tolist() == [1, 1, 0, 1, 0]
    assert allowed[1].tolist() == [1, 1, 1, 1, 0]
    assert tags_of([Span(1, 3, 1)], 4).tolist() == [0, 3, 4, 0]


def test_the_spans_with_the_highest_expected_f1_are_chosen():
    answers = [Answer("t", f"w{n}", '[[0, 1, "A"]]' if n < 2 else "[]", {"tokens": "3"}) for n in range(5)]
    table = tabulate(answers, How())
    fit = fit_spans(table.marked)

    chosen, f1 = choose_spans(fit.candidates, float(fit.expected.sum()))

    assert 0 <= f1 <= 1
    assert len(chosen) <= len(fit.candidates.chances)


def test_replay_buys_less_and_stays_within_its_bounds():
    crowd = marked_crowd(1, texts=40, per_text=7)

    result = Spans().replay(crowd.answers, How(seed=1), Buying(target=0.7, minimum=2, maximum=5))

    counts = np.unique([answer.task for answer in result.bought], return_counts=True)[1]
    assert 2 <= counts.min() <= counts.max() <= 5
    assert len(result.bought) < len(crowd.answers)


@pytest.mark.parametrize(
    ("label", "tokens", "sentence"),
    [
        ("nothing", "9", "is not JSON"),
        ("{}", "9", "must be a list"),
        ("[[1, 2]]", "9", "must be [first, last, type]"),
        ('[[1, 2, ""]]', "9", "two whole numbers and a word"),
        ('[[1, 2, "\\ud800"]]', "9", "two whole numbers and a word"),
        ('[[1.5, 2, "A"]]', "9", "two whole numbers and a word"),
        ('[[true, 2, "A"]]', "9", "two whole numbers and a word"),
        ('[[2, 2, "A"]]', "9", "end after that"),
        ('[[-1, 2, "A"]]', "9", "begin at 0"),
        ('[[0, 99999999999, "A"]]', "9", "end after that"),
        ('[[0, 10, "A"]]', "9", "the text has 9 tokens"),
        ("[]", None, "tokens must be a whole number"),
        ("[]", "many", "tokens must be a whole number"),
        ("[]", "8", "had 9 tokens before"),
        ("[" * 5000, "9", "is not JSON"),
    ],
)
def test_what_is_not_a_list_of_spans_is_refused_with_its_row(label, tokens, sentence):
    answers = [Answer("t", "v", "[]", {"tokens": "9"}), Answer("t", "w", label, {"tokens": tokens})]

    with pytest.raises(SetRefused, match=r"labels.csv, row 3") as refused:
        resolved(answers)

    assert sentence in str(refused.value)


def test_texts_without_a_column_of_tokens_end_with_their_last_span():
    answers = [Answer("t", f"w{n}", '[[2, 4, "A"]]') for n in range(3)]

    assert labels_of(resolved(answers)) == {"t": [[2, 4, "A"]]}


def test_texts_in_which_nobody_marks_anything_have_no_spans():
    result = resolved([Answer("t", f"w{n}", "[]", {"tokens": "5"}) for n in range(3)])

    assert labels_of(result) == {"t": []}
    assert result.decided[0].confidence > 0.5
