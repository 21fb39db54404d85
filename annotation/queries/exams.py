"""Who has to pass an exam, what taking it would be like, and how its questions do."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from annotation.agreement.intervals import Interval, wilson
from annotation.exam_rules import is_suspect, wait_after
from annotation.models import Exam, ExamAnswer, ExamAttempt, ExamPass, ExamVoid, GoldAnswer, Item, SchemaVersion

# Of a project `p` and a person %(user)s: the one question that every way to new work asks.
NEEDS_EXAM = """
    EXISTS (SELECT 1 FROM annotation_exam e WHERE e.project_id = p.id AND NOT EXISTS (
        SELECT 1 FROM annotation_exampass g WHERE g.exam_id = e.project_id AND g.user_id = %(user)s
           AND (g.valid_until IS NULL OR g.valid_until > now())))
"""


def needs_exam(user: User) -> Exists:
    """NEEDS_EXAM over projects; a test holds the two together."""
    valid = ExamPass.objects.filter(Q(valid_until=None) | Q(valid_until__gt=timezone.now()), user=user)
    return Exists(Exam.objects.filter(~Exists(valid.filter(exam=OuterRef("pk"))), pk=OuterRef("pk")))


@dataclass(frozen=True)
class Prospect:
    """An exam as one person has it before him: what he has done, and what the next attempt would be."""

    exam: Exam
    attempts: tuple[ExamAttempt, ...]  # all of them, the latest first
    made: int  # those that count against the most there may be
    passed: ExamPass | None  # valid now
    next_at: datetime | None  # when the cool-down ends; None: no cool-down
    pay_minor: int  # of the next attempt, if it reaches the mark
    was_paid_before: bool = False
    is_budget_used: bool = False

    @property
    def live(self) -> ExamAttempt | None:
        return next((each for each in self.attempts if each.is_live), None)

    @property
    def last(self) -> ExamAttempt | None:
        return self.attempts[0] if self.attempts else None

    @property
    def left(self) -> int:
        return max(0, self.exam.attempts_most - self.made)

    @property
    def minutes(self) -> int:
        return max(1, round(self.exam.seconds / 60))

    @property
    def may_start(self) -> bool:
        return self.passed is None and self.live is None and self.left > 0 and self.next_at is None


def prospects_of(user: User, project_ids: Sequence[UUID]) -> dict[UUID, Prospect]:
    """Of those of these projects that have an exam. Four statements, however many projects; one where none has."""
    exams = list(Exam.objects.filter(pk__in=project_ids).select_related("project__token__chain"))
    if not exams:
        return {}
    ids = [exam.pk for exam in exams]
    mine: dict[UUID, list[ExamAttempt]] = defaultdict(list)
    for attempt in ExamAttempt.objects.filter(exam__in=ids, user=user).order_by("-number"):
        mine[attempt.exam_id].append(attempt)
    passes = {each.exam_id: each for each in ExamPass.objects.filter(exam__in=ids, user=user)}
    taken = paid_places_taken(ids)
    now = timezone.now()
    return {exam.pk: _prospect(exam, mine[exam.pk], passes.get(exam.pk), taken.get(exam.pk, 0), now) for exam in exams}


def prospect_of(user: User, exam: Exam) -> Prospect:
    """The same of an exam that the caller may hold."""
    attempts = list(ExamAttempt.objects.filter(exam=exam, user=user).order_by("-number"))
    passed = ExamPass.objects.filter(exam=exam, user=user).first()
    return _prospect(exam, attempts, passed, paid_places_taken([exam.pk]).get(exam.pk, 0), timezone.now())


def paid_places_taken(exam_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Attempts that were paid, or are under way and may be."""
    rows = ExamAttempt.objects.filter(Q(is_paid=True) | Q(state="live", pay_minor__gt=0), exam__in=list(exam_ids))
    return dict(rows.order_by().values_list("exam").annotate(n=Count("pk")))


def _prospect(exam: Exam, attempts: list[ExamAttempt], passed: ExamPass | None, taken: int, now: datetime) -> Prospect:
    is_valid = passed is not None and (passed.valid_until is None or passed.valid_until > now)
    since = passed.valid_until if passed and not is_valid else None
    # Whatever was voided as a whole never happened; what led to a pass that has run out is over.
    counting = [
        each for each in attempts if (each.is_live or each.counted) and (since is None or each.started_at >= since)
    ]
    ended = [each for each in counting if each.finished_at]
    next_at = None
    if ended and ended[0].finished_at and not is_valid:
        due = ended[0].finished_at + wait_after(len(ended), exam.cooldown_seconds)
        next_at = due if due > now else None
    mine_paid = sum(each.is_paid or (each.is_live and each.pay_minor > 0) for each in attempts)
    is_open = mine_paid < exam.paid_attempts and taken < exam.paid_budget
    return Prospect(
        exam=exam,
        attempts=tuple(attempts),
        made=len(counting),
        passed=passed if is_valid else None,
        next_at=next_at,
        pay_minor=int(exam.pay_minor) if is_open else 0,
        was_paid_before=mine_paid >= exam.paid_attempts,
        is_budget_used=taken >= exam.paid_budget,
    )


