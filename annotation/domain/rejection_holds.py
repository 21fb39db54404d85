"""A client that suddenly rejects far more than before: its further rejections wait until a quality admin has looked."""

import logging
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import Team, User
from annotation.domain import appeal_letters, locks
from annotation.domain.appeal_ends import move, overturn, say
from annotation.exceptions import AnnotationError
from annotation.models import Appeal, AppealStep, RejectionHold
from annotation.models.work import MIN_EVIDENCE_CHARACTERS
from annotation.queries.quality import RECENT, ClientRate, rate_of

logger = logging.getLogger(__name__)

CHUNK = 500
Outcome = RejectionHold.Outcome


def hold_for(team: Team) -> RejectionHold | None:
    """The hold that a rejection of this client falls under now, begun by it when the rate has just jumped.

    After a release the same jump is not held again: the recent days must have passed first.
    """
    live = RejectionHold.objects.filter(team=team, outcome="").first()
    if live is not None:
        return live
    released = RejectionHold.objects.filter(team=team, outcome=Outcome.RELEASED)
    if released.filter(decided_at__gt=timezone.now() - RECENT).exists():
        return None
    rate = rate_of(team)
    return _begin(team, rate) if rate.has_jumped else None


def end_hold(hold: RejectionHold, *, actor: User, outcome: RejectionHold.Outcome, reason: str) -> RejectionHold:
    """Release its rejections, so that their clocks begin, or void them, so that their answers are paid."""
    reason = reason.strip()
    if len(reason) < MIN_EVIDENCE_CHARACTERS:
        raise AnnotationError(
            _("Say why, in %(count)s characters or more.") % {"count": MIN_EVIDENCE_CHARACTERS},
            code="no_text",
            field="reason",
            status=422,
        )
    with transaction.atomic():
        hold = RejectionHold.objects.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=hold.pk)
        if hold.outcome:
            if (hold.decided_by_id, hold.outcome) == (actor.pk, outcome):
                return hold
            raise AnnotationError(
                _("This was decided already: %(outcome)s.") % {"outcome": hold.get_outcome_display()}, code="decided"
            )
        if hold.team.memberships.filter(user=actor).exists():
            raise AnnotationError(_("You belong to this client."), code="close_person", status=403)
        hold.outcome, hold.reason, hold.decided_by, hold.decided_at = outcome, reason, actor, timezone.now()
        hold.save(update_fields=["outcome", "reason", "decided_by", "decided_at"])
        _audit(f"rejections.{outcome}", hold, actor, reason)
    return hold


def carry_out_decided(*, limit: int = CHUNK) -> int:
    """What was held by holds that are decided, also when it came in while they were; the number of rejections.

    Each is its own transaction: whatever stops, the next run goes on.
    """
    done, after = 0, UUID(int=0)
    while True:
        held = Appeal.objects.filter(state=Appeal.State.HELD, answer__gt=after).exclude(hold__outcome="")
        found = list(held.order_by("pk").values_list("pk", flat=True)[:limit])
        for pk in found:
            try:
                done += _carry_out(pk)
            except DatabaseError:
                logger.exception("What was decided of the rejection of answer %s cannot be done.", pk)
        if len(found) < limit:
            return done
        after = found[-1]


@transaction.atomic
def _carry_out(pk: UUID) -> int:
    locked = locks.lock_free_appeal(pk)
    if locked is None:
        return 0
    item, answer, appeal = locked
    if appeal.state != Appeal.State.HELD or appeal.hold is None:
        return 0
    hold = appeal.hold
    is_released = hold.outcome == Outcome.RELEASED
    kind = AppealStep.Kind.RELEASED if is_released else AppealStep.Kind.VOIDED
    say(appeal, answer, kind, by=hold.decided_by, text=hold.reason)
    if is_released:
        move(appeal, Appeal.State.OPEN)
        appeal_letters.tell_author_of_rejection(answer, appeal)
    else:
        overturn(item, answer, appeal)
    return 1


def _begin(team: Team, rate: ClientRate) -> RejectionHold | None:
    """Two at once begin one."""
    new = RejectionHold(
        team=team,
        rejected=rate.rejected,
        judged=rate.judged,
        rejected_before=rate.rejected_before,
        judged_before=rate.judged_before,
    )
    RejectionHold.objects.bulk_create([new], ignore_conflicts=True)
    live = RejectionHold.objects.filter(team=team, outcome="").first()
    if live is not None and live.pk == new.pk:
        _audit("rejections.held", live, None, "")
        appeal_letters.tell_quality_admins_of_hold(live)
    return live


def _audit(action: str, hold: RejectionHold, actor: User | None, reason: str) -> None:
    figures = {
        "rejected": [hold.rejected_before, hold.rejected],
        "judged": [hold.judged_before, hold.judged],
        "held": hold.appeals.count(),
    }
    audit.record(
        action,
        actor=actor,
        object_kind="team",
        object_id=hold.team_id,
        team=hold.team,
        changes=figures,
        reason=reason,
    )
