"""How many answers an item may still get, where a project collects until it is sure. docs/algorithms/adaptive.md.

An item begins with the least number of places. While the answers to it leave it unsure it gets one place more at a
time, up to the project's overlap; once it is sure, places that nobody has taken are withdrawn. The escrow holds the
price of all of them from the start, so no place is ever without money; what stays unused goes back at the end.
"""

from collections.abc import Iterable

from django.db import connection, transaction

from annotation.domain.acceptance import finish_items
from annotation.domain.locks import hold_consensus
from annotation.models import Project, Resolution

BATCH = 1_000


def places_wanted(*, taken: int, is_sure: bool, is_waiting: bool, least: int, most: int) -> int:
    """`taken` places are leased or answered. While an answer is on its way (`is_waiting`) nobody else is asked: it may
    be the one that decides."""
    if is_sure:
        return taken
    return max(taken, least, min(taken if is_waiting else taken + 1, most))


def settle_marked_projects() -> int:
    """Where an estimate changed, or a place became free without one; the number of items with other places now."""
    marked = Resolution.objects.filter(is_settled=False).order_by().values("project")
    projects = Project.objects.filter(pk__in=marked, target_confidence__isnull=False).order_by("pk")
    return sum(settle_places(project) for project in projects)


def settle_places(project: Project) -> int:
    """Give every item whose estimate has changed the places that follow from it; the number of items that changed.

    Nothing is lost when a run ends early: an estimate that was not looked at is marked until it was.
    """
    changed, after = 0, 0
    while project.is_adaptive:
        items, more = _settle_batch(project, after)
        changed += more
        if len(items) < BATCH:
            break
        after = items[-1]
    return changed


def look_again(items: Iterable[int]) -> None:
    """A place of these items became free, or they are shown again: perhaps it is not needed. The caller holds them."""
    Resolution.objects.filter(item__in=items, project__target_confidence__isnull=False).update(is_settled=False)


@transaction.atomic
def _settle_batch(project: Project, after: int) -> tuple[list[int], int]:
    """The marked items behind `after`, and how many of them got other places."""
    # Whoever holds this row is the only one to write estimates: they stay as they are read here.
    if hold_consensus(project) is None:
        return [], 0
    rules = {"target": project.target_confidence, "least": project.least_overlap, "most": project.overlap}
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"project": project.pk, "after": after, "limit": BATCH})
        items = [row[0] for row in cursor.fetchall()]
        cursor.execute(_SETTLE, rules | {"items": items})
        changed = [row[0] for row in cursor.fetchall()]
    finish_items(changed)
    return items, len(changed)


# Items in the order of their ids, as everywhere. An answer that comes in meanwhile waits; then it finds its place, or
# is told that it is not needed any more.
_HOLD = """
SELECT i.id FROM annotation_resolution r JOIN annotation_item i ON i.id = r.item_id
 WHERE r.project_id = %(project)s AND NOT r.is_settled AND r.item_id > %(after)s
 ORDER BY i.id LIMIT %(limit)s FOR NO KEY UPDATE OF i
"""

# A statement of its own, so that it sees what happened before the items were held. `wanted` is places_wanted; a test
# holds the two together. Rejected answers keep their place until nobody can appeal, but nobody waits for them.
# A sure item stays marked while somebody holds a lease on it: should he give it back, its place is withdrawn too.
_SETTLE = """
WITH found AS MATERIALIZED (
    SELECT i.id, i.taken, i.answered, i.places,
           coalesce(r.confidence >= %(target)s AND r.answers >= %(least)s, false) AS is_sure,
           NOT i.is_gold AND i.state <> 'hidden' AND p.state IN ('open', 'paused') AS is_collecting,
           i.taken > i.answered OR EXISTS (
               SELECT 1 FROM annotation_answer a
                WHERE a.item_id = i.id
                  AND (a.state = 'returned' OR (a.state IN ('pending', 'accepted') AND NOT a.is_counted))
           ) AS is_waiting
      FROM annotation_item i JOIN annotation_resolution r ON r.item_id = i.id
      JOIN annotation_project p ON p.id = i.project_id
     WHERE i.id = ANY (%(items)s)
), wanted AS MATERIALIZED (
    SELECT id, CASE WHEN is_sure THEN taken
                    ELSE greatest(taken, %(least)s, least(CASE WHEN is_waiting THEN taken ELSE taken + 1 END, %(most)s))
                END AS places
      FROM found WHERE is_collecting
), settled AS (
    UPDATE annotation_resolution r
       SET is_settled = true,
           asked_at = CASE WHEN wanted.places > greatest(found.places, %(least)s) THEN now() ELSE r.asked_at END
      FROM found LEFT JOIN wanted ON wanted.id = found.id
     WHERE r.item_id = found.id AND NOT (found.is_collecting AND found.is_sure AND found.taken > found.answered)
)
UPDATE annotation_item i
   SET places = wanted.places,
       state = CASE WHEN i.state = 'done' AND wanted.places > i.answered THEN 'open' ELSE i.state END
  FROM wanted WHERE i.id = wanted.id AND i.places <> wanted.places
RETURNING i.id
"""
