"""Judging answers. A rejection needs a reason and evidence, everywhere; silence accepts."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import Membership, Role, User
from annotation.domain import locks
from annotation.exceptions import AnnotationError
from annotation.models import AnnotatorProgress, Answer, Item, Project, Verdict

MIN_EVIDENCE_CHARACTERS = 10
SILENCE_CHUNK = 2_000
DECIDABLE = {Answer.State.PENDING}


def decide(
    answer: Answer,
    *,
    actor: User,
    decision: Verdict.Decision,
    reason: str = "",
    evidence: str = "",
) -> Verdict:
    """Accept, reject or return an answer. The same decision twice gives the first verdict again."""
    _refuse_unfounded(decision, reason, evidence)
    if answer.user_id == actor.pk:
        raise AnnotationError(_("Nobody reviews their own work."), code="own_work", status=403)
    with transaction.atomic():
        item, answer = locks.lock_item_and_answer(answer.pk)
        earlier = answer.verdicts.filter(revision=answer.revision).first()
        if earlier:
            if earlier.decision == decision and earlier.decided_by_id == actor.pk:
                return earlier
            raise AnnotationError(
                _("This answer has been judged already: %(decision)s.") % {"decision": earlier.get_decision_display()},
                code="already_judged",
            )
        if answer.state not in DECIDABLE:
            raise AnnotationError(_("This answer does not wait for a verdict."), code="not_pending")
        project = answer.project
        verdict = Verdict.objects.create(
            answer=answer,
            revision=answer.revision,
            decision=decision,
            reason=reason,
            evidence=evidence.strip(),
            decided_by=actor,
            price_minor=_review_price(project, actor),
        )
        _apply(answer, item, verdict)
        audit.record(
            f"answer.{decision}",
            actor=actor,
            object_kind="answer",
            object_id=answer.pk,
            team=project.team,
            changes={"reason": reason, "revision": answer.revision},
            reason=evidence.strip(),
        )
    return verdict


def accept_by_silence(*, limit: int = SILENCE_CHUNK) -> int:
    """Accept what nobody judged within its project's review period; the number of answers accepted.

    Set-based and in chunks, each its own transaction, so that several workers may do it at once.
    """
    accepted = 0
    while True:
        with transaction.atomic():
            answers = list(
                Answer.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(state=Answer.State.PENDING, review_due_at__lte=timezone.now())
                .order_by("review_due_at")[:limit]
            )
            _accept_all(answers, actor=None)
        accepted += len(answers)
        if len(answers) < limit:
            return accepted


def accept_pending(project: Project, *, actor: User) -> int:
    """The client accepts everything that waits, at once and without a review; the number of answers."""
    accepted = 0
    while True:
        with transaction.atomic():
            answers = list(
                Answer.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(project=project, state=Answer.State.PENDING)
                .exclude(user=actor)
                .order_by("id")[:SILENCE_CHUNK]
            )
            _accept_all(answers, actor=actor)
            if answers:
                audit.record(
                    "answer.accepted_all",
                    actor=actor,
                    object_kind="project",
                    object_id=project.pk,
                    team=project.team,
                    changes={"answers": len(answers)},
                )
        accepted += len(answers)
        if len(answers) < SILENCE_CHUNK:
            return accepted


def _refuse_unfounded(decision: Verdict.Decision, reason: str, evidence: str) -> None:
    if decision == Verdict.Decision.ACCEPTED:
        return
    if reason not in Verdict.Reason.values:
        raise AnnotationError(_("Say why: choose a reason."), code="no_reason", field="reason", status=422)
    if len(evidence.strip()) < MIN_EVIDENCE_CHARACTERS:
        raise AnnotationError(
            _("Say what is wrong, so that the annotator can learn from it or object: at least %(count)s characters.")
            % {"count": MIN_EVIDENCE_CHARACTERS},
            code="no_evidence",
            field="evidence",
            status=422,
        )


def _review_price(project: Project, reviewer: User) -> int:
    """What this verdict earns: nothing for the client's own managers, nor once the review budget is used up."""
    if not project.review_price_minor:
        return 0
    own = Membership.objects.filter(team=project.team_id, user=reviewer, role__in=[Role.OWNER, Role.MANAGER])
    if own.exists():
        return 0
    taken = Project.objects.filter(pk=project.pk, reviews_paid__lt=F("reviews_budget")).update(
        reviews_paid=F("reviews_paid") + 1
    )
    return int(project.review_price_minor) if taken else 0


def _apply(answer: Answer, item: Item, verdict: Verdict) -> None:
    """What a verdict changes: the answer, the item's places, the annotator's record."""
    now = timezone.now()
    progress = AnnotatorProgress.objects.filter(project=answer.project_id, user=answer.user_id)
    answer.state = Answer.State(verdict.decision)
    answer.decided_at = now
    if verdict.decision == Verdict.Decision.ACCEPTED:
        progress.update(accepted=F("accepted") + 1)
    elif verdict.decision == Verdict.Decision.REJECTED:
        progress.update(rejected=F("rejected") + 1)
        answer.is_counted = False
        # The place is free again for somebody else; the author keeps his answer's row and never gets the item back.
        Item.objects.filter(pk=item.pk).update(taken=F("taken") - 1, answered=F("answered") - 1, state=Item.State.OPEN)
    else:
        answer.is_counted = False
        answer.review_due_at = now + timedelta(seconds=answer.project.review_period_seconds)
    answer.save(update_fields=["state", "decided_at", "is_counted", "review_due_at"])


def _accept_all(answers: list[Answer], *, actor: User | None) -> None:
    if not answers:
        return
    now = timezone.now()
    Verdict.objects.bulk_create(
        [
            Verdict(
                answer=answer,
                revision=answer.revision,
                decision=Verdict.Decision.ACCEPTED,
                decided_by=actor,
            )
            for answer in answers
        ]
    )
    Answer.objects.filter(pk__in=[answer.pk for answer in answers]).update(state=Answer.State.ACCEPTED, decided_at=now)
    _count_accepted(answers)


def _count_accepted(answers: list[Answer]) -> None:
    counts: dict[tuple[object, int], int] = {}
    for answer in answers:
        key = (answer.project_id, answer.user_id)
        counts[key] = counts.get(key, 0) + 1
    for (project, user), count in sorted(counts.items(), key=str):
        AnnotatorProgress.objects.filter(project=project, user=user).update(accepted=F("accepted") + count)
