"""The queue: one statement picks items for an annotator, takes a place on each and lends them.

docs/algorithms/queue.md explains every step; the names of the steps below are the names used there.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from annotation.queries.leases import PAYLOAD_COLUMNS, PAYLOAD_JOINS, LeasePayload, read_payload
from lib.ids import new_id

# How many free items one statement may look at. It bounds the time of a draw whatever the person has done before.
WINDOW = 2_000
# Items another draw is just locking are passed over; so there must be more candidates than wanted items.
SPARE_CANDIDATES = 40
# Where the least sure item comes first, chance decides so often (in percent): what nobody can agree on would else be
# all that anybody sees, and a newcomer would only be compared with others on the hardest items.
BY_TURNS_PERCENT = 10

_dice = secrets.SystemRandom()


@dataclass(frozen=True)
class Draw:
    """What one run of the statement found."""

    is_current: bool  # False: another draw of this person came first; nothing was done
    leases: tuple[LeasePayload, ...] = ()
    is_barren: bool = False  # a whole lap over the project's free items found nothing for this person


@dataclass(frozen=True)
class Wanted:
    """How many leases of each sort to take: reworks come first, then gold by lot, then the next free items."""

    total: int
    fresh: int
    gold_percent: int

    def gold(self) -> int:
        return sum(_dice.randrange(100) < self.gold_percent for _each in range(self.fresh))


def draw(
    *,
    project_id: UUID,
    user_id: int,
    progress_id: int,
    leases_drawn: int,
    wanted: Wanted,
    is_manual: bool,
    is_adaptive: bool = False,
) -> Draw:
    """Run the statement once. `leases_drawn` is what the caller's decision was based on: when it has moved, nothing
    is drawn and the caller decides again."""
    parameters: dict[str, Any] = {
        "project": project_id,
        "user": user_id,
        "progress": progress_id,
        "drawn": leases_drawn,
        "total": wanted.total,
        "fresh": wanted.fresh,
        "gold": wanted.gold(),
        "window": WINDOW,
        "candidates": wanted.fresh + SPARE_CANDIDATES,
        "keep": settings.HARD_ITEM_WAIT_SECONDS,
        "ids": [str(new_id()) for _each in range(wanted.total)],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[is_manual, is_adaptive and _dice.randrange(100) >= BY_TURNS_PERCENT], parameters)
        return _read(cursor.fetchall())


def _read(rows: list[tuple[Any, ...]]) -> Draw:
    """A row per lease, or one without a lease; none when the progress had moved."""
    if not rows:
        return Draw(is_current=False)
    is_barren, lease_id = rows[0][:2]
    leases = tuple(read_payload(*row[1:]) for row in rows) if lease_id else ()
    return Draw(is_current=True, leases=leases, is_barren=is_barren)


# A person's whole history with an item is one probe of a partial unique index. Two tricks keep the planner at that:
# a scalar subquery, where for NOT EXISTS it may hash all the person's assignments first; and IS NOT NULL, which it
# believes to be true of nearly all rows, so that it reads the index in order instead of sorting every free item.
_NOT_SEEN = """
    nullif(coalesce((SELECT true FROM annotation_assignment seen
                      WHERE seen.item_id = {item} AND seen.user_id = %(user)s
                        AND seen.state IN ('leased', 'submitted', 'skipped') AND NOT seen.is_rework LIMIT 1), false),
           true) IS NOT NULL
"""

# A further place on an unsure item waits a while for those whose answers tell more (docs/algorithms/adaptive.md). For
# them the first condition is false once and for all, and nothing is looked up.
_NOT_KEPT = """
    AND nullif(coalesce((SELECT r.asked_at > now() - %(keep)s * interval '1 second' FROM annotation_resolution r
                          WHERE (SELECT is_doubtful FROM me) AND r.item_id = f.id), false), true) IS NOT NULL
