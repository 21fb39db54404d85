"""Returned answers that nobody does again."""

from django.conf import settings
from django.db import connection, transaction

CHUNK = 2_000


def lapse_returned(*, limit: int = CHUNK) -> int:
    """End the wait for answers that were returned and not done again in time; the number of answers.

    That is a rejection like any other: its author may appeal, and only then is the place somebody else's
    (domain/appeals.py). The verdict that returned the answer says why it did not count as it was.
    """
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LAPSE, {"limit": limit, "period": settings.APPEAL_PERIOD_SECONDS})
            found, lapsed = cursor.fetchone()
        total += lapsed
        if found < limit or not lapsed:
            return total


# A live lease on the answer means that its author is at it.
_LAPSE = """
WITH due AS MATERIALIZED (
    SELECT a.id, a.item_id FROM annotation_answer a
     WHERE a.state = 'returned' AND a.review_due_at <= now()
       AND NOT EXISTS (SELECT 1 FROM annotation_assignment l
                        WHERE l.item_id = a.item_id AND l.user_id = a.user_id AND l.state = 'leased' AND l.is_rework)
     ORDER BY a.review_due_at LIMIT %(limit)s
), held AS MATERIALIZED (
    SELECT i.id FROM annotation_item i WHERE i.id IN (SELECT item_id FROM due)
     ORDER BY i.id FOR NO KEY UPDATE SKIP LOCKED
), mine AS MATERIALIZED (
    SELECT a.id, a.project_id, a.user_id, v.id AS verdict_id
      FROM annotation_answer a JOIN annotation_verdict v ON v.answer_id = a.id AND v.revision = a.revision
     WHERE a.id IN (SELECT due.id FROM due JOIN held ON held.id = due.item_id) AND a.state = 'returned'
     ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED
), lapsed AS (
    UPDATE annotation_answer a SET state = 'rejected', decided_at = now() FROM mine WHERE a.id = mine.id
), objectable AS (
    INSERT INTO annotation_appeal (answer_id, verdict_id, project_id, user_id, state, due_at, period_seconds,
                                   created_at)
    SELECT mine.id, mine.verdict_id, mine.project_id, mine.user_id, 'open',
           now() + coalesce(p.appeal_period_seconds, %(period)s) * interval '1 second',
           coalesce(p.appeal_period_seconds, %(period)s), now()
      FROM mine JOIN annotation_project p ON p.id = mine.project_id
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM mine)
"""
