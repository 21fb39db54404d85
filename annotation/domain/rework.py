"""Returned answers that nobody does again."""

from django.db import connection, transaction

CHUNK = 2_000


def lapse_returned(*, limit: int = CHUNK) -> int:
    """End the wait for answers that were returned and not done again in time; the number of answers.

    The place becomes free for somebody else. The verdict that returned the answer says why it did not count as it was.
    """
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LAPSE, {"limit": limit})
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
    SELECT a.id, a.project_id, a.item_id, a.user_id FROM annotation_answer a
     WHERE a.id IN (SELECT due.id FROM due JOIN held ON held.id = due.item_id) AND a.state = 'returned'
     ORDER BY a.id FOR NO KEY UPDATE SKIP LOCKED
), lapsed AS (
    UPDATE annotation_answer a SET state = 'rejected', decided_at = now() FROM mine WHERE a.id = mine.id
), per_item AS MATERIALIZED (
    SELECT item_id, count(*) AS n FROM mine GROUP BY item_id
), freed AS (
    UPDATE annotation_item i SET taken = i.taken - n, answered = i.answered - n
      FROM per_item WHERE i.id = per_item.item_id
), per_person AS MATERIALIZED (
    SELECT project_id, user_id, count(*) AS n FROM mine GROUP BY project_id, user_id
), records AS MATERIALIZED (
    SELECT p.id, n FROM annotation_annotatorprogress p JOIN per_person USING (project_id, user_id)
     ORDER BY p.id FOR NO KEY UPDATE OF p
), counted AS (
    UPDATE annotation_annotatorprogress p SET rejected = p.rejected + records.n FROM records WHERE p.id = records.id
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM mine)
"""
