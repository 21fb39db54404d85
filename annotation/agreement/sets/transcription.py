"""Sets where every answer is a text: what was said, or what stands in a picture."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from annotation.agreement.alignment import Sequence32, alignments, distances
from annotation.agreement.distance_alpha import distance_alpha, rounded
from annotation.agreement.lattice import Phrase
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.sets.rounds import collect_in_rounds
from annotation.agreement.sets.sureness import mended
from annotation.agreement.transcript_errors import Transcripts
from annotation.agreement.transcripts import Consensus, nearest, vote_weights, voted
from annotation.agreement.votes import Floats
from annotation.agreement.words import Word, read_words, write_words

LONGEST_TEXT = 5000  # words
LONGEST_WORD = 50  # letters that are compared
# The word of workers.csv for somebody who gets less than this share right of what others get right …
UNINFORMATIVE = "uninformative"
LEAST_SHARE = 0.2
# … after so many transcripts.
ANSWERS = 5
STRANGERS = 5000  # pairs of texts of different tasks, for what agreement by chance is


@dataclass(frozen=True, slots=True)
class Table:
    tasks: list[str]
    workers: list[str]
    vocabulary: list[str]
    texts: list[str]
    spoken: list[list[Word]]
    given: Transcripts

    def letters(self, phrase: Phrase) -> Sequence32:
        text = " ".join(self.vocabulary[word][:LONGEST_WORD] for word in phrase)
        return np.array([ord(letter) for letter in text], dtype=np.int32)


class Transcription:
    methods = ("auto", "nearest")

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        resolved = _resolved(tabulate(answers, how), how)
        if not how.probes:
            return resolved
        unknown = replace(how, probes={})
        return mended(resolved, _resolved(tabulate(answers, unknown), unknown).decided, how, self.alike)

    def alike(self, label: str, known: str) -> float:
        """The share of words that are right, which is what the confidence expects."""
        said, right = ([word.key for word in read_words(text)] for text in (label, known))
        place = {key: number for number, key in enumerate(sorted({*said, *right}))}
        one, other = (np.array([place[key] for key in words], dtype=np.int32) for words in (said, right))
        return max(0.0, 1 - float(distances([one], [other])[0]) / max(len(right), 1))

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        last = list({(answer.task, answer.worker): answer for answer in answers}.values())
        return collect_in_rounds(last, buying, how.seed, lambda bought: self.resolve(bought, how))


def tabulate(answers: Sequence[Answer], how: How) -> Table:
    """Of several texts by one worker for one task the last one counts."""
    last = {(answer.task, answer.worker): position for position, answer in enumerate(answers)}
    rows = [last[pair] for pair in sorted(last)]
    spoken = [_read(answers[row].label, row) for row in rows]
    tasks = sorted({answer.task for answer in answers})
    workers = sorted({answer.worker for answer in answers})
    known = {task: read_words(text) for task, text in sorted(how.probes.items()) if task in set(tasks)}
    vocabulary = sorted({word.key for words in [*spoken, *known.values()] for word in words})
    place = {key: number for number, key in enumerate(vocabulary)}
    task_place, worker_place = ({name: number for number, name in enumerate(names)} for names in (tasks, workers))

    def numbers(words: Sequence[Word]) -> Sequence32:
        return np.array([place[word.key] for word in words], dtype=np.int32)

    return Table(
        tasks,
        workers,
        vocabulary,
        [answers[row].label.strip() for row in rows],
        spoken,
        Transcripts(
            np.array([task_place[answers[row].task] for row in rows]),
            np.array([worker_place[answers[row].worker] for row in rows]),
            [numbers(words) for words in spoken],
            len(tasks),
            len(workers),
            {task_place[task]: numbers(words) for task, words in known.items()},
        ),
    )


def _read(text: str, row: int) -> list[Word]:
    words = read_words(text)
    if len(words) > LONGEST_TEXT:
        raise SetRefused.answer(row, f"a text of {len(words)} words is longer than {LONGEST_TEXT}.")
    return words


def _resolved(table: Table, how: How) -> Resolved:
    if how.method not in Transcription.methods:
        raise SetRefused(f"No method is called {how.method!r}.")
    consensus = nearest(table.given) if how.method == "nearest" else voted(table.given, table.letters)
    weights = vote_weights(consensus.errors.answers)
    texts = _texts(table, consensus, weights)
    decided = [
        Decided(task, how.probes.get(task, texts[number]), float(np.clip(1 - consensus.expected[number], 0, 1)))
        for number, task in enumerate(table.tasks)
    ]
    return Resolved(decided, _judged(table, consensus), agreement=_agreement(table, consensus))


def _texts(table: Table, consensus: Consensus, weights: Floats) -> list[str]:
    """As somebody wrote it, if anybody wrote just these words: whose writing is the most usual, word by word. Else
    every word as most wrote it."""
    same: list[list[int]] = [[] for _ in table.tasks]
    forms: list[dict[int, Counter[Word]]] = [defaultdict(Counter) for _ in table.tasks]
    rows, drafts = [], []
    for row, task in enumerate(table.given.tasks.tolist()):
        draft = consensus.words[task]
        if draft is not None:
            rows.append(row)
            drafts.append(draft)
            if np.array_equal(draft, table.given.words[row]):
                same[task].append(row)
    opposite = alignments([table.given.words[row] for row in rows], drafts)
    for row, draft, places in zip(rows, drafts, opposite, strict=True):
        task = int(table.given.tasks[row])
        for word, place in zip(table.spoken[row], places.tolist(), strict=True):
            if place >= 0 and table.vocabulary[int(draft[place])] == word.key:
                forms[task][place][word] += round(float(weights[row]) * 1e6)
    return [
        min((-_usual(table.spoken[row], forms[task]), table.texts[row]) for row in same[task])[1]
        if same[task]
        else _assembled(table, consensus.words[task], forms[task])
        for task in range(len(table.tasks))
    ]


def _usual(words: Sequence[Word], forms: dict[int, Counter[Word]]) -> int:
    return sum(forms[place][word] for place, word in enumerate(words))


def _assembled(table: Table, draft: Sequence32 | None, forms: dict[int, Counter[Word]]) -> str:
    keys = [] if draft is None else draft.tolist()
    return write_words(
        [
            min(forms[place], key=lambda word: (-forms[place][word], word))
            if forms.get(place)
            else Word(table.vocabulary[key], table.vocabulary[key])
            for place, key in enumerate(keys)
        ]
    )


def _judged(table: Table, consensus: Consensus) -> list[Judged]:
    right = 1 - consensus.errors.workers
    answers = np.bincount(table.given.workers, minlength=len(table.workers))
    typical = float(np.average(right, weights=np.maximum(answers, 1e-9)))
    return [
        Judged(
            worker,
            float(right[number]),
            int(answers[number]),
            (UNINFORMATIVE,) if right[number] < LEAST_SHARE * typical and answers[number] >= ANSWERS else (),
        )
        for number, worker in enumerate(table.workers)
    ]


def _agreement(table: Table, consensus: Consensus) -> dict[str, float | Sequence[float]]:
    """Krippendorff's alpha for the share of words in which two texts differ, and that share itself."""
    given, pairs = table.given, consensus.pairs
    longer = np.maximum(np.maximum(given.lengths[pairs.first], given.lengths[pairs.second]), 1)
    share = pairs.apart / longer
    counts = np.bincount(given.tasks, minlength=given.n_tasks).astype(np.float64)
    of_task = given.tasks[pairs.first]
    per_task = np.bincount(of_task, share, given.n_tasks) / np.maximum(counts * (counts - 1) / 2, 1)
    by_chance = _by_chance(table)
    alpha = distance_alpha(per_task, counts, by_chance) if by_chance > 0 else None
    return {
        "krippendorff_alpha_words": rounded(alpha),
        "pairwise_word_error_rate": round(float(pairs.apart.sum() / max(longer.sum(), 1)), 4),
    }


def _by_chance(table: Table) -> float:
    """The mean difference of texts that have nothing to do with one another."""
    given = table.given
    # Sorted by what they say: neither the order of the rows nor anybody's name decides who is drawn.
    rows = np.array(sorted(range(len(given.words)), key=lambda row: given.words[row].tolist()))
    rng = np.random.default_rng(0)
    one, other = rows[rng.integers(0, len(rows), STRANGERS)], rows[rng.integers(0, len(rows), STRANGERS)]
    strange = given.tasks[one] != given.tasks[other]
    one, other = one[strange].tolist(), other[strange].tolist()
    if not one:
        return float("nan")
    apart = distances([given.words[row] for row in one], [given.words[row] for row in other])
    longer = np.maximum(np.maximum(given.lengths[one], given.lengths[other]), 1)
    return float((apart / longer).mean())