"""

_FREE_AUTOMATIC = """
    SELECT i.id, i.position FROM annotation_item i
     WHERE i.project_id = (SELECT id FROM job) AND i.state = 'open' AND NOT i.is_gold AND i.taken < i.places
       AND i.position >= (SELECT cursor FROM me)
     ORDER BY i.position LIMIT %(window)s
"""

_FREE_MANUAL = """
    SELECT i.id, i.position FROM annotation_itemtarget t JOIN annotation_item i ON i.id = t.item_id
     WHERE t.user_id = %(user)s AND i.project_id = (SELECT id FROM job)
       AND i.state = 'open' AND NOT i.is_gold AND i.taken < i.places
       AND i.position >= (SELECT cursor FROM me)
     ORDER BY i.position LIMIT %(window)s
"""

_GOLD_TARGETED = """
    AND EXISTS (SELECT 1 FROM annotation_itemtarget t WHERE t.item_id = i.id AND t.user_id = %(user)s)
"""

# The free items are read as far as the candidates need them, in a subquery and not a step of its own: so the planner
# knows that it wants few of them soon, and reads the index in order instead of sorting. `lap` reads the whole window
# again when its candidates were too few and none was passed over: only then does the cursor move beyond it.
_DRAW = """
WITH me AS MATERIALIZED (
    SELECT id, cursor, lap_draws, is_doubtful FROM annotation_annotatorprogress
     WHERE id = %(progress)s AND leases_drawn = %(drawn)s
       FOR NO KEY UPDATE
), job AS MATERIALIZED (
    SELECT p.id, p.price_minor, p.schema_version_id, p.lease_seconds, p.review_period_seconds,
           CASE WHEN p.state = 'open' THEN %(fresh)s ELSE 0 END AS fresh
      FROM annotation_project p, me
     WHERE p.id = %(project)s AND p.state IN ('open', 'paused', 'closing')
), rework AS MATERIALIZED (
    SELECT a.item_id, a.price_minor, coalesce(first.review_period_seconds, job.review_period_seconds) AS review_seconds
      FROM job, annotation_answer a JOIN annotation_assignment first ON first.id = a.assignment_id
     WHERE a.user_id = %(user)s AND a.project_id = job.id AND a.state = 'returned'
       AND (a.review_due_at IS NULL OR a.review_due_at > now())
       AND (SELECT l.id FROM annotation_assignment l WHERE l.item_id = a.item_id AND l.user_id = %(user)s
               AND l.state = 'leased' AND l.is_rework LIMIT 1) IS NULL
     ORDER BY a.decided_at LIMIT %(total)s
), gold AS MATERIALIZED (
    SELECT i.id AS item_id FROM annotation_item i
     WHERE %(gold)s > 0 AND i.project_id = (SELECT id FROM job) AND i.is_gold
       AND i.state <> 'hidden' AND i.taken < i.places {gold_targeted}
       AND (SELECT seen.id FROM annotation_assignment seen
             WHERE seen.item_id = i.id AND seen.user_id = %(user)s LIMIT 1) IS NULL
     ORDER BY random()
     LIMIT (SELECT greatest(0, least(%(gold)s, job.fresh, %(total)s - (SELECT count(*) FROM rework))) FROM job)
       FOR NO KEY UPDATE OF i SKIP LOCKED
), want AS MATERIALIZED (
    SELECT greatest(0, least(job.fresh, %(total)s - (SELECT count(*) FROM rework)) - (SELECT count(*) FROM gold)) AS n
      FROM job
), candidate AS MATERIALIZED (
    SELECT f.id FROM ({free}) f WHERE {not_seen} {not_kept} LIMIT %(candidates)s
), picked AS MATERIALIZED (
    SELECT i.id AS item_id, i.position FROM annotation_item i
     WHERE (SELECT n FROM want) > 0 AND i.id = ANY (ARRAY(SELECT id FROM candidate))
       AND i.state = 'open' AND NOT i.is_gold AND i.taken < i.places
     ORDER BY {order} LIMIT (SELECT n FROM want)
       FOR NO KEY UPDATE SKIP LOCKED
), offered AS MATERIALIZED (
    SELECT o.*, row_number() OVER (ORDER BY o.is_rework DESC, random()) AS k
      FROM (SELECT item_id, price_minor, review_seconds, true AS is_rework FROM rework
            UNION ALL SELECT gold.item_id, job.price_minor, job.review_period_seconds, false FROM gold, job
            UNION ALL SELECT picked.item_id, job.price_minor, job.review_period_seconds, false FROM picked, job) o
), lent AS (
    INSERT INTO annotation_assignment (id, project_id, item_id, user_id, schema_version_id, state, number, price_minor,
                                       review_period_seconds, is_rework, leased_at, expires_at, skip_reason, skip_note)
    SELECT (%(ids)s::uuid[])[offered.k], job.id, offered.item_id, %(user)s, job.schema_version_id, 'leased',
           %(drawn)s + offered.k, offered.price_minor, offered.review_seconds, offered.is_rework, now(),
           now() + job.lease_seconds * interval '1 second', '', ''
      FROM offered, job
    RETURNING *
), placed AS (
    UPDATE annotation_item i SET taken = i.taken + 1 FROM offered WHERE i.id = offered.item_id AND NOT offered.is_rework
), counts AS MATERIALIZED (
    SELECT want.n AS wanted, found.picked, found.last,
           CASE WHEN want.n > 0 AND found.picked < want.n THEN (SELECT count(*) FROM candidate) END AS candidates
      FROM want, (SELECT count(*) AS picked, max(position) AS last FROM picked) found
), lap AS MATERIALIZED (
    SELECT c.picked,
           CASE WHEN c.candidates = c.picked
                THEN (SELECT count(*) < %(window)s FROM ({free}) f) ELSE false END AS is_over,
           CASE WHEN c.wanted > 0 AND c.candidates IS NULL THEN c.last + 1
                WHEN c.candidates = c.picked THEN (SELECT max(f.position) + 1 FROM ({free}) f) END AS next
      FROM counts c
), moved AS (
    UPDATE annotation_annotatorprogress p
       SET leases_drawn = p.leases_drawn + (SELECT count(*) FROM offered),
           cursor = CASE WHEN lap.is_over THEN 0 ELSE coalesce(lap.next, me.cursor) END,
           lap_draws = CASE WHEN lap.is_over THEN 0 ELSE me.lap_draws + lap.picked END
      FROM me, lap
     WHERE p.id = me.id
    RETURNING lap.is_over AND me.lap_draws + lap.picked = 0 AS is_barren
)
SELECT moved.is_barren, {columns} FROM moved LEFT JOIN lent l ON true {joins} ORDER BY l.number
"""


# What an answer is expected to tell grows with the doubt about its item, whoever gives it: for one person the order of
# the items by doubt is the order by expected information (docs/algorithms/adaptive.md).
_IN_TURN = "i.position"
_LEAST_SURE_FIRST = """
    (SELECT r.confidence FROM annotation_resolution r WHERE r.item_id = i.id) NULLS FIRST, i.position
"""


def _statement(*, free: str, gold_targeted: str, order: str, not_kept: str) -> str:
    return _DRAW.format(
        free=free, gold_targeted=gold_targeted, not_seen=_NOT_SEEN.format(item="f.id"), not_kept=not_kept, order=order,
        columns=PAYLOAD_COLUMNS, joins=PAYLOAD_JOINS,
    )  # fmt: skip


# By (is manual, the least sure first).
_STATEMENTS = {
    (is_manual, by_doubt): _statement(
        free=_FREE_MANUAL if is_manual else _FREE_AUTOMATIC,
        gold_targeted=_GOLD_TARGETED if is_manual else "",
        order=_LEAST_SURE_FIRST if by_doubt else _IN_TURN,
        not_kept=_NOT_KEPT if by_doubt else "",
    )
    for is_manual in (False, True)
    for by_doubt in (False, True)
}
