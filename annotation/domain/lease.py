"""Leases: an annotator takes items, keeps them alive, gives them back; what nobody keeps alive is freed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotation.domain import locks
from annotation.domain.draw import Wanted, draw
from annotation.domain.hidden import hide_if_broken
from annotation.eligibility import Why, reasons_against, room_for_leases
from annotation.exceptions import AnnotationError
from annotation.models import AnnotatorProgress, Assignment, Project, SchemaVersion
from annotation.queries.leases import LeasePayload
from annotation.queries.standing import is_kept_from, project_with_standing, standing_of, with_places, with_standing

MAX_LEASES_A_CALL = 20
# A draw looks at a bounded window; a call draws again this often before it asks the annotator to come back.
DRAWS_A_CALL = 4
RETRY_SOON_SECONDS = 1
RETRY_EMPTY_SECONDS = 30
RETRY_PAUSED_SECONDS = 60
# Heartbeats keep a lease alive this many times its length, so that nobody can sit on an item for ever.
MOST_EXTENSIONS = 4
EXPIRY_CHUNK = 500
SKIP_REASONS = ("unclear", "broken", "offensive", "too_hard", "other")


@dataclass(frozen=True)
class Leased:
    """What an annotator gets when he asks for work."""

    state: str  # ok, empty, not_eligible, paused, closed
    leases: list[LeasePayload]
    why: list[Why]
    retry_after_seconds: int | None


def lease_items(project_id: UUID, *, user: User, n: int) -> Leased:
    """Lend this annotator up to n items, returned answers first."""
    n = max(1, min(n, MAX_LEASES_A_CALL))
    leases: list[LeasePayload] = []
    for _round in range(DRAWS_A_CALL):
        project = project_with_standing(user, project_id)
        standing = standing_of(project)
        against = reasons_against(user, project, standing)
        wanted = _wanted(project, user, against, n - len(leases), room_for_leases(project, standing))
        if wanted is None:
            return _refusal(project, leases, against)
        progress = project.my_progress or _begin(project, user)  # type: ignore[attr-defined]
        found = draw(
            project_id=project.pk,
            user_id=user.pk,
            progress_id=progress["id"],
            leases_drawn=progress["drawn"],
            wanted=wanted,
            is_manual=project.assignment_mode == Project.AssignmentMode.MANUAL,
            is_adaptive=project.is_adaptive,
        )
        leases += found.leases
        if not leases and (found.is_barren or wanted.fresh == 0):
            return _why_not(project, against) if against else _empty(project_id, user)
        if len(leases) >= n or found.is_barren or (leases and found.is_current):
            return Leased("ok", leases, [], None)
    return Leased("ok", leases, [], RETRY_SOON_SECONDS)


def heartbeat(user: User, *, lease_ids: Sequence[UUID]) -> dict[UUID, int | None]:
    """Keep these leases for another period, up to MOST_EXTENSIONS of them; seconds left, None when it is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_HEARTBEAT, {"ids": [str(each) for each in lease_ids], "user": user.pk, "most": MOST_EXTENSIONS})
        alive = {row[0]: int(row[1]) for row in cursor.fetchall()}
    return {each: alive.get(each) for each in lease_ids}


def release_lease(user: User, *, lease_id: UUID) -> None:
    """Give an item back without a word. Doing it twice is the same as once."""
    if not _end(user, lease_id, Assignment.State.RELEASED):
        _refuse_unless_own(user, lease_id)


def skip_lease(user: User, *, lease_id: UUID, reason: str, note: str = "") -> None:
    """Give an item back for a reason; it is not offered to this person again."""
    if reason not in SKIP_REASONS:
        raise AnnotationError(
            _("Choose one of these reasons: %(reasons)s.") % {"reasons": ", ".join(SKIP_REASONS)},
            code="invalid", field="reason", status=422,
        )  # fmt: skip
    with transaction.atomic():
        if not _end(user, lease_id, Assignment.State.SKIPPED, reason=reason, note=note[:500]):
            _refuse_unless_own(user, lease_id)
            return
        if reason == "broken":
            hide_if_broken(locks.lock_item_of_lease(lease_id))


def expire_leases(*, chunk: int = EXPIRY_CHUNK) -> int:
    """Free the places of every lease that ran out, a chunk a transaction. Safe to run beside itself."""
    expired = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_EXPIRE, {"chunk": chunk})
            count = int(cursor.fetchone()[0])
        expired += count
        if count < chunk:
            return expired


def _begin(project: Project, user: User) -> dict[str, int]:
    """This person's first draw in the project. An interface that somebody works with is frozen."""
    if project.schema_version_id and project.is_interface_new:  # type: ignore[attr-defined]
        SchemaVersion.objects.filter(pk=project.schema_version_id, frozen_at=None).update(frozen_at=timezone.now())
    AnnotatorProgress.objects.bulk_create([AnnotatorProgress(project=project, user=user)], ignore_conflicts=True)
    # No leases: that is what the standing was judged on, whatever another tab has drawn since.
    return {"id": AnnotatorProgress.objects.values_list("pk", flat=True).get(project=project, user=user), "drawn": 0}