def gold_set_aside(project_id: UUID, use: str) -> int:
    return GoldAnswer.objects.filter(item__project=project_id, use=use).exclude(item__state=Item.State.HIDDEN).count()


def draw_questions(exam: Exam, user: User, n: int) -> list[tuple[GoldAnswer, bool]]:
    """Questions that this person has been asked least, then longest ago, then by lot; each with whether it is new.

    So a retake asks others as long as there are any, and what the feedback has told is asked last.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, {"exam": exam.pk, "user": user.pk, "n": n})
        rows = cursor.fetchall()
    gold = GoldAnswer.objects.in_bulk([row[0] for row in rows])
    return [(gold[item], times == 0) for item, times in rows]


@dataclass(frozen=True)
class QuestionFigures:
    """How a question does with those who met it for the first time: what feedback taught is no evidence."""

    gold: GoldAnswer
    takers: int
    missed: int
    void: ExamVoid | None

    @property
    def share(self) -> Interval:
        return wilson(self.missed, self.takers)

    @property
    def is_suspect(self) -> bool:
        return self.void is None and is_suspect(self.takers, self.missed)


def question_figures(project_id: UUID, golds: Sequence[GoldAnswer]) -> list[QuestionFigures]:
    """Two statements, however many questions."""
    items = [gold.pk for gold in golds]
    rows = (
        ExamAnswer.objects.filter(item__in=items, is_first_time=True, is_right__isnull=False)
        .order_by()
        .values_list("item")
        .annotate(n=Count("pk"), missed=Count("pk", filter=Q(is_right=False)))
    )
    counts = {item: (n, missed) for item, n, missed in rows}
    voids = {void.pk: void for void in ExamVoid.objects.filter(item__in=items).select_related("by")}
    return [QuestionFigures(gold, *counts.get(gold.pk, (0, 0)), voids.get(gold.pk)) for gold in golds]


def suspects_of(project_id: UUID) -> int:
    """How many questions of the exam most people miss, and nobody has voided."""
    rows = (
        ExamAnswer.objects.filter(attempt__exam=project_id, is_first_time=True, is_right__isnull=False)
        .filter(item__exam_void=None)
        .order_by()
        .values("item")
        .annotate(n=Count("pk"), missed=Count("pk", filter=Q(is_right=False)))
    )
    return sum(is_suspect(row["n"], row["missed"]) for row in rows)


@dataclass(frozen=True)
class ExamFigures:
    takers: int
    passed: int
    attempts: int
    live: int
    paid: int


def exam_figures(exam: Exam) -> ExamFigures:
    found = ExamAttempt.objects.filter(exam=exam).aggregate(
        takers=Count("user", distinct=True),
        passed=Count("user", distinct=True, filter=Q(state="passed")),
        attempts=Count("pk"),
        live=Count("pk", filter=Q(state="live")),
        paid=Count("pk", filter=Q(is_paid=True)),
    )
    return ExamFigures(**found)


def shown_data(version: SchemaVersion, item: Item) -> dict[str, Any]:
    """Only the columns that the interface names, as in a lease: another may hold the right answer."""
    parts = version.schema["data"]
    return {name: item.data[name] for name, part in parts.items() if part["type"] != "image" and name in item.data}


def shown_media(version: SchemaVersion, item: Item, *, address: str) -> dict[str, Any]:
    """`address`: the name of the address that gives out files."""
    if item.media is None:
        return {}
    file = {"url": reverse(address, args=[item.media_id]), "width": item.media.width, "height": item.media.height}
    return {name: file for name, part in version.schema["data"].items() if part["type"] == "image"}


_DRAW = """
SELECT g.item_id, coalesce(asked.times, 0)
  FROM annotation_goldanswer g JOIN annotation_item i ON i.id = g.item_id
  LEFT JOIN annotation_examvoid v ON v.item_id = g.item_id
  LEFT JOIN (SELECT a.item_id, count(*) AS times, max(t.started_at) AS last
               FROM annotation_examattempt t JOIN annotation_examanswer a ON a.attempt_id = t.id
              WHERE t.exam_id = %(exam)s AND t.user_id = %(user)s GROUP BY a.item_id) asked ON asked.item_id = g.item_id
 WHERE i.project_id = %(exam)s AND i.is_gold AND i.state <> 'hidden' AND g.use = 'exam' AND v.item_id IS NULL
 ORDER BY coalesce(asked.times, 0), asked.last NULLS FIRST, random()
 LIMIT %(n)s
"""
