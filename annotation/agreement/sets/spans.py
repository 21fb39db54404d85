"""Sets where every answer is a list of spans: [[first token, last token exclusive, type], …]."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from annotation.agreement.distance_alpha import distance_alpha, rounded
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.sets.rounds import collect_in_rounds
from annotation.agreement.sets.sureness import mended
from annotation.agreement.span_choice import choose_spans, confidences
from annotation.agreement.span_vote import vote_spans
from annotation.agreement.spans import Marked, SpanFit, fit_spans
from annotation.agreement.tags import Span, number_of_tags, tags_of, types_of_tags, without_overlaps
from annotation.agreement.votes import Floats, Ints

MOST_TOKENS = 100_000
MOST_TYPES = 100
MOST_CELLS = 60_000_000  # tokens × tags
# The word of workers.csv for somebody whose F1 is below this share of what others reach …
UNINFORMATIVE = "uninformative"
LEAST_SHARE = 0.2
# … where so many spans were to be found.
SPANS = 20.0

Plain = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Table:
    tasks: list[str]
    workers: list[str]
    types: list[str]
    marked: Marked


class Spans:
    methods = ("auto", "vote")

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        if how.method not in self.methods:
            raise SetRefused(f"No method is called {how.method!r}.")
        resolved = _resolved(tabulate(answers, how), how.method)
        if not how.probes:
            return resolved
        blind = _resolved(tabulate(answers, replace(how, probes={})), how.method)
        return mended(resolved, blind.decided, how, self.alike)

    def alike(self, label: str, known: str) -> float:
        """Strict F1, which is what the confidence expects."""
        said, right = (set(_parsed(text)) for text in (label, known))
        return 2 * len(said & right) / (len(said) + len(right)) if said or right else 1.0

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        last = list({(answer.task, answer.worker): answer for answer in answers}.values())
        return collect_in_rounds(last, buying, how.seed, lambda bought: self.resolve(bought, how))


def tabulate(answers: Sequence[Answer], how: How) -> Table:
    """Of several answers by one worker to one task the last one counts; of spans that overlap the longest stays."""
    read = [_read(answer.label, position) for position, answer in enumerate(answers)]
    last = {(answer.task, answer.worker): position for position, answer in enumerate(answers)}
    rows = [last[pair] for pair in sorted(last)]
    tasks = sorted({answer.task for answer in answers})
    workers = sorted({answer.worker for answer in answers})
    known = {task: _read_probe(task, label) for task, label in sorted(how.probes.items()) if task in set(tasks)}
    types = sorted({span[2] for spans in [*read, *known.values()] for span in spans}) or [""]
    if len(types) > MOST_TYPES:
        raise SetRefused(f"labels.csv has {len(types)} types of spans; {MOST_TYPES} are the most.")
    lengths = _lengths(answers, read, known)
    if sum(lengths.values()) * number_of_tags(len(types)) > MOST_CELLS:
        raise SetRefused(f"labels.csv has {sum(lengths.values())} tokens with {len(types)} types: too many to hold.")
    task_place, worker_place, type_place = (
        {name: number for number, name in enumerate(names)} for names in (tasks, workers, types)
    )

    def spans(plain: Sequence[Plain]) -> list[Span]:
        return without_overlaps(Span(first, end, type_place[type_]) for first, end, type_ in plain)

    return Table(
        tasks,
        workers,
        types,
        Marked(
            np.array([task_place[answers[row].task] for row in rows]),
            np.array([worker_place[answers[row].worker] for row in rows]),
            [spans(read[row]) for row in rows],
            np.array([lengths[task] for task in tasks]),
            len(workers),
            len(types),
            {task_place[task]: spans(plain) for task, plain in known.items()},
        ),
    )


def _read(label: str, position: int) -> list[Plain]:
    try:
        return _parsed(label)
    except SetRefused as refusal:
        raise SetRefused.answer(position, str(refusal)) from refusal


def _read_probe(task: str, label: str) -> list[Plain]:
    try:
        return _parsed(label)
    except SetRefused as refusal:
        raise SetRefused(f"The probe of task {task!r}: {refusal}") from refusal


def _parsed(label: str) -> list[Plain]:
    try:
        found = json.loads(label)
    except (ValueError, RecursionError) as error:
        raise SetRefused(f"the label is not JSON: {label[:60]!r}.") from error
    if not isinstance(found, list):
        raise SetRefused(f"the label must be a list of [first, last, type], not {label[:60]!r}.")
    return [_span(each) for each in found]


def _span(found: Any) -> Plain:
    if not isinstance(found, list) or len(found) != 3:
        raise SetRefused(f"a span must be [first, last, type], not {json.dumps(found)[:60]}.")
    first, last, type_ = found
    is_whole = all(isinstance(each, int) and not isinstance(each, bool) for each in (first, last))
    if not is_whole or not isinstance(type_, str) or not type_ or not type_.isprintable():
        raise SetRefused(f"a span is two whole numbers and a word, not {json.dumps(found)[:60]}.")
    if not 0 <= first < last <= MOST_TOKENS:
        raise SetRefused(f"a span must begin at 0 or later, end after that, and by {MOST_TOKENS}: [{first}, {last}].")
    return first, last, type_


def _lengths(
    answers: Sequence[Answer], read: Sequence[Sequence[Plain]], known: dict[str, list[Plain]]
) -> dict[str, int]:
    """Tokens of every task: as the column `tokens` has it; without such a column, up to the last span's end."""
    lengths: dict[str, int] = {}
    for position, (answer, spans) in enumerate(zip(answers, read, strict=True)):
        end = max((span[1] for span in spans), default=0)
        if "tokens" not in answer.more:
            lengths[answer.task] = max(lengths.get(answer.task, 0), end)
            continue
        tokens = _tokens(answer.more["tokens"], position)
        if lengths.setdefault(answer.task, tokens) != tokens:
            raise SetRefused.answer(position, f"task {answer.task!r} had {lengths[answer.task]} tokens before.")
        if end > tokens:
            raise SetRefused.answer(position, f"a span ends at {end}, but the text has {tokens} tokens.")
    for task, spans in known.items():
        end = max((span[1] for span in spans), default=0)
        if end > lengths[task] and any("tokens" in answer.more for answer in answers):
            raise SetRefused(f"A known span of task {task!r} ends at {end}; the text has {lengths[task]} tokens.")
        lengths[task] = max(lengths[task], end)
    return lengths


