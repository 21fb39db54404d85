"""How far a project is, as shown beside every item: counted from its annotators, kept by the process for seconds."""

import time
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import F, Sum

from annotation.models import AnnotatorProgress, Project

SECONDS = 10
MOST_KEPT = 1_000
# In the process and not in Valkey: this is asked with every submission, and a trip costs more than it saves.
_kept: dict[UUID, tuple[float, "ProjectFigures"]] = {}


class ProjectFigures(TypedDict):
    done: int
    total: int
    token: dict[str, Any]


def project_figures(project_id: UUID) -> ProjectFigures:
    """Answers given and wanted, and the token they are paid in. `done` may be SECONDS old.

    It is summed over people, not items, and leaves out gold: the same price at ten items and at ten million.
    """
    now = time.monotonic()
    until, figures = _kept.get(project_id, (0.0, None))
    if figures is None or until < now:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        figures = _count(project_id)
        _kept[project_id] = (now + SECONDS, figures)
    return figures


def forget_figures() -> None:
    _kept.clear()


def answers_done(project_ids: list[UUID]) -> dict[UUID, int]:
    rows = (
        AnnotatorProgress.objects.filter(project__in=project_ids)
        .order_by()
        .values("project")
        .annotate(done=Sum(F("answers") - F("rejected") - F("gold_seen")))
    )
    return {row["project"]: max(0, row["done"]) for row in rows}


def _count(project_id: UUID) -> ProjectFigures:
    project = (
        Project.objects.select_related("token__chain")
        .annotate(done=Sum(F("annotators__answers") - F("annotators__rejected") - F("annotators__gold_seen")))
        .get(pk=project_id)
    )
    token = project.token
    total = project.items_total * project.overlap
    return {
        "done": min(max(0, project.done or 0), total),
        "total": total,
        "token": {
            "symbol": token.symbol, "decimals": token.decimals, "address": token.address,
            "chain_id": token.chain.chain_id,
        } if token else {},
    }  # fmt: skip
