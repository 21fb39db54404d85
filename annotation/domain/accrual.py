"""Accepted work becomes earnings: immutable facts here, one set-based posting per project and batch there."""

import logging
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from annotation.domain.parts import second_of
from annotation.models import Answer, ExamAttempt, Project, Verdict
from rewards.domain.accrual import NewEarning, accrue, accrue_together
from rewards.exceptions import RewardsError
from rewards.models import Earning

logger = logging.getLogger(__name__)

BATCH = 10_000


def accrue_earnings() -> int:
    """Post what was accepted since the last time; the number of earnings. Safe to run twice, and at once."""
    posted = 0
    for project in _projects_with_new_earnings():
        try:
            while count := _accrue_batch(project):
                posted += count
        except RewardsError:
            # The others' pay does not wait until somebody has looked at this escrow.
            logger.exception("Earnings of project %s cannot be posted.", project.pk)
    return posted


def _projects_with_new_earnings() -> list[Project]:
    answers = Answer.objects.filter(state=Answer.State.ACCEPTED, is_accrued=False).order_by().values("project")
    verdicts = Verdict.objects.filter(is_accrued=False, price_minor__gt=0).order_by().values("answer__project")
    attempts = ExamAttempt.objects.filter(is_paid=True, is_accrued=False).order_by().values("exam")
    projects = Project.objects.filter(Q(pk__in=answers) | Q(pk__in=verdicts) | Q(pk__in=attempts))
    return list(projects.exclude(escrow=None).order_by("pk"))


@transaction.atomic(durable=True)
def _accrue_batch(project: Project) -> int:
    """The flags and the ledger move together; the ledger refuses a reference it has seen."""
    answers = list(
        Answer.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(project=project, state=Answer.State.ACCEPTED, is_accrued=False)
        .order_by("id")
        .only("id", "user_id", "price_minor")[:BATCH]
    )
    verdicts = list(
        Verdict.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(answer__project=project, is_accrued=False, price_minor__gt=0)
        .order_by("id")
        .only("id", "decided_by_id", "price_minor")[:BATCH]
    )
    attempts = list(
        ExamAttempt.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(exam=project.pk, is_paid=True, is_accrued=False)
        .order_by("id")
        .only("id", "user_id", "pay_minor")[:BATCH]
    )
    if not answers and not verdicts and not attempts:
        return 0
    earnings = [_earning(a.pk, Earning.Reason.ANSWER, a.user_id, a.price_minor) for a in answers if a.price_minor]
    earnings += [_earning(v.pk, Earning.Reason.REVIEW, v.decided_by_id, v.price_minor) for v in verdicts]
    earnings += [_earning(t.pk, Earning.Reason.EXAM, t.user_id, t.pay_minor) for t in attempts]
    if project.escrow_id is None:
        raise ValueError("Work was accepted in a project without an escrow.")
    _post(project, project.escrow_id, earnings)
    Answer.objects.filter(pk__in=[a.pk for a in answers]).update(is_accrued=True)
    Verdict.objects.filter(pk__in=[v.pk for v in verdicts]).update(is_accrued=True)
    ExamAttempt.objects.filter(pk__in=[t.pk for t in attempts]).update(is_accrued=True)
    return len(answers) + len(verdicts) + len(attempts)


def _post(project: Project, escrow_id: UUID, earnings: list[NewEarning]) -> None:
    """Where the project pays in two tokens, from both escrows or from neither."""
    second = second_of(project)
    if second is None or second.escrow_id is None:
        accrue(escrow_id, earnings=earnings)
        return
    minors = {
        Earning.Reason.ANSWER: int(second.price_minor),
        Earning.Reason.REVIEW: int(second.review_price_minor),
        Earning.Reason.EXAM: 0,  # exams are paid in the first token alone
    }
    besides = [replace(one, minor=minors[Earning.Reason(one.reason)]) for one in earnings]
    accrue_together({escrow_id: earnings, second.escrow_id: [one for one in besides if one.minor]})


def _earning(reference: UUID, reason: str, user_id: int | None, minor: int) -> NewEarning:
    if user_id is None:
        raise ValueError("Silence earns nothing.")
    return NewEarning(reference_id=reference, reason=reason, user_id=user_id, minor=int(minor))