def _wanted(project: Project, user: User, against: list[Why], n: int, room: int) -> Wanted | None:
    """What to draw, or None when nothing may be. Returned work may be done by whoever gave the answer."""
    if not against:
        return Wanted(total=n, fresh=min(n, room), gold_percent=project.gold_percent)
    if user.is_suspended or project.state == Project.State.CLOSED or not project.has_rework:  # type: ignore[attr-defined]
        return None
    return Wanted(total=n, fresh=0, gold_percent=0)


def _refusal(project: Project, leases: list[LeasePayload], against: list[Why]) -> Leased:
    return Leased("ok", leases, [], None) if leases else _why_not(project, against)


def _why_not(project: Project, against: list[Why]) -> Leased:
    if project.state == Project.State.PAUSED:
        return Leased("paused", [], against, RETRY_PAUSED_SECONDS)
    if project.state != Project.State.OPEN:
        return Leased("closed", [], against, None)
    if all(why.is_passing for why in against):
        return Leased("ok", [], against, RETRY_EMPTY_SECONDS)
    return Leased("not_eligible", [], against, None)


def _empty(project_id: UUID, user: User) -> Leased:
    """A whole lap found nothing: because of a rule, because nothing is left, or because this person did it all."""
    project = with_places(with_standing(Project.objects.filter(pk=project_id), user)).get()
    against = reasons_against(user, project, standing_of(project))
    if any(why.code != "no_places" for why in against):
        return _why_not(project, against)
    return Leased("empty", [], against or [_why_empty(project, user)], RETRY_EMPTY_SECONDS)


def _why_empty(project: Project, user: User) -> Why:
    if is_kept_from(project, user):
        return Why(
            "kept",
            _(
                "The items that are left turned out to be hard. They are offered first to people whose answers in this"
                " project have told more so far."
            ),
            _("Look again later: what they do not take comes to everybody, and new items come to you at once."),
        )
    return Why(
        "all_seen",
        _("You have answered or skipped every item that still needs answers."),
        _("Look again later: items that others give back become free."),
    )


def _end(user: User, lease_id: UUID, state: Assignment.State, *, reason: str = "", note: str = "") -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_END, {"lease": lease_id, "user": user.pk, "state": state, "reason": reason, "note": note})
        return bool(cursor.fetchone()[0])


def _refuse_unless_own(user: User, lease_id: UUID) -> None:
    """Ending what has ended already is fine; another's lease is as absent as one that never was."""
    if not Assignment.objects.filter(pk=lease_id, user=user).exists():
        raise AnnotationError(_("There is no such lease."), code="not_found", status=404)


_HEARTBEAT = """
UPDATE annotation_assignment l
   SET expires_at = greatest(l.expires_at, least(now() + p.lease_seconds * interval '1 second',
                                                 l.leased_at + %(most)s * p.lease_seconds * interval '1 second'))
  FROM annotation_project p
 WHERE l.id = ANY (%(ids)s::uuid[]) AND l.user_id = %(user)s AND l.state = 'leased' AND l.expires_at > now()
   AND p.id = l.project_id
RETURNING l.id, ceil(extract(epoch FROM l.expires_at - now()))
"""

# A rework holds no place of its own: the answer that was returned keeps it.
_END = """
WITH ended AS (
    UPDATE annotation_assignment SET state = %(state)s, ended_at = now(), skip_reason = %(reason)s,
                                     skip_note = %(note)s, draft = NULL
     WHERE id = %(lease)s AND user_id = %(user)s AND state = 'leased'
    RETURNING item_id, is_rework
), back AS (
    UPDATE annotation_item i SET taken = i.taken - 1 FROM ended WHERE i.id = ended.item_id AND NOT ended.is_rework
)
SELECT count(*) FROM ended
"""

# Items are locked in the order of their ids before any is changed: two runs cannot wait for each other in a circle.
_EXPIRE = """
WITH due AS MATERIALIZED (
    SELECT id, item_id, is_rework FROM annotation_assignment
     WHERE state = 'leased' AND expires_at < now()
     ORDER BY expires_at LIMIT %(chunk)s
       FOR NO KEY UPDATE SKIP LOCKED
), freed AS MATERIALIZED (
    SELECT item_id, count(*) AS places FROM due WHERE NOT is_rework GROUP BY item_id
), held AS MATERIALIZED (
    SELECT i.id FROM annotation_item i WHERE i.id IN (SELECT item_id FROM freed) ORDER BY i.id FOR NO KEY UPDATE
), back AS (
    UPDATE annotation_item i SET taken = i.taken - freed.places
      FROM held JOIN freed ON freed.item_id = held.id WHERE i.id = held.id
), gone AS (
    UPDATE annotation_assignment l SET state = 'expired', ended_at = now() FROM due WHERE l.id = due.id
)
SELECT count(*) FROM due
"""
