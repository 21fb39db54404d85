"""Acceptance 2 for spans and transcripts: recorded crowds, and invented ones with the same measures."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import process_time
from typing import Any

import numpy as np

from annotation.agreement.alignment import distances
from annotation.agreement.sets.contract import Answer, How, Resolved, SetKind
from annotation.agreement.sets.files import read_answers
from annotation.agreement.sets.spans import Spans
from annotation.agreement.sets.transcription import Transcription
from bench.quality.crowds import folder, names
from bench.quality.text_crowds import heard_crowd, marked_crowd

LEAST_F1 = {"ner_val": 0.76}
MOST_WORD_ERRORS = {"speech_dev_clean": 0.0655, "speech_dev_other": 0.126}
FIRST_SEED, SEEDS = 500, 5
NOT_WORDS = re.compile(r"[^\w\s]")

Truth = Mapping[str, str]
Scores = dict[str, float]


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    for name in names("spans", sets):
        for figures in _each_method(Spans(), read_answers(folder() / name), gold_of(name), strict_f1):
            least = LEAST_F1.get(name) if figures["method"] == "auto" else None
            yield {"set": name, **figures, "within_budget": least is None or figures["f1"] >= least}
    for name in names("transcription", sets):
        answers, gold = read_answers(folder() / name), gold_of(name)
        for figures in _each_method(Transcription(), answers, gold, word_errors):
            most = MOST_WORD_ERRORS.get(name) if figures["method"] == "auto" else None
            yield {"set": name, **figures, "within_budget": most is None or figures["mean_wer"] <= most}
        yield {"set": name, "method": "oracle", "mean_wer": round(oracle(answers, gold), 4)}
    if not sets:
        yield from _invented()


def _invented() -> Iterator[dict[str, Any]]:
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        marked, heard = marked_crowd(seed), heard_crowd(seed)
        spans = {task: json.dumps(found) for task, found in marked.truth.items()}
        for figures in _each_method(Spans(), marked.answers, spans, strict_f1):
            yield {"set": f"invented spans {seed}", **figures}
        for figures in _each_method(Transcription(), heard.answers, heard.truth, word_errors):
            yield {"set": f"invented speech {seed}", **figures}


def _each_method(
    kind: SetKind, answers: Sequence[Answer], truth: Truth, score: Callable[[Resolved, Truth], Scores]
) -> Iterator[dict[str, Any]]:
    for method in kind.methods:
        start = process_time()
        resolved = kind.resolve(answers, How(method))
        seconds = process_time() - start
        sure = float(np.mean([row.confidence for row in resolved.decided]))
        yield {
            "method": method,
            **score(resolved, truth),
            "mean_confidence": round(sure, 4),
            "agreement": dict(resolved.agreement),
            "cpu_s": round(seconds, 2),
        }


def gold_of(name: str) -> dict[str, str]:
    with (folder() / name / "gold.csv").open(newline="", encoding="utf-8") as file:
        return {row["task"]: row["label"] for row in csv.DictReader(file)}


def strict_f1(resolved: Resolved, truth: Truth) -> Scores:
    """Both ends and the type must be right; over all texts together."""
    both = given = there = 0
    for row in resolved.decided:
        if row.task in truth:
            found = {tuple(span) for span in json.loads(row.label)}
            right = {tuple(span) for span in json.loads(truth[row.task])}
            both, given, there = both + len(found & right), given + len(found), there + len(right)
    return {
        "precision": round(both / max(given, 1), 4),
        "recall": round(both / max(there, 1), 4),
        "f1": round(2 * both / max(given + there, 1), 4),
    }


def word_errors(resolved: Resolved, truth: Truth) -> Scores:
    """Lower-cased, without punctuation; the mean over tasks and over words, and how many are just right."""
    rows = [row for row in resolved.decided if row.task in truth]
    wrong, words = _apart([row.label for row in rows], [truth[row.task] for row in rows])
    return {
        "mean_wer": round(float((wrong / words).mean()), 4),
        "wer": round(float(wrong.sum() / words.sum()), 4),
        "exact": round(float((wrong == 0).mean()), 4),
    }


def oracle(answers: Sequence[Answer], truth: Truth) -> float:
    """The mean word error rate of each task's best existing text."""
    known = [answer for answer in answers if answer.task in truth]
    wrong, words = _apart([answer.label for answer in known], [truth[answer.task] for answer in known])
    best: dict[str, float] = {}
    for answer, rate in zip(known, (wrong / words).tolist(), strict=True):
        best[answer.task] = min(rate, best.get(answer.task, rate))
    return float(np.mean(list(best.values())))


def _apart(given: Sequence[str], right: Sequence[str]) -> tuple[Any, Any]:
    vocabulary: dict[str, int] = {}

    def numbers(text: str) -> Any:
        words = NOT_WORDS.sub("", text.lower()).split()
        return np.array([vocabulary.setdefault(word, len(vocabulary)) for word in words], dtype=np.int32)

    truth = [numbers(text) for text in right]
    return distances([numbers(text) for text in given], truth), np.maximum([len(each) for each in truth], 1)
