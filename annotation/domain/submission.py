"""An answer on its way in: one statement that reads all a decision needs, one that writes all of its effects."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from annotation.models import Assignment, Project
from lib.prepared import Prepared


@dataclass(frozen=True)
class Situation:
    """A lease as its holder submits it, with what was answered already."""

    lease_id: UUID
    lease_state: str
    expires_at: datetime
    is_rework: bool
    item_id: int
    project_id: UUID
    project_state: str
    version_id: int
    version: int
    schema: dict[str, Any]
    gold_value: Any
    is_gold: bool
    # The lease that really holds the item, when the same person has leased it again since.
    live_lease_id: UUID | None
    answer_state: str | None
    repeated: "Submitted | None"

    @property
    def is_live(self) -> bool:
        return self.lease_state == Assignment.State.LEASED

    @property
    def is_project_closed(self) -> bool:
        return self.project_state == Project.State.CLOSED


@dataclass(frozen=True)
class Submitted:
    """What the caller is told, the first time and every time he asks again with the same key."""

    answer_id: UUID
    state: str
    value: Any
    item_id: int
    project_id: UUID
    answers: int
    earned_minor: int
    pending_minor: int
    is_repeat: bool = True


@dataclass(frozen=True)
class NewAnswer:
    """The content of a submission after it was found valid."""

    id: UUID
    lease_id: UUID
    user_id: int
    key: UUID
    value: dict[str, Any]
    lead_ms: int
    active_ms: int
    client: dict[str, Any]
    is_gold_right: bool | None
    may_be_late: bool


def read_situation(*, lease_id: UUID, user_id: int, key: UUID) -> tuple[Situation | None, Submitted | None]:
    """The lease (None when it is not this person's) and what this key has brought in before."""
    with connection.cursor() as cursor:
        _READ.execute(cursor, {"lease": lease_id, "user": user_id, "key": key})
        row = cursor.fetchone()
    repeated = _submitted(row[14:]) if row[14] else None
    if row[0] is None:
        return None, repeated
    situation = Situation(
        lease_id=row[0],
        lease_state=row[1],
        expires_at=row[2],
        is_rework=row[3],
        item_id=row[4],
        project_id=row[5],
        project_state=row[6],
        version_id=row[7],
        version=row[8],
        schema=json.loads(row[9]),
        gold_value=json.loads(row[10]) if row[10] else None,
        is_gold=row[11],
        live_lease_id=row[12],
        answer_state=row[13],
        repeated=repeated,
    )
    return situation, repeated


def write_answer(answer: NewAnswer) -> Submitted | None:
    """Write everything or nothing; None when the place is gone, or another call has just used this lease."""
    parameters: dict[str, Any] = {
        "id": answer.id,
        "lease": answer.lease_id,
        "user": answer.user_id,
        "key": answer.key,
        "value": json.dumps(answer.value),
        "lead": answer.lead_ms,
        "active": answer.active_ms,
        "client": json.dumps(answer.client),
        "gold": 0 if answer.is_gold_right is None else 1,
        "right": 1 if answer.is_gold_right else 0,
        "late": answer.may_be_late,
    }
    with connection.cursor() as cursor:
        _WRITE.execute(cursor, parameters)
        row = cursor.fetchone()
    return _submitted(row, is_repeat=False) if row else None


def _submitted(row: tuple[Any, ...], *, is_repeat: bool = True) -> Submitted:
    answer_id, state, value, item_id, project_id, price, answers, accepted, rejected = row
    return Submitted(
        answer_id=answer_id,
        state=state,
        value=json.loads(value),
        item_id=item_id,
        project_id=project_id,
        answers=answers,
        # A project's price never changes once it is funded, so the counters tell the money whatever their size.
        earned_minor=accepted * int(price),
        pending_minor=(answers - accepted - rejected) * int(price),
        is_repeat=is_repeat,
    )


# One row always: a lease that is not there must not hide what the key has brought in.
_READ = Prepared(
    "read_situation",
    """
SELECT l.id, l.state, l.expires_at, l.is_rework, l.item_id, l.project_id, p.state, s.id, s.number, s.schema,
       g.value, g.item_id IS NOT NULL, live.id, mine.state,
       same.id, same.state, same.value, same.item_id, same.project_id, same.price_minor,
       progress.answers, progress.accepted, progress.rejected
  FROM (SELECT 1) AS one
  LEFT JOIN annotation_assignment l ON l.id = %(lease)s AND l.user_id = %(user)s
  LEFT JOIN annotation_project p ON p.id = l.project_id
  LEFT JOIN annotation_schemaversion s ON s.id = l.schema_version_id
  LEFT JOIN annotation_goldanswer g ON g.item_id = l.item_id
  LEFT JOIN annotation_assignment live ON live.item_id = l.item_id AND live.user_id = l.user_id
       AND live.state = 'leased' AND live.is_rework = l.is_rework
  LEFT JOIN annotation_answer mine ON mine.item_id = l.item_id AND mine.user_id = l.user_id
  LEFT JOIN annotation_answer same ON same.user_id = %(user)s AND same.key = %(key)s
  LEFT JOIN annotation_annotatorprogress progress ON progress.user_id = %(user)s
       AND progress.project_id = same.project_id
""",
    lease="uuid", user="bigint", key="uuid",
)  # fmt: skip

# The review period is the shorter of what was promised with the lease and what holds now; `least` passes over nulls.
# A lease that ran out or was released takes its place again, if it is free: `placed` decides under the item's lock.
# The unique constraints of answers decide between two leases of one person on one item, or two uses of one key.
_WRITE = Prepared(
    "write_answer",
    """
WITH lease AS MATERIALIZED (
    SELECT l.*, least(l.review_period_seconds, p.review_period_seconds) AS review_seconds
      FROM annotation_assignment l JOIN annotation_project p ON p.id = l.project_id
     WHERE l.id = %(lease)s AND l.user_id = %(user)s
       AND (l.state = 'leased' OR (%(late)s AND l.state IN ('expired', 'released')
                                   AND (p.state IN ('open', 'paused') OR (p.state = 'closing' AND l.is_rework))))
       FOR NO KEY UPDATE OF l
), placed AS (
    UPDATE annotation_item i
       SET answered = i.answered + 1, taken = i.taken + CASE WHEN lease.state = 'leased' THEN 0 ELSE 1 END
      FROM lease
     WHERE i.id = lease.item_id AND NOT lease.is_rework
       AND (lease.state = 'leased' OR (i.state = 'open' AND i.taken < i.places))
    RETURNING i.id
), fresh AS (
    INSERT INTO annotation_answer (id, project_id, item_id, user_id, assignment_id, schema_version_id, key, value,
                                   revision, state, price_minor, lead_ms, active_ms, client, was_late, is_accrued,
                                   is_counted, review_due_at, created_at)
    SELECT %(id)s, lease.project_id, lease.item_id, %(user)s, lease.id, lease.schema_version_id, %(key)s,
           %(value)s::jsonb, 1, 'pending', lease.price_minor, %(lead)s, %(active)s, %(client)s::jsonb,
           lease.expires_at < now(), false, false,
           now() + lease.review_seconds * interval '1 second', now()
      FROM lease JOIN placed ON placed.id = lease.item_id
    RETURNING id, price_minor
), earlier AS MATERIALIZED (
    SELECT a.id, a.revision, a.value, a.price_minor FROM annotation_answer a, lease
     WHERE lease.is_rework AND a.item_id = lease.item_id AND a.user_id = %(user)s AND a.state = 'returned'
       FOR NO KEY UPDATE OF a
), kept AS (
    INSERT INTO annotation_answerrevision (answer_id, number, value, created_at)
    SELECT id, revision, value, now() FROM earlier
), redone AS (
    UPDATE annotation_answer a
       SET value = %(value)s::jsonb, revision = earlier.revision + 1, state = 'pending', key = %(key)s,
           lead_ms = least(a.lead_ms::bigint + %(lead)s, 2147483647),
           active_ms = least(a.active_ms::bigint + %(active)s, 2147483647), client = %(client)s::jsonb,
           is_counted = false, decided_at = NULL, schema_version_id = lease.schema_version_id,
           review_due_at = now() + lease.review_seconds * interval '1 second'
      FROM earlier, lease WHERE a.id = earlier.id
    RETURNING a.id, a.price_minor
), done AS MATERIALIZED (
    SELECT id, price_minor, 1 AS is_new FROM fresh UNION ALL SELECT id, price_minor, 0 FROM redone
), ended AS (
    UPDATE annotation_assignment l SET state = 'submitted', ended_at = now(), draft = NULL
      FROM lease, done WHERE l.id = lease.id
), counted AS (
    UPDATE annotation_annotatorprogress p
       SET answers = p.answers + done.is_new, gold_seen = p.gold_seen + %(gold)s * done.is_new,
           gold_right = p.gold_right + %(right)s * done.is_new
      FROM lease, done WHERE p.project_id = lease.project_id AND p.user_id = %(user)s
    RETURNING p.answers, p.accepted, p.rejected
)
SELECT done.id, 'pending', %(value)s, lease.item_id, lease.project_id, done.price_minor,
       counted.answers, counted.accepted, counted.rejected
  FROM done, lease, counted
""",
    id="uuid", lease="uuid", user="bigint", key="uuid", value="text", lead="bigint", active="bigint", client="text",
    gold="int", right="int", late="boolean",
)  # fmt: skip
