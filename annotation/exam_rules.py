"""The arithmetic of exams. Pure; docs/algorithms/exams.md says it in words, with a table."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from math import comb
from typing import Any

from annotation.agreement.intervals import wilson
from annotation.kinds.schema import Schema

LONGEST_COOLDOWN = timedelta(days=30)
# A question is looked at once so many have met it for the first time, and surely more than half of them missed it.
TAKERS_BEFORE_SUSPICION = 10
MISSED_BY_MOST = 0.5
# Whoever clicks blindly may be paid at most so often, or an exam is a machine that gives money away.
MOST_BLIND_PAY = 0.1


def reaches(right: int, counted: int, mark: int) -> bool:
    """Whole numbers throughout: 7 of 9 are not 78 %. Where no question counts, nothing is reached."""
    return counted > 0 and 100 * right >= mark * counted


def wait_after(failures: int, cooldown_seconds: int) -> timedelta:
    """The cool-down, twice as long after each further failure."""
    if failures < 1:
        return timedelta()
    # Beyond that every cool-down is over the limit, and the number only grows.
    doubled = 2 ** min(failures - 1, 32)
    return min(timedelta(seconds=min(cooldown_seconds * doubled, 10**9)), LONGEST_COOLDOWN)


def is_suspect(takers: int, missed: int) -> bool:
    """Most people miss it, and that is no accident: the whole interval lies above a half."""
    return takers >= TAKERS_BEFORE_SUSPICION and wilson(missed, takers).low > MISSED_BY_MOST


def blind_chance(schema: Schema, answers: Sequence[Any], *, questions: int, mark: int) -> float:
    """How likely somebody who does not look reaches the mark, be it by chance or by always giving the commonest answer.

    At most: of the interface only the questions that are always asked count.
    """
    hit = 1.0
    for field in schema.fields:
        if field.when is None and field.required:
            hit /= max(1, field.space.size)
    counts = Counter(json.dumps(value, sort_keys=True) for value in answers)
    if counts:
        hit = max(hit, counts.most_common(1)[0][1] / len(answers))
    wanted = -(-mark * questions // 100)
    chances = (comb(questions, n) * hit**n * (1 - hit) ** (questions - n) for n in range(wanted, questions + 1))
    return min(1.0, sum(chances))