def _tokens(written: str | None, position: int) -> int:
    if (
        written is None
        or not (written.isascii() and written.isdigit())
        or len(written) > 9
        or int(written) > MOST_TOKENS
    ):
        raise SetRefused.answer(
            position, f"tokens must be a whole number up to {MOST_TOKENS}, not {(written or '')[:20]!r}."
        )
    return int(written)


def _resolved(table: Table, method: str) -> Resolved:
    fit = vote_spans(table.marked) if method == "vote" else fit_spans(table.marked)
    chosen = np.arange(len(fit.candidates.chances))
    if method == "auto":
        chosen, _ = choose_spans(fit.candidates, float(fit.expected.sum()))
    sure = confidences(fit.candidates, chosen, fit.expected)
    labels: dict[int, list[list[Any]]] = defaultdict(list)
    for place in chosen.tolist():
        spans = fit.candidates
        plain = [int(spans.firsts[place]), int(spans.lasts[place]), table.types[int(spans.types[place])]]
        labels[int(spans.texts[place])].append(plain)
    decided = [
        Decided(task, json.dumps(sorted(labels[number]), ensure_ascii=False), float(sure[number]))
        for number, task in enumerate(table.tasks)
    ]
    return Resolved(decided, _judged(table, fit), agreement=_agreement(table.marked))


def _judged(table: Table, fit: SpanFit) -> list[Judged]:
    answers = np.bincount(table.marked.workers, minlength=len(table.workers))
    return [
        Judged(
            worker,
            float(np.clip(fit.reliability[number], 0, 1)),
            int(answers[number]),
            (UNINFORMATIVE,)
            if fit.there[number] >= SPANS and fit.reliability[number] < LEAST_SHARE * fit.crowd_f1
            else (),
        )
        for number, worker in enumerate(table.workers)
    ]


def _agreement(marked: Marked) -> dict[str, float | Sequence[float]]:
    """Krippendorff's alpha of the tokens' types, and the strict F1 of two workers about one text."""
    per_text: dict[int, list[int]] = defaultdict(list)
    for answer, text in enumerate(marked.texts.tolist()):
        per_text[text].append(answer)
    both = common = 0
    for rows in per_text.values():
        for one, other in combinations(rows, 2):
            both += len(marked.spans[one]) + len(marked.spans[other])
            common += len(set(marked.spans[one]) & set(marked.spans[other]))
    return {
        "krippendorff_alpha_tokens": rounded(_token_alpha(marked, per_text)),
        "pairwise_strict_f1": round(2 * common / both, 4) if both else 1.0,
    }


def _token_alpha(marked: Marked, per_text: dict[int, list[int]]) -> Any:
    """Texts are drawn for the interval, and not tokens: neighbours are not independent."""
    types = types_of_tags(marked.n_types) + 1
    classes = np.zeros(marked.n_types + 1)
    within, weights = np.zeros(len(marked.lengths)), np.zeros(len(marked.lengths))
    for text, rows in per_text.items():
        length = int(marked.lengths[text])
        if len(rows) < 2 or not length:
            continue
        counts = _class_counts(marked, rows, length, types)
        classes += counts.sum(axis=0)
        agreeing = (counts * (counts - 1)).sum(axis=1) / (len(rows) * (len(rows) - 1))
        within[text], weights[text] = 1 - float(agreeing.mean()), len(rows) * length
    total = classes.sum()
    if total < 2:
        return None
    expected = 1 - float((classes * (classes - 1)).sum() / (total * (total - 1)))
    return distance_alpha(within, weights, expected)


def _class_counts(marked: Marked, rows: Sequence[int], length: int, types: Ints) -> Floats:
    counts = np.zeros((length, marked.n_types + 1))
    for row in rows:
        counts[np.arange(length), types[tags_of(marked.spans[row], length)]] += 1
    return counts
