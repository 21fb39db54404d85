"""Accepting many answers at once: the same two statements for one answer and for thousands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from annotation.models import Project
from lib.ids import new_id


@dataclass(frozen=True)
class Accepted:
    """What one chunk did. `found` counts what could have been accepted; another worker may have held some of it."""

    found: int
    accepted: int


def accept_due(*, limit: int) -> Accepted:
    """Accept answers whose review period is over, the oldest deadline first."""
    return _accept(_DUE, {"limit": limit, "actor": None})


def accept_of_project(project: Project, *, actor_id: int, not_of: Sequence[int], limit: int) -> Accepted:
    """Accept what waits in a project, but nobody's work in `not_of`."""
    return _accept(
        _OF_PROJECT, {"limit": limit, "actor": actor_id, "project": project.pk, "not_of": [actor_id, *not_of]}
    )


@transaction.atomic
def _accept(statement: str, parameters: dict[str, Any]) -> Accepted:
    parameters["ids"] = [str(new_id()) for _each in range(parameters["limit"])]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found, accepted, items = cursor.fetchone()
        if items:
            cursor.execute(_FINISH_ITEMS, {"items": items})
    return Accepted(found, accepted)


# Items first, in the order of their ids, then answers: the order of locks.py. What a reviewer or another worker holds
# at this moment silence passes over, and finds again at its next run; a client who accepts everything waits for it.
_ACCEPT = """
WITH due AS MATERIALIZED (
    SELECT a.id, a.item_id FROM annotation_answer a
     WHERE a.state = 'pending' AND {condition} ORDER BY {order} LIMIT %(limit)s
), held AS MATERIALIZED (
    SELECT i.id FROM annotation_item i WHERE i.id IN (SELECT item_id FROM due)
     ORDER BY i.id FOR NO KEY UPDATE {passing}
), mine AS MATERIALIZED (
    SELECT a.id, a.project_id, a.item_id, a.user_id, a.revision FROM annotation_answer a
     WHERE a.id IN (SELECT due.id FROM due JOIN held ON held.id = due.item_id) AND a.state = 'pending' AND {condition}
     ORDER BY a.id FOR NO KEY UPDATE {passing}
), judged AS (
    INSERT INTO annotation_verdict (id, answer_id, revision, decision, reason, evidence, decided_by_id, price_minor,
                                    is_accrued, created_at)
    SELECT (%(ids)s::uuid[])[row_number() OVER (ORDER BY id)], id, revision, 'accepted', '', '', %(actor)s, 0, false,
           now()
      FROM mine
), accepted AS (
    UPDATE annotation_answer a SET state = 'accepted', decided_at = now() FROM mine WHERE a.id = mine.id
), per_person AS MATERIALIZED (
    SELECT project_id, user_id, count(*) AS n FROM mine GROUP BY project_id, user_id
), records AS MATERIALIZED (
    SELECT p.id, n FROM annotation_annotatorprogress p JOIN per_person USING (project_id, user_id)
     ORDER BY p.id FOR NO KEY UPDATE OF p
), counted AS (
    UPDATE annotation_annotatorprogress p SET accepted = p.accepted + records.n FROM records WHERE p.id = records.id
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM mine), (SELECT array_agg(DISTINCT item_id) FROM mine)
"""
_DUE = _ACCEPT.format(condition="a.review_due_at <= now()", order="a.review_due_at", passing="SKIP LOCKED")
_OF_PROJECT = _ACCEPT.format(
    condition="a.project_id = %(project)s AND a.user_id <> ALL (%(not_of)s)", order="a.item_id, a.id", passing=""
)

# A statement of its own, so that it sees the answers as the first has left them.
_FINISH_ITEMS = """
UPDATE annotation_item i SET state = 'done'
 WHERE i.id = ANY (%(items)s) AND i.state = 'open' AND i.answered >= i.places
   AND NOT EXISTS (SELECT 1 FROM annotation_answer a WHERE a.item_id = i.id AND a.state IN ('pending', 'returned'))
   AND NOT EXISTS (SELECT 1 FROM annotation_appeal p JOIN annotation_answer a ON a.id = p.answer_id
                    WHERE a.item_id = i.id AND p.state IN ('held', 'open', 'appealed', 'upheld', 'escalated'))
"""


def finish_item(item_id: int) -> None:
    """An item with all its answers accepted is done, unless a rejection may yet be overturned. The caller holds it."""
    finish_items([item_id])


def finish_items(item_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FINISH_ITEMS, {"items": item_ids})
