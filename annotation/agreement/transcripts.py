"""One text from several: a draft that is rewritten, stretch by stretch, until no other reading is better.

It begins with the transcript nearest to the others (transcript_errors.py). Every round finds where the transcripts
differ from the draft (lattice.py), asks which reading is right (readings.py), and takes the one with the fewest
expected errors. docs/algorithms/sequences.md has the formulas, and whose they are.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.agreement.alignment import Sequence32, alignments
from annotation.agreement.lattice import Phrase, Stretch, rewritten, stretches
from annotation.agreement.readings import Channel, Language, Weighed, chances, learn_channel, weigh
from annotation.agreement.transcript_errors import (
    ErrorRates,
    Pairs,
    Transcripts,
    error_rates,
    medoids,
    pairs_within_tasks,
)
from annotation.agreement.votes import UNKNOWN, Floats, Ints

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Consensus:
    """`words[t]` is the text of task t, or nothing where there are no answers; `expected` its share of wrong words."""

    words: Sequence[Sequence32 | None]
    expected: Floats
    errors: ErrorRates
    pairs: Pairs


def nearest(given: Transcripts) -> Consensus:
    """For each task the existing transcript that lies nearest to the others, who count by their reliability."""
    pairs = pairs_within_tasks(given)
    errors = error_rates(given, pairs)
    chosen = medoids(given, pairs, vote_weights(errors.answers))
    words = [None if row == UNKNOWN else given.words[row] for row in chosen.tolist()]
    expected = np.where(chosen == UNKNOWN, 1.0, errors.answers[np.maximum(chosen, 0)])
    return _with_known(given, Consensus(words, expected, errors, pairs))


def voted(given: Transcripts, letters: Callable[[Phrase], Sequence32]) -> Consensus:
    """The text that is rewritten until it stands."""
    begun = nearest(given)
    work = _Work(given, begun, letters)
    for _ in range(ROUNDS):
        if not work.rewrite():
            break
    return _with_known(given, Consensus(work.drafts, work.expected_shares(), begun.errors, begun.pairs))


def vote_weights(errors: Floats, alike: float = Channel().alike) -> Floats:
    """What one vote tells, in nats; never less than next to nothing."""
    weights: Floats = np.maximum(np.log1p(-errors) - np.log(errors) - np.log(alike), 1e-3)
    return weights


def _with_known(given: Transcripts, consensus: Consensus) -> Consensus:
    words, expected = list(consensus.words), consensus.expected.copy()
    for task, known in given.known.items():
        words[task], expected[task] = known, 0.0
    return Consensus(words, expected, consensus.errors, consensus.pairs)


class _Work:
    def __init__(self, given: Transcripts, begun: Consensus, letters: Callable[[Phrase], Sequence32]) -> None:
        self.given = given
        self.errors = begun.errors.answers
        self.letters = letters
        self.drafts = list(begun.words)
        self.rows = given.rows_per_task()
        self.language = Language(given.tasks, given.words)
        self.channel = Channel()
        self.open = {task for task, draft in enumerate(self.drafts) if draft is not None and task not in given.known}
        self.found: dict[int, list[tuple[Weighed, Floats]]] = defaultdict(list)

    def rewrite(self) -> bool:
        """One round over the tasks that changed in the last one; whether anything changed."""
        weighed = weigh(self._stretches(), self.letters)
        self._learn(weighed)
        for task in self.open:
            self.found.pop(task, None)
        chosen: dict[int, list[tuple[Stretch, Phrase]]] = defaultdict(list)
        for each in weighed:
            believed = chances(self._scores(each))
            self.found[each.stretch.task].append((each, believed))
            best = int(np.argmin(np.round(each.expected_errors(believed), 9)))
            chosen[each.stretch.task].append((each.stretch, each.stretch.readings[best]))
        changed = set()
        for task, phrases in chosen.items():
            draft = self.drafts[task]
            if draft is not None and any(phrase != stretch.readings[0] for stretch, phrase in phrases):
                self.drafts[task] = rewritten(draft, phrases)
                changed.add(task)
        self.open = changed
        return bool(changed)

    def _stretches(self) -> list[Stretch]:
        rows = [row for task in sorted(self.open) for row in self.rows[task].tolist()]
        drafts = [self.drafts[int(self.given.tasks[row])] for row in rows]
        opposite = alignments([self.given.words[row] for row in rows], [draft for draft in drafts if draft is not None])
        beside: dict[int, Ints] = dict(zip(rows, opposite, strict=True))
        found: list[Stretch] = []
        for task in sorted(self.open):
            draft = self.drafts[task]
            if draft is not None:
                mine = self.rows[task]
                found += stretches(task, draft, mine, self.given.words, beside)
        return found

    def _learn(self, weighed: Sequence[Weighed]) -> None:
        """What errors and the language are like, from all stretches as the votes alone decide them: in the first
        round, where all of them are at hand."""
        if self.found or not weighed:
            return
        for _ in range(3):
            believed = [chances(self._votes(each)) for each in weighed]
            self.channel = learn_channel(weighed, believed)
        self.language.learn(weighed, believed)

    def _votes(self, each: Weighed) -> Floats:
        return each.scores(vote_weights(self.errors, self.channel.alike), self.channel)

    def _scores(self, each: Weighed) -> Floats:
        return self._votes(each) + self.language.score(each.stretch)

    def expected_shares(self) -> Floats:
        """Expected wrong words per word of the text, as the stretches of the last look at each task have it."""
        shares = np.ones(self.given.n_tasks)
        for task, draft in enumerate(self.drafts):
            if draft is None:
                continue
            wrong = 0.0
            for each, believed in self.found.get(task, []):
                wrong += float(each.expected_errors(believed).min())
            rows = self.rows[task]
            # Where all agree all may still be wrong alike.
            everybody = float(np.exp(np.log(self.errors[rows]).sum() + (len(rows) - 1) * np.log(self.channel.alike)))
            shares[task] = min(1.0, wrong / max(len(draft), 1) + everybody)
        return shares
