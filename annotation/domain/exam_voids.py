"""A bad question counts for nobody: every attempt that asked it is scored again, and nobody loses a pass by it."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import locks
from annotation.domain.exam_letters import tell_let_in
from annotation.exceptions import AnnotationError
from annotation.models import Exam, ExamVoid, GoldAnswer, Project
from annotation.queries.exams import gold_set_aside, paid_places_taken

LETTERS_AT_ONCE = 500


def void_question(project: Project, *, item: int, actor: User, reason: str) -> ExamVoid:
    """Doing it twice is the same as once. Whoever passes without it is let in, and paid as far as the exam's budget
    lasts, the earliest first."""
    reason = reason.strip()
    if not reason:
        raise AnnotationError(_("Say what is wrong with the question."), code="invalid", field="reason", status=422)
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        exam = locks.lock_exam(project.pk)
        gold = GoldAnswer.objects.filter(pk=item, item__project=project, use=GoldAnswer.Use.EXAM).first()
        if exam is None or gold is None:
            raise AnnotationError(_("The exam has no such question."), code="not_found", status=404)
        void = ExamVoid.objects.filter(pk=item).first()
        if void is not None:
            return void
        _refuse(project, exam)
        void = ExamVoid.objects.create(item_id=item, exam=exam, by=actor, reason=reason[:500])
        let_in = _score_again(exam, item)
        void.let_in = len(let_in)
        void.made_good = _make_good(exam, item)
        void.save(update_fields=["let_in", "made_good"])
        _tell(let_in)
        changes = {"item": gold.item.position + 1, "let_in": void.let_in, "made_good": void.made_good}
        audit.record(
            "project.exam_question_voided", actor=actor, object_kind="project", object_id=project.pk,
            team=project.team, changes=changes, reason=void.reason,
        )  # fmt: skip
    return void


def _refuse(project: Project, exam: Exam) -> None:
    if project.state not in {Project.State.OPEN, Project.State.PAUSED}:
        raise AnnotationError(
            _("A question is voided while the project is open. Before, change it; after, nobody is asked any more."),
            code="wrong_state",
        )
    left = gold_set_aside(project.pk, GoldAnswer.Use.EXAM) - ExamVoid.objects.filter(exam=exam).count()
    if left <= 1:
        raise AnnotationError(_("This is the last question: without it nobody could pass."), code="last_question")


def _score_again(exam: Exam, item: int) -> list[UUID]:
    """The attempts that pass now and did not before. One that passed stays passed, whatever its score is now."""
    with connection.cursor() as cursor:
        cursor.execute(_SCORE, {"exam": exam.pk, "item": item})
        return [row[0] for row in cursor.fetchall()]


def _make_good(exam: Exam, item: int) -> int:
    left = exam.paid_budget - paid_places_taken([exam.pk]).get(exam.pk, 0)
    given: dict[str, Any] = {"exam": exam.pk, "item": item, "left": max(0, left), "each": exam.paid_attempts}
    with connection.cursor() as cursor:
        cursor.execute(_PAY, given)
        return cursor.rowcount


def _tell(attempts: list[UUID]) -> None:
    for start in range(0, len(attempts), LETTERS_AT_ONCE):
        transaction.on_commit(partial(tell_let_in, attempts[start : start + LETTERS_AT_ONCE]))


# exam_rules.reaches is the same in Python; a test holds the two together.
_SCORE = """
WITH sums AS MATERIALIZED (
    SELECT t.id, count(a.id) FILTER (WHERE v.item_id IS NULL) AS counted,
           count(a.id) FILTER (WHERE v.item_id IS NULL AND a.is_right) AS right_ones
      FROM annotation_examanswer asked JOIN annotation_examattempt t ON t.id = asked.attempt_id
      JOIN annotation_examanswer a ON a.attempt_id = t.id
      LEFT JOIN annotation_examvoid v ON v.item_id = a.item_id
     WHERE asked.item_id = %(item)s AND t.exam_id = %(exam)s AND t.state <> 'live'
     GROUP BY t.id
), scored AS (
    UPDATE annotation_examattempt t
       SET counted = s.counted, "right" = s.right_ones,
           state = CASE WHEN s.counted > 0 AND 100 * s.right_ones >= t.pass_mark * s.counted THEN 'passed'
                        ELSE t.state END
      FROM sums s WHERE t.id = s.id
    RETURNING t.id, t.exam_id, t.user_id, t.state, t.valid_days, t.number
), fresh AS MATERIALIZED (
    -- A statement sees rows as they were before it: whoever has passed then is not let in anew.
    SELECT DISTINCT ON (c.user_id) c.* FROM scored c JOIN annotation_examattempt was ON was.id = c.id
     WHERE c.state = 'passed' AND was.state <> 'passed' ORDER BY c.user_id, c.number DESC
), let_in AS (
    INSERT INTO annotation_exampass AS p (exam_id, user_id, attempt_id, passed_at, valid_until)
    SELECT exam_id, user_id, id, now(), now() + valid_days * interval '1 day' FROM fresh
    ON CONFLICT (exam_id, user_id) DO UPDATE
       SET attempt_id = excluded.attempt_id, passed_at = excluded.passed_at, valid_until = excluded.valid_until
     WHERE p.valid_until < now()
    RETURNING p.attempt_id
)
SELECT attempt_id FROM let_in
"""

_PAY = """
WITH due AS MATERIALIZED (
    SELECT t.id, t.user_id, t.finished_at,
           (SELECT count(*) FROM annotation_examattempt o
             WHERE o.exam_id = t.exam_id AND o.user_id = t.user_id
               AND (o.is_paid OR (o.state = 'live' AND o.pay_minor > 0)))
           + row_number() OVER (PARTITION BY t.user_id ORDER BY t.number) AS place
      FROM annotation_examanswer asked JOIN annotation_examattempt t ON t.id = asked.attempt_id
     WHERE asked.item_id = %(item)s AND t.exam_id = %(exam)s AND t.state <> 'live'
       AND t.pay_minor > 0 AND NOT t.is_paid AND t.counted > 0 AND 100 * t."right" >= t.pay_mark * t.counted
), first AS (
    SELECT id FROM due WHERE place <= %(each)s ORDER BY finished_at, id LIMIT %(left)s
)
UPDATE annotation_examattempt t SET is_paid = true, is_accrued = false FROM first WHERE t.id = first.id
"""
