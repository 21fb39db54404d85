"""Invented crowds that mark spans or write down speech, with the truth: what the methods' constants were checked on.

They break the models' assumptions on purpose: some spans and words are hard for everybody, errors at one place are
alike, some people stop half way, some write anything.
"""

from dataclasses import dataclass

import numpy as np

from annotation.agreement.sets.contract import Answer
from annotation.agreement.votes import Floats, Ints

TYPES = ("LOC", "MISC", "ORG", "PER")
Spans = list[tuple[int, int, str]]
# A span with how hard it is to see, and the type that it is taken for.
Seen = tuple[int, int, str, float, str]


@dataclass(frozen=True, slots=True)
class MarkedCrowd:
    answers: list[Answer]
    truth: dict[str, Spans]


def marked_crowd(seed: int, *, texts: int = 150, people: int = 40, per_text: int = 5, n_types: int = 4) -> MarkedCrowd:
    rng = np.random.default_rng(seed)
    types = TYPES[:n_types]
    shares = rng.dirichlet(np.full(n_types, 2.0))
    finds, invents = rng.beta(4, 2, people), rng.beta(1, 40, people)
    cuts, confuses = rng.beta(1, 9, people), rng.beta(1.5, 9, people)
    finds[rng.random(people) < 0.1] *= 0.2
    activity = rng.pareto(1.2, people) + 0.3
    answers, truth = [], {}
    for text in range(texts):
        length = int(rng.integers(20, 120))
        spans = _true_spans(rng, length, types, shares)
        truth[f"t{text:04}"] = [(first, last, type_) for first, last, type_, *_ in spans]
        for person in rng.choice(people, per_text, replace=False, p=activity / activity.sum()).tolist():
            end = length if rng.random() > 0.1 else int(rng.integers(0, length))
            marked = [
                _as_seen(rng, span, length, types, cuts[person], confuses[person])
                for span in spans
                if span[0] < end and rng.random() < finds[person] ** (0.3 + span[3])
            ]
            for first in np.flatnonzero(rng.random(length) < invents[person] * 0.3).tolist():
                marked.append((first, min(length, first + int(rng.integers(1, 3))), str(rng.choice(types))))
            label = str([list(span) for span in sorted(set(marked))]).replace("'", '"')
            answers.append(Answer(f"t{text:04}", f"w{person:03}", label, {"tokens": str(length)}))
    return MarkedCrowd(answers, truth)


def _true_spans(
    rng: np.random.Generator, length: int, types: tuple[str, ...], shares: Floats
) -> list[tuple[int, int, str, float, str]]:
    """With how hard each is to see, and the type that it is taken for."""
    spans, at = [], int(rng.geometric(0.1))
    while at < length:
        last = min(length, at + int(rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1])))
        spans.append((at, last, str(rng.choice(types, p=shares)), float(rng.gamma(1.5, 0.6)), str(rng.choice(types))))
        at = last + int(rng.geometric(0.1))
    return spans


def _as_seen(
    rng: np.random.Generator,
    span: Seen,
    length: int,
    types: tuple[str, ...],
    cuts: float,
    confuses: float,
) -> tuple[int, int, str]:
    first, last, type_, hard, tempting = span
    if rng.random() < cuts:
        first, last = (first, max(first + 1, last - 1)) if rng.random() < 0.5 else (first, min(length, last + 1))
    if rng.random() < min(0.9, confuses * (0.5 + hard)):
        type_ = tempting if rng.random() < 0.7 else str(rng.choice(types))
    return first, last, type_


@dataclass(frozen=True, slots=True)
class HeardCrowd:
    answers: list[Answer]
    truth: dict[str, str]


def heard_crowd(seed: int, *, clips: int = 300, people: int = 60, per_clip: int = 6, noise: float = 1.0) -> HeardCrowd:
    """A language of 3,000 invented words, some far commoner, each liking some followers; people who mishear."""
    rng = np.random.default_rng(seed)
    words = _vocabulary(rng, 3000)
    common = 1 / np.arange(2, 3002)
    common /= common.sum()
    likes = rng.choice(3000, (3000, 4), p=common)
    errs = np.clip(noise * rng.beta(1.2, 9, people), 0.0, 0.9)
    errs[rng.random(people) < 0.08] = 0.7
    activity = rng.pareto(1.2, people) + 0.3
    answers, truth = [], {}
    for clip in range(clips):
        line = _line(rng, int(rng.integers(4, 30)), common, likes)
        truth[f"c{clip:04}"] = " ".join(words[word] for word in line)
        hard = rng.gamma(0.5, 2.0, len(line))
        heard_as = [[_misheard(rng, words, word) for _ in range(2)] for word in line.tolist()]
        for person in rng.choice(people, per_clip, replace=False, p=activity / activity.sum()).tolist():
            text = _heard(rng, words, line, hard, heard_as, float(errs[person]))
            answers.append(Answer(f"c{clip:04}", f"w{person:03}", text))
    return HeardCrowd(answers, truth)


def _vocabulary(rng: np.random.Generator, size: int) -> list[str]:
    starts, vowels, ends = list("bcdfghjklmnprstvwz"), list("aeiou"), ["", "", "n", "r", "s", "t", "l"]
    words: dict[str, None] = {}
    while len(words) < size:
        count = int(rng.choice([1, 2, 3], p=[0.3, 0.45, 0.25]))
        words["".join(str(rng.choice(part)) for _ in range(count) for part in (starts, vowels, ends))] = None
    return list(words)


def _line(rng: np.random.Generator, length: int, common: Floats, likes: Ints) -> Ints:
    line = [int(rng.choice(len(common), p=common))]
    while len(line) < length:
        follows = rng.random() < 0.6
        line.append(int(rng.choice(likes[line[-1]])) if follows else int(rng.choice(len(common), p=common)))
    return np.array(line)


def _misheard(rng: np.random.Generator, words: list[str], word: int) -> str:
    """A real word half of the time, else a misspelling, sometimes in two."""
    if rng.random() < 0.5:
        start = words[word][:1]
        return next((other for other in rng.permutation(words)[:200].tolist() if other.startswith(start)), words[0])
    letters = list(words[word])
    letters[int(rng.integers(len(letters)))] = str(rng.choice(list("aeioustrn")))
    if len(letters) > 4 and rng.random() < 0.3:
        letters.insert(len(letters) // 2, " ")
    return "".join(letters)


def _heard(
    rng: np.random.Generator, words: list[str], line: Ints, hard: Floats, heard_as: list[list[str]], errs: float
) -> str:
    end = len(line) if rng.random() > 0.04 else int(rng.integers(0, len(line)))
    said = []
    for place in range(end):
        word = words[int(line[place])]
        if rng.random() < min(0.95, errs * (0.2 + hard[place])):
            how = rng.random()
            if how < 0.25:
                continue
            if how < 0.7:
                word = heard_as[place][int(rng.random() < 0.3)]
            elif how < 0.85:
                word = _misheard(rng, words, int(line[place]))
            else:
                word = f"{word} {words[int(rng.integers(200))]}"
        said.append(word)
    return " ".join(said)
