"""Measured figures of docs/algorithms/sequences.md, held. Gold only scores here; no method sees it."""

import os
from pathlib import Path

import pytest

from annotation.agreement.sets.contract import How
from annotation.agreement.sets.files import read_answers
from annotation.agreement.sets.spans import Spans
from annotation.agreement.sets.transcription import Transcription
from annotation.tests.agreement.votes_for_tests import DEFAULT_CROWD_DATA
from bench.quality.texts import gold_of, strict_f1, word_errors


def recorded(name):
    folder = Path(os.environ.get("FOGGARA_CROWD_DATA") or DEFAULT_CROWD_DATA) / name
    if not folder.is_dir():
        pytest.skip(f"real crowd data is absent: set FOGGARA_CROWD_DATA ({folder.name} not found)")
    return read_answers(folder), gold_of(name)


def test_spans_of_names_reach_their_documented_f1():
    answers, gold = recorded("ner_val")

    assert strict_f1(Spans().resolve(answers, How()), gold)["f1"] == pytest.approx(0.7714, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "errors"), [("speech_dev_clean", 0.0655), ("speech_dev_other", 0.126)])
def test_transcripts_of_speech_have_no_more_errors_than_promised(name, errors):
    answers, gold = recorded(name)

    assert word_errors(Transcription().resolve(answers, How()), gold)["mean_wer"] <= errors
