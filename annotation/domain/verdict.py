"""Judging answers. A rejection needs a reason and evidence, everywhere; silence accepts. docs/algorithms/review.md."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import appeals, comment_letters, comments, locks
from annotation.domain.acceptance import accept_due, accept_of_project, finish_item
from annotation.exceptions import AnnotationError
from annotation.models import AnnotatorProgress, Answer, Item, Project, Verdict
from annotation.models.work import MIN_EVIDENCE_CHARACTERS
from annotation.queries.review import agreeing_answers, close_people, earns_for_reviews

CHUNK = 2_000
MOST_EVIDENCE = 4_000
DECIDABLE = {Answer.State.PENDING}
# Even where silence accepts at once, whoever is asked to do an answer again gets time for it.
MIN_REWORK_SECONDS = 24 * 3600


def decide(
    answer: Answer,
    *,
    actor: User,
    decision: Verdict.Decision,
    reason: str = "",
    evidence: str = "",
    revision: int | None = None,
    remarks: Sequence[comments.Remark] = (),
) -> Verdict:
    """Accept, reject or return an answer. The same decision twice gives the first verdict again.

    `revision` is the one that the reviewer has seen; a newer one is not judged unseen. `remarks` are about places of an
    answer that is returned; where there are some, they are evidence enough.
    """
    if remarks and decision != Verdict.Decision.RETURNED:
        raise AnnotationError(
            _("Comments on places go with a return: its author can mend what they point at."),
            code="comments_need_return",
            field="comments",
            status=422,
        )
    reason, evidence = _founded(decision, reason, evidence.strip() or comments.said_in(remarks)[:MOST_EVIDENCE])
    with transaction.atomic():
        item, answer = locks.lock_item_and_answer(answer.pk)
        _refuse_own_and_close_work(answer, actor)
        earlier = answer.verdicts.filter(revision=revision or answer.revision).select_related("decided_by").first()
        if earlier:
            return _same_or_refused(earlier, actor, decision, reason, evidence)
        _refuse_unseen_and_settled(answer, revision)
        if decision == Verdict.Decision.RETURNED:
            _refuse_without_time(answer)
        _apply(answer, item, decision)
        verdict = _write_verdict(answer, actor, decision, reason, evidence)
        if decision == Verdict.Decision.REJECTED:
            appeals.begin(answer, verdict)
        if decision == Verdict.Decision.RETURNED:
            comments.begin_threads(answer, verdict, actor=actor, remarks=remarks)
            comment_letters.tell_author_of_return(answer)
        return verdict


def accept_agreeing(item: Item, *, actor: User) -> int:
    """Accept every pending answer that says what the item's consensus says; the number of answers.

    What somebody else judges at the same moment is left to them.
    """
    accepted = 0
    for answer in agreeing_answers(item, actor):
        try:
            decide(answer, actor=actor, decision=Verdict.Decision.ACCEPTED, revision=answer.revision)
        except AnnotationError as refusal:
            if refusal.code not in {"already_judged", "answer_changed", "not_pending"}:
                raise
        else:
            accepted += 1
    return accepted


def accept_by_silence(*, limit: int = CHUNK) -> int:
    """Accept what nobody judged within its project's review period; the number of answers accepted.

    Set-based and in chunks, each its own transaction, so that several workers may do it at once.
    """
    total = 0
    while True:
        chunk = accept_due(limit=limit)
        total += chunk.accepted
        if chunk.found < limit or not chunk.accepted:
            return total


def accept_pending(project: Project, *, actor: User) -> int:
    """The client accepts everything that waits, at once and without a review; the number of answers."""
    not_of = list(close_people(actor, project).values_list("pk", flat=True))
    total = 0
    while True:
        with transaction.atomic():
            chunk = accept_of_project(project, actor_id=actor.pk, not_of=not_of, limit=CHUNK)
            if chunk.accepted:
                audit.record(
                    "answer.accepted_all",
                    actor=actor,
                    object_kind="project",
                    object_id=project.pk,
                    team=project.team,
                    changes={"answers": chunk.accepted},
                )
        total += chunk.accepted
        if chunk.found < CHUNK:
            return total


def _founded(decision: Verdict.Decision, reason: str, evidence: str) -> tuple[str, str]:
    """Reason and evidence as they are kept. An acceptance needs none, and has none."""
    if decision == Verdict.Decision.ACCEPTED:
        return "", ""
    evidence = evidence.strip()
    if reason not in Verdict.Reason.values:
        raise AnnotationError(_("Say why: choose a reason."), code="no_reason", field="reason", status=422)
    if len(evidence) < MIN_EVIDENCE_CHARACTERS:
        raise AnnotationError(
            _("Say what is wrong, so that the annotator can learn from it or object: at least %(count)s characters.")
            % {"count": MIN_EVIDENCE_CHARACTERS},
            code="no_evidence",
            field="evidence",
            status=422,
        )
    return reason, evidence


def _refuse_own_and_close_work(answer: Answer, actor: User) -> None:
    if answer.user_id == actor.pk:
        raise AnnotationError(_("Nobody reviews their own work."), code="own_work", status=403)
    if not Answer.objects.filter(pk=answer.pk).judgeable_by(actor).exists():
        raise AnnotationError(
            _("You cannot review this answer: somebody who shares no team with its author has to."),
            code="close_person",
            status=403,
        )


def _refuse_unseen_and_settled(answer: Answer, revision: int | None) -> None:
    if revision not in {None, answer.revision}:
        raise AnnotationError(
            _("Its author has changed this answer since you opened it: look at it again."), code="answer_changed"
        )
    if answer.state not in DECIDABLE:
        raise AnnotationError(_("This answer does not wait for a verdict."), code="not_pending")


def _refuse_without_time(answer: Answer) -> None:
    if Project.objects.closing_on_chain().filter(pk=answer.project_id).exists():
        raise AnnotationError(
            _("The client closed this project on chain: nobody has time to do it again. Accept or reject it."),
            code="closing_on_chain",
        )


def _same_or_refused(earlier: Verdict, actor: User, decision: Verdict.Decision, reason: str, evidence: str) -> Verdict:
    said = (earlier.decided_by_id, earlier.decision, earlier.reason, earlier.evidence)
    if said == (actor.pk, decision, reason, evidence):
        return earlier
    raise AnnotationError(
        _("This answer has been judged already: %(decision)s.") % {"decision": earlier.get_decision_display()},
        code="already_judged",
    )


def _write_verdict(answer: Answer, actor: User, decision: Verdict.Decision, reason: str, evidence: str) -> Verdict:
    verdict = Verdict.objects.create(
        answer=answer,
        revision=answer.revision,
        decision=decision,
        reason=reason,
        evidence=evidence,
        decided_by=actor,
        price_minor=_take_review_price(answer.project, actor),
    )
    audit.record(
        f"answer.{decision}",
        actor=actor,
        object_kind="answer",
        object_id=answer.pk,
        team=answer.project.team,
        changes={"reason": reason, "revision": answer.revision},
        reason=evidence,
    )
    return verdict


def _take_review_price(project: Project, reviewer: User) -> int:
    """What this verdict earns: nothing for the client's own managers, nor once the review budget is used up.

    The last lock of the verdict, because all reviewers of the project share it.
    """
    if not earns_for_reviews(reviewer, project):
        return 0
    taken = Project.objects.filter(pk=project.pk, reviews_paid__lt=F("reviews_budget")).update(
        reviews_paid=F("reviews_paid") + 1
    )
    return int(project.review_price_minor) if taken else 0


def _apply(answer: Answer, item: Item, decision: Verdict.Decision) -> None:
    """What a verdict changes at once: the answer, and of an accepted one its item and its author's record.

    A rejection keeps place and record as they are until it is final (domain/appeals.py)."""
    now = timezone.now()
    progress = AnnotatorProgress.objects.filter(project=answer.project_id, user=answer.user_id)
    answer.state = Answer.State(decision)
    answer.decided_at = now
    if decision != Verdict.Decision.ACCEPTED:
        # The consensus takes it out again.
        answer.is_counted = False
    if decision == Verdict.Decision.RETURNED:
        answer.review_due_at = now + timedelta(seconds=max(answer.project.review_period_seconds, MIN_REWORK_SECONDS))
    answer.save(update_fields=["state", "decided_at", "is_counted", "review_due_at"])
    if decision == Verdict.Decision.ACCEPTED:
        finish_item(item.pk)
        progress.update(accepted=F("accepted") + 1)
