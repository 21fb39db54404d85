"""Sets where people say which of two is better (pairwise), or put several in order (ranking).

A pair is the task `a|b`, its label the better of the two. A ranking's label is a JSON list, best first. A name means
the same thing in every task. Besides the tasks the things themselves are decided: each has a score.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from annotation.agreement.comparisons import Comparisons
from annotation.agreement.distance_alpha import distance_alpha, rounded
from annotation.agreement.judges import PAIR_METHODS, Judging
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.sets.numbering import numbered
from annotation.agreement.sets.rounds import collect_in_rounds
from annotation.agreement.sets.sureness import mended

UNINFORMATIVE, CONTRARY, ANSWERS = "uninformative", "contrary", 20
# Flagged is who tells less than this share of what the crowd does on average, and who says the contrary more often
# than not.
LEAST_SHARE = 0.2
LONGEST_RANKING = 200
# A thing's place is held against every other's, or against so many of them from first to last.
MOST_BESIDE = 1000
# A probe counts as so many comparisons.
WITNESS = 10.0

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One worker's pairs, better first, on one task: how often he said each, and what one saying is worth."""

    task: str
    worker: str
    pairs: Mapping[Pair, float]
    worth: float


@dataclass(frozen=True, slots=True)
class Scored:
    """What came out, by name."""

    things: dict[str, int]
    workers: list[str]
    judging: Judging

    def chance(self, pairs: Sequence[Pair]) -> list[float]:
        """That the first is the better, for each."""
        firsts = np.array([self.things[first] for first, _ in pairs], dtype=np.int64)
        seconds = np.array([self.things[second] for _, second in pairs], dtype=np.int64)
        return [float(chance) for chance in self.judging.scores.chance_above(firsts, seconds)]

    def ordered(self, names: Iterable[str]) -> list[str]:
        values = self.judging.scores.values
        return sorted(names, key=lambda name: (-round(float(values[self.things[name]]), 9), name))

    def ranked(self) -> list[Decided]:
        """Every thing with its score, best first; sure is how often it lies on the right side of another."""
        scores = self.judging.scores
        decided = []
        ordered = self.ordered(self.things)
        beside = [self.things[name] for name in ordered[:: len(ordered) // MOST_BESIDE + 1]]
        for name in ordered:
            place = self.things[name]
            others = np.array([other for other in beside if other != place], dtype=np.int64)
            above = scores.chance_above(np.full(len(others), place), others)
            sure = float(np.maximum(above, 1 - above).mean()) if len(others) else 1.0
            decided.append(Decided(name, f"{scores.values[place]:.10g}", sure))
        return decided


class Pairs:
    methods = tuple(PAIR_METHODS)

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        said = _votes(read_pair(answer, place) for place, answer in enumerate(answers))
        probes = [_probed(task, label) for task, label in sorted(how.probes.items())]
        found = _scored(said, probes, how)
        blind = self._decided(said, _scored(said, [], how)) if probes else []
        resolved = Resolved(
            self._decided(said, found),
            _judged(found, answers),
            ranked=found.ranked(),
            agreement=_agreement(said, how.seed, "kendall_u"),
        )
        return mended(resolved, blind, how, self.alike)

    def _decided(self, said: Sequence[Said], found: Scored) -> list[Decided]:
        decided = []
        for task, pair in dict(sorted((row.task, _written(row)) for row in said)).items():
            better, worse = found.ordered(pair)
            decided.append(Decided(task, better, found.chance([(better, worse)])[0]))
        return decided

    def alike(self, label: str, known: str) -> float:
        """Whether the better one was named."""
        return float(label == known)

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        for place, answer in enumerate(answers):
            read_pair(answer, place)
        return collect_in_rounds(answers, buying, how.seed, lambda bought: self.resolve(bought, how))


class Rankings:
    methods = tuple(PAIR_METHODS)

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        said = _last(read_ranking(answer, place) for place, answer in enumerate(answers))
        if how.probes:
            raise SetRefused("Rankings take no probes.")
        found = _scored(said, [], how)
        members: dict[str, set[str]] = defaultdict(set)
        for row in said:
            members[row.task].update(*row.pairs)
        decided = []
        for task, names in sorted(members.items()):
            order = found.ordered(names)
            sure = float(np.mean(found.chance(list(combinations(order, 2)))))
            decided.append(Decided(task, json.dumps(order, ensure_ascii=False), sure))
        return Resolved(
            decided, _judged(found, answers), ranked=found.ranked(), agreement=_agreement(said, how.seed, "kendall_tau")
        )

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        for place, answer in enumerate(answers):
            read_ranking(answer, place)
        return collect_in_rounds(answers, buying, how.seed, lambda bought: self.resolve(bought, how))


def read_pair(answer: Answer, place: int) -> Said:
    """A name may have a bar in it: the label says where the task is to be parted."""
    parts = {
        (answer.label, rest)
        for rest in (answer.task.removeprefix(f"{answer.label}|"), answer.task.removesuffix(f"|{answer.label}"))
        if rest != answer.task
    }
    if len(parts) != 1 or not answer.label:
        raise SetRefused.answer(place, f"{answer.label[:100]!r} is not one of the two things in {answer.task[:200]!r}.")
    [pair] = parts
    if pair[0] == pair[1] or not pair[1]:
        raise SetRefused.answer(place, f"{answer.task[:200]!r} does not name two different things.")
    return Said(answer.task, answer.worker, {pair: 1.0}, 1.0)


def read_ranking(answer: Answer, place: int) -> Said:
    try:
        names = json.loads(answer.label)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise SetRefused.answer(place, "a ranking is a JSON list of names, the best first.")
    if not 2 <= len(names) <= LONGEST_RANKING or len(set(names)) != len(names):
        raise SetRefused.answer(place, f"a ranking names 2 to {LONGEST_RANKING} different things.")
    # The pairs of a ranking hang together: all of them count as much as each thing compared with the one before it.
    return Said(answer.task, answer.worker, dict.fromkeys(combinations(names, 2), 1.0), 2 / len(names))


def _probed(task: str, label: str) -> Pair:
    try:
        said = read_pair(Answer(task, "", label), 0)
    except SetRefused as refusal:
        raise SetRefused(f"The probe {task[:200]!r} does not fit: {label[:100]!r} is not one of the two.") from refusal
    return next(iter(said.pairs))


def _votes(said: Iterable[Said]) -> list[Said]:
    """Asked about the same two things again, a worker says nothing new: his answers share one vote."""
    counted: dict[tuple[str, str], dict[Pair, float]] = defaultdict(lambda: defaultdict(float))
    for row in said:
        for pair, count in row.pairs.items():
            counted[(row.task, row.worker)][pair] += count
    return [
        Said(task, worker, {pair: count / sum(pairs.values()) for pair, count in sorted(pairs.items())}, 1.0)
        for (task, worker), pairs in sorted(counted.items())
    ]


def _last(said: Iterable[Said]) -> list[Said]:
    last = {(row.task, row.worker): row for row in said}
    return [last[key] for key in sorted(last)]


def _written(row: Said) -> Pair:
    first, second = next(iter(row.pairs))
    return (first, second)


def _scored(said: Sequence[Said], probes: Sequence[Pair], how: How) -> Scored:
    if how.method not in PAIR_METHODS:
        raise SetRefused(f"No method is called {how.method!r}.")
    told = {pair for row in said for pair in row.pairs}
    things = numbered(name for pair in told for name in pair)
    workers = numbered(row.worker for row in said)
    rows = [
        (things[first], things[second], workers[row.worker], share, row.worth)
        for row in said
        for (first, second), share in row.pairs.items()
    ]
    # What is known is said by a witness of its own, who is believed as soon as he is heard.
    rows += [
        (things[first], things[second], len(workers), 1.0, WITNESS)
        for first, second in probes
        if first in things and second in things
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    ids = table[:, :3].astype(np.int64)
    # A pair that was said both ways is two rows, each with its part of the vote.
    comparisons = Comparisons(
        ids[:, 0],
        ids[:, 1],
        ids[:, 2],
        np.ones(len(table)),
        table[:, 3] * table[:, 4],
        len(things),
        len(workers) + 1,
    )
    return Scored(things, list(workers), PAIR_METHODS[how.method](comparisons))


def _judged(found: Scored, answers: Sequence[Answer]) -> list[Judged]:
    counts: dict[str, int] = defaultdict(int)
    for answer in answers:
        counts[answer.worker] += 1
    faith = found.judging.faith[: len(found.workers)]
    told = (2 * faith - 1) ** 2
    typical = float(np.average(told, weights=[counts[worker] for worker in found.workers]))
    judged = []
    for place, worker in enumerate(found.workers):
        is_known = counts[worker] >= ANSWERS
        flags = (
            (UNINFORMATIVE, is_known and told[place] < LEAST_SHARE * typical),
            (CONTRARY, is_known and faith[place] < 0.5 and told[place] >= LEAST_SHARE * typical),
        )
        judged.append(
            Judged(
                worker,
                float(faith[place]),
                counts[worker],
                tuple(word for word, holds in flags if holds),
                {"keenness": float(found.judging.keenness[place])},
            )
        )
    return judged


def _agreement(said: Sequence[Said], seed: int, name: str) -> dict[str, float | Sequence[float]]:
    """How often two workers put the same two things in the same order, beyond a coin's one half."""
    tasks: dict[tuple[str, Pair], list[float]] = defaultdict(list)
    for row in said:
        seen: dict[Pair, float] = defaultdict(float)
        for (first, second), share in row.pairs.items():
            key = (min(first, second), max(first, second))
            seen[key] += share if key[0] == first else 0.0
        for key, share in seen.items():
            tasks[(row.task, key)].append(share)
    within, answers = [], []
    for _, shares in sorted(tasks.items()):
        size, total = len(shares), sum(shares)
        if size > 1:
            apart = 2 * (total * (size - total) - sum(share * (1 - share) for share in shares))
            within.append(apart / (size * (size - 1)))
            answers.append(float(size))
    alpha = distance_alpha(np.array(within), np.array(answers), 0.5, seed=seed) if within else None
    return {name: rounded(alpha)} if alpha else {}
