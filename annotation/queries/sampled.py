"""Answers of a sample of a project's items: what figures are taken from that would else have to read all."""

from typing import Any
from uuid import UUID

from django.db import connection

from annotation.models import Answer

SAMPLED_ITEMS = 2_000
COUNTING = (Answer.State.PENDING, Answer.State.ACCEPTED)

SampledAnswer = tuple[int, int, dict[str, Any]]  # item, annotator, value


def sampled_items(project_id: UUID) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, {"project": project_id, "most": SAMPLED_ITEMS})
        return [row[0] for row in cursor.fetchall()]


def answers_of_items(items: list[int]) -> list[SampledAnswer]:
    answers = Answer.objects.filter(item__in=items, state__in=COUNTING).order_by()
    return list(answers.values_list("item_id", "user_id", "value"))


# Spread evenly by a hash of the id, the same items every time; only those that two people answered say anything.
_SAMPLE = """
SELECT id FROM annotation_item
 WHERE project_id = %(project)s AND answered >= 2 AND NOT is_gold
 ORDER BY hashint8(id) LIMIT %(most)s
"""
