"""Taking an exam: begin, answer, end. Every step may be repeated; what is written down survives whatever ends early."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotation.domain import exam_letters, locks
from annotation.eligibility import Why, reasons_against
from annotation.exam_rules import reaches
from annotation.exceptions import AnnotationError
from annotation.kinds.results import canonical_result, validate_result
from annotation.kinds.schema import Schema, schema_for
from annotation.models import Exam, ExamAnswer, ExamAttempt, ExamPass, ExamVoid, Project
from annotation.queries.exams import Prospect, draw_questions, prospect_of
from annotation.queries.standing import standing_of, visible_projects, with_places, with_standing
from lib.exceptions import FieldError, InvalidInput

# These rules go away by taking the exam, or by finishing what is leased.
NOT_IN_THE_WAY = frozenset({"exam", "too_many_leases"})
BATCH = 500


def exam_of(user: User, project_id: UUID) -> Exam | None:
    """The exam of a project that this person may see."""
    return (
        Exam.objects.filter(pk=project_id, project__in=visible_projects(user).filter(pk=project_id))
        .select_related("project__team", "project__token__chain", "project__schema_version")
        .first()
    )


def in_the_way(user: User, project_id: UUID) -> list[Why]:
    """The rules that keep this person from the exam: from whom no exam could free him is not asked to take one."""
    project = with_places(with_standing(visible_projects(user).filter(pk=project_id), user)).first()
    if project is None:
        raise AnnotationError(_("This project is closed."), code="closed")
    return [why for why in reasons_against(user, project, standing_of(project)) if why.code not in NOT_IN_THE_WAY]


def start_attempt(exam: Exam, *, user: User) -> ExamAttempt:
    """Begin, or go on with what was begun. The rules, the questions and the pay are fixed for this attempt."""
    for overdue in ExamAttempt.objects.filter(exam=exam, user=user, state="live", expires_at__lte=timezone.now()):
        end_if_over(overdue)
    against = in_the_way(user, exam.pk)
    if against:
        raise AnnotationError(against[0].message, code=against[0].code)
    with transaction.atomic():
        held = locks.lock_exam(exam.pk)
        assert held is not None
        prospect = prospect_of(user, held)
        if prospect.live is not None:
            return prospect.live
        _refuse_start(prospect)
        return _begin(held, user, prospect)


def answer_question(attempt: ExamAttempt, *, number: int, result: Any) -> ExamAttempt:
    """Write down one answer. The same again changes nothing; another one to the same question is refused."""
    with transaction.atomic():
        attempt = locks.hold_attempt(attempt.pk)
        row = attempt.answers.filter(number=number).first()
        if row is None:
            raise AnnotationError(_("The exam has no such question."), code="not_found", status=404)
        value = _valid(attempt, result)
        if row.answered_at is not None:
            if row.value != value:
                raise AnnotationError(_("You have answered this question already."), code="already_answered")
            return attempt
        if not attempt.is_live or attempt.expires_at <= timezone.now():
            return _end(attempt) if attempt.is_live else attempt
        row.value, row.is_right, row.answered_at = value, value == row.expected, timezone.now()
        row.save(update_fields=["value", "is_right", "answered_at"])
        return attempt if _is_waiting(attempt) else _end(attempt)


def end_if_over(attempt: ExamAttempt) -> ExamAttempt:
    """Its time is over, or nothing is left to be asked: then it ends now, not when the timetable comes by."""
    if not attempt.is_live or (attempt.expires_at > timezone.now() and _is_waiting(attempt)):
        return attempt
    with transaction.atomic():
        held = locks.hold_attempt(attempt.pk)
        is_over = held.expires_at <= timezone.now() or not _is_waiting(held)
        return _end(held) if held.is_live and is_over else held


def end_overdue_attempts() -> int:
    """Those whose time is over, however their people left. Safe to run beside itself."""
    due = ExamAttempt.objects.filter(state="live", expires_at__lte=timezone.now()).order_by("expires_at")[:BATCH]
    ended = [end_if_over(attempt) for attempt in due]
    return len(ended)


def current_question(attempt: ExamAttempt) -> ExamAnswer | None:
    """The first that waits. Voided ones are passed over."""
    waiting = attempt.answers.filter(answered_at=None, item__exam_void=None).select_related("item__media")
    return waiting.order_by("number").first()


def own_attempt(user: User, pk: UUID) -> ExamAttempt | None:
    related = ("exam__project__team", "exam__project__token__chain", "schema_version")
    return ExamAttempt.objects.filter(pk=pk, user=user).select_related(*related).first()


def _is_waiting(attempt: ExamAttempt) -> bool:
    return attempt.answers.filter(answered_at=None, item__exam_void=None).exists()


def _refuse_start(prospect: Prospect) -> None:
    if prospect.passed is not None:
        raise AnnotationError(_("You have passed this exam."), code="already_passed")
    if prospect.left == 0:
        raise AnnotationError(_("You have used all your attempts at this exam."), code="no_attempts_left")
    if prospect.next_at is not None:
        raise AnnotationError(
            _("The next attempt begins at %(time)s UTC at the earliest.")
            % {"time": prospect.next_at.strftime("%Y-%m-%d %H:%M")},
            code="cool_down",
        )


def _begin(exam: Exam, user: User, prospect: Prospect) -> ExamAttempt:
    version = Project.objects.select_related("schema_version").get(pk=exam.pk).schema_version
    if version is None:
        raise ValueError("A project with an exam was opened without an interface.")
    questions = draw_questions(exam, user, exam.questions)
    if not questions:
        raise AnnotationError(_("This exam has no question left."), code="no_questions")
    now = timezone.now()
    number = 1 + (ExamAttempt.objects.filter(exam=exam, user=user).aggregate(n=Max("number"))["n"] or 0)
    attempt = ExamAttempt.objects.create(
        exam=exam, user=user, number=number, version=exam.version, schema_version=version,
        pass_mark=exam.pass_mark, pay_mark=exam.pay_mark, valid_days=exam.valid_days, pay_minor=prospect.pay_minor,
        questions=len(questions), started_at=now, expires_at=now + timedelta(seconds=exam.seconds),
    )  # fmt: skip
    schema = schema_for(version.pk, version.schema)
    ExamAnswer.objects.bulk_create(
        [
            ExamAnswer(
                attempt=attempt, number=n, item_id=gold.pk, expected=canonical_result(schema, gold.value),
                is_first_time=is_new,
            )
            for n, (gold, is_new) in enumerate(questions, start=1)
        ]
    )  # fmt: skip
    return attempt


def refuse_invalid(schema: Schema, result: Any) -> None:
    found = validate_result(schema, result)
    errors = [FieldError(f"result.{each.path}" if each.path else "result", each.message) for each in found]
    if errors:
        raise InvalidInput(_("The answer cannot be taken as it is."), errors)


def _valid(attempt: ExamAttempt, result: Any) -> dict[str, Any]:
    schema = schema_for(attempt.schema_version_id, attempt.schema_version.schema)
    refuse_invalid(schema, result)
    return canonical_result(schema, result)


def _end(attempt: ExamAttempt) -> ExamAttempt:
    """Whoever calls holds the attempt. What was not answered in time is not right."""
    voided = set(ExamVoid.objects.filter(exam=attempt.exam_id).values_list("item", flat=True))
    counted = [row for row in attempt.answers.all() if row.item_id not in voided]
    states = ExamAttempt.State
    attempt.counted, attempt.right = len(counted), sum(bool(row.is_right) for row in counted)
    is_passed = reaches(attempt.right, attempt.counted, attempt.pass_mark)
    is_whole = all(row.answered_at for row in counted)
    attempt.state = states.PASSED if is_passed else states.FAILED if is_whole else states.EXPIRED
    attempt.finished_at = timezone.now()
    attempt.is_paid = attempt.pay_minor > 0 and reaches(attempt.right, attempt.counted, attempt.pay_mark)
    attempt.save(update_fields=["state", "counted", "right", "is_paid", "finished_at"])
    if is_passed:
        _let_in(attempt)
    return attempt


def _let_in(attempt: ExamAttempt) -> None:
    assert attempt.finished_at is not None
    until = attempt.finished_at + timedelta(days=attempt.valid_days) if attempt.valid_days else None
    ExamPass.objects.update_or_create(
        exam=attempt.exam,
        user=attempt.user,
        defaults={"attempt": attempt, "passed_at": attempt.finished_at, "valid_until": until},
    )
    exam_letters.tell_passed(attempt, until)
