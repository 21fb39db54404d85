"""How far a project is, as shown beside every item: counted from its annotators, kept in the cache for seconds."""

from typing import Any, TypedDict
from uuid import UUID

from django.core.cache import cache
from django.db.models import F, Sum

from annotation.models import AnnotatorProgress, Project

SECONDS = 10


class ProjectFigures(TypedDict):
    done: int
    total: int
    token: dict[str, Any]


def project_figures(project_id: UUID) -> ProjectFigures:
    """Answers given and wanted, and the token they are paid in. `done` may be SECONDS old.

    It is summed over people, not items, and leaves out gold: the same price at ten items and at ten million.
    """
    name = f"annotation:figures:{project_id}"
    found = cache.get(name)
    if found is None:
        found = _count(project_id)
        cache.set(name, found, SECONDS)
    return found


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
