"""How far a project's annotators agree, on a sample of its items that does not grow with the project."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from annotation.agreement.coefficients import krippendorff_alpha
from annotation.agreement.votes import Votes
from annotation.kinds.schema import schema_for
from annotation.models import Project
from annotation.queries.sampled import SAMPLED_ITEMS, answers_of_items, sampled_items

SECONDS = 300


@dataclass(frozen=True)
class FieldAgreement:
    """Krippendorff's alpha of one question with its 95 % interval, and what it was taken from."""

    name: str
    titles: dict[str, str]
    alpha: float
    low: float
    high: float
    items: int
    answers: int

    @property
    def is_sampled(self) -> bool:
        return self.items >= SAMPLED_ITEMS


def agreement_of(project: Project) -> list[FieldAgreement]:
    """One row per question that two people answered on some item. Kept for some minutes: it is a sample anyway."""
    name = f"annotation:agreement:{project.pk}"
    found: list[FieldAgreement] | None = cache.get(name)
    if found is None:
        found = _measure(project)
        cache.set(name, found, SECONDS)
    return found


def _measure(project: Project) -> list[FieldAgreement]:
    version = project.schema_version
    if version is None:
        return []
    schema = schema_for(version.pk, version.schema)
    answers = answers_of_items(sampled_items(project.pk))
    rows = []
    for field in schema.fields:
        votes = _votes([(item, user, field.plain(value.get(field.name))) for item, user, value in answers
                        if field.is_shown(value)])  # fmt: skip
        alpha = krippendorff_alpha(votes, draws=500) if votes else None
        if alpha is not None:
            at = alpha.interval
            titles = dict(field.titles)
            rows.append(FieldAgreement(field.name, titles, at.estimate, at.low, at.high, alpha.items, alpha.answers))
    return rows


def _votes(rows: list[tuple[int, int, Any]]) -> Votes | None:
    """Each distinct plain label is a class: of several choices, the same set is the same answer."""
    classes: dict[str, int] = {}
    numbers: dict[str, dict[int, int]] = defaultdict(dict)
    items, annotators, labels = [], [], []
    for item, user, plain in rows:
        items.append(numbers["items"].setdefault(item, len(numbers["items"])))
        annotators.append(numbers["users"].setdefault(user, len(numbers["users"])))
        labels.append(classes.setdefault(repr(plain), len(classes)))
    if not items:
        return None
    return Votes(
        items,  # type: ignore[arg-type]
        annotators,  # type: ignore[arg-type]
        labels,  # type: ignore[arg-type]
        n_items=len(numbers["items"]),
        n_annotators=len(numbers["users"]),
        n_classes=max(2, len(classes)),
    )
