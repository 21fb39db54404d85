import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.agreement.sets.contract import Answer, Buying, How, SetRefused
from annotation.agreement.sets.transcription import Transcription
from annotation.agreement.words import read_words
from bench.quality.text_crowds import heard_crowd
from bench.quality.texts import word_errors

texts = st.lists(st.sampled_from(["the", "cat", "sat", "mat", "a", "at"]), max_size=6).map(" ".join)


@st.composite
def any_answers(draw):
    return [
        Answer(f"t{task}", f"w{worker}", draw(texts))
        for task in range(draw(st.integers(1, 4)))
        for worker in draw(st.lists(st.integers(0, 5), min_size=1, max_size=5, unique=True))
    ]


def resolved(answers, **how):
    return Transcription().resolve(answers, How(**how))


def labels_of(result):
    return {row.task: row.label for row in result.decided}


@settings(deadline=None, max_examples=30)
@given(answers=any_answers(), method=st.sampled_from(Transcription.methods))
def test_every_task_gets_a_text_and_everything_lies_between_nought_and_one(answers, method):
    result = resolved(answers, method=method)

    assert sorted(labels_of(result)) == sorted({answer.task for answer in answers})
    assert all(0 <= row.confidence <= 1 for row in result.decided)
    assert all(0 <= row.reliability <= 1 for row in result.judged)
    spoken = {word.key for answer in answers for word in read_words(answer.label)}
    assert all({word.key for word in read_words(text)} <= spoken for text in labels_of(result).values())


@settings(deadline=None, max_examples=30)
@given(answers=any_answers(), seed=st.integers(0, 100), method=st.sampled_from(Transcription.methods))
def test_the_order_of_rows_and_the_names_of_tasks_and_workers_change_nothing(answers, seed, method):
    rng = np.random.default_rng(seed)
    tasks, workers = (
        dict(zip(names, rng.permutation(names).tolist(), strict=True))
        for names in ([f"t{n}" for n in range(4)], [f"w{n}" for n in range(6)])
    )
    renamed = [Answer(tasks[answer.task], workers[answer.worker], answer.label) for answer in answers]

    plain = resolved(answers, method=method)
    mixed = resolved([renamed[n] for n in rng.permutation(len(renamed))], method=method)

    decided = {row.task: row for row in mixed.decided}
    judged = {row.worker: row for row in mixed.judged}
    for row in plain.decided:
        assert decided[tasks[row.task]].label == row.label
        assert decided[tasks[row.task]].confidence == pytest.approx(row.confidence)
    for row in plain.judged:
        assert judged[workers[row.worker]].reliability == pytest.approx(row.reliability)


def test_two_equal_runs_are_equal():
    crowd = heard_crowd(4, clips=40)

    assert resolved(crowd.answers) == resolved(crowd.answers)


@settings(deadline=None, max_examples=30)
@given(text=texts, method=st.sampled_from(Transcription.methods))
def test_what_everybody_writes_is_the_answer(text, method):
    answers = [Answer(f"t{n}", f"w{worker}", text) for n in range(2) for worker in range(3)]

    assert labels_of(resolved(answers, method=method)) == {"t0": text, "t1": text}


def test_words_that_nobody_wrote_together_can_be_the_answer():
    said = ["the cat sat on a mat", "the cat sat on the mat", "the cap sat on the mat", "the cat sad on the mat"]
    said += ["the cat sat in the mat", "he cat sat on the mat"]
    answers = [Answer("t", f"w{n}", text) for n, text in enumerate(said) if text != "the cat sat on the mat"]

    assert labels_of(resolved(answers)) == {"t": "the cat sat on the mat"}


def test_a_text_is_given_as_somebody_wrote_it():
    answers = [Answer("t", f"w{n}", text) for n, text in enumerate(["Well-known, he said.", "well known he said"] * 2)]
    answers.append(Answer("t", "w9", "Well-known, he said."))

    assert labels_of(resolved(answers)) == {"t": "Well-known, he said."}


@pytest.mark.parametrize("seed", range(3))
def test_a_worker_who_writes_anything_changes_almost_nothing(seed):
    crowd = heard_crowd(seed, clips=120)
    rng = np.random.default_rng(seed)
    lines = list(crowd.truth.values())
    noise = [Answer(task, "spammer", str(rng.choice(lines))) for task in crowd.truth]

    plain, spammed = resolved(crowd.answers), resolved([*crowd.answers, *noise])

    before, after = (word_errors(result, crowd.truth)["mean_wer"] for result in (plain, spammed))
    assert after < before + 0.01
    [spammer] = [row for row in spammed.judged if row.worker == "spammer"]
    assert spammer.flags == ("uninformative",)


@pytest.mark.parametrize("seed", range(3))
def test_the_vote_has_fewer_errors_than_the_nearest_transcript_and_says_about_how_many(seed):
    crowd = heard_crowd(seed, clips=200)

    voted, nearest = resolved(crowd.answers), resolved(crowd.answers, method="nearest")

    errors = word_errors(voted, crowd.truth)["mean_wer"]
    assert errors < word_errors(nearest, crowd.truth)["mean_wer"]
    assert 1 - np.mean([row.confidence for row in voted.decided]) == pytest.approx(errors, abs=0.05)


def test_known_texts_are_kept_and_judge_their_workers():
    crowd = heard_crowd(1, clips=60)
    answers = [*crowd.answers, *(Answer(task, "expert", text) for task, text in crowd.truth.items())]

    result = resolved(answers, probes=crowd.truth)

    assert labels_of(result) == crowd.truth
    assert all(row.confidence == 1 for row in result.decided)
    known = {row.worker: row.reliability for row in result.judged}
    assert known["expert"] == max(known.values())


def test_somebody_who_stops_half_way_does_not_cut_the_rest_off():
    whole = "one two three four five six seven eight nine ten"
    said = [whole.replace("nine", "mine"), whole.replace("seven", "heaven"), whole.replace("ten", "den")]
    said += ["one two three four", "one two three"]

    assert labels_of(resolved([Answer("t", f"w{n}", text) for n, text in enumerate(said)])) == {"t": whole}


def test_replay_buys_less_and_stays_within_its_bounds():
    crowd = heard_crowd(1, clips=60, per_clip=7)

    result = Transcription().replay(crowd.answers, How(seed=1), Buying(target=0.9, minimum=2, maximum=5))

    counts = np.unique([answer.task for answer in result.bought], return_counts=True)[1]
    assert 2 <= counts.min() <= counts.max() <= 5
    assert len(result.bought) < len(crowd.answers)


def test_silence_is_a_text_too():
    assert labels_of(resolved([Answer("t", f"w{n}", "") for n in range(3)])) == {"t": ""}


def test_a_text_without_end_is_refused_with_its_row():
    answers = [Answer("t", "v", "a word"), Answer("t", "w", "word " * 5001)]

    with pytest.raises(SetRefused, match=r"labels.csv, row 3: a text of 5001 words"):
        resolved(answers)
