"""A client's side of an exam: its rules, and which gold is set aside for it. docs/algorithms/exams.md.

Money and questions are part of the price: fixed once the project is funded. The other rules may change while people
work; an attempt keeps those it began with.
"""

import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import locks
from annotation.exam_rules import MOST_BLIND_PAY, blind_chance
from annotation.exceptions import AnnotationError
from annotation.kinds.schema import Schema, parse_schema
from annotation.models import Exam, GoldAnswer, Item, Project
from annotation.queries.exams import gold_set_aside
from lib.exceptions import FieldError, InvalidInput

FIXED = ("questions", "pay_minor", "pay_mark", "paid_attempts", "paid_budget")
LATER = ("pass_mark", "seconds", "attempts_most", "cooldown_seconds", "valid_days")
LIMITS = {
    "questions": (1, 100),
    "pass_mark": (1, 100),
    "pay_mark": (1, 100),
    "seconds": (60, 24 * 3600),
    "attempts_most": (1, 20),
    "cooldown_seconds": (0, 30 * 24 * 3600),
    "valid_days": (1, 3650),
    "paid_attempts": (1, 5),
    "paid_budget": (0, 1_000_000),
}
DICE = secrets.SystemRandom()


def set_exam(project: Project, *, actor: User, **rules: Any) -> Exam:
    """Require an exam, or change its rules. What is not named stays, or has its default."""
    unknown = set(rules) - {*FIXED, *LATER}
    if unknown:
        raise ValueError(f"These are no rules of an exam: {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        exam = locks.lock_exam(project.pk)
        changed = _changes(exam or Exam(), rules)
        _refuse_late(project, exam, changed)
        if exam is not None and not changed:
            return exam
        found = exam or Exam(project=project, version=0)
        for name, value in changed.items():
            setattr(found, name, value)
        _refuse_impossible(found)
        found.version += 1
        found.save()
        _audit("project.exam_set", project, actor, {name: str(value) for name, value in changed.items()})
    return found


def remove_exam(project: Project, *, actor: User) -> None:
    """Ask for none. What was set aside for it is a hidden probe again. Doing it twice is the same as once."""
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        exam = locks.lock_exam(project.pk)
        if exam is None:
            return
        _refuse_unless_draft(project)
        exam.delete()
        set_aside = GoldAnswer.objects.filter(item__project=project, use=GoldAnswer.Use.EXAM)
        set_aside.update(use=GoldAnswer.Use.PROBE)
        _audit("project.exam_removed", project, actor, {})


def share_out_gold(project: Project, *, actor: User, exam: int, practice: int) -> None:
    """Of all gold, so many by lot for the exam and for practice; the rest stays hidden probes."""
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        _refuse_unless_draft(project)
        golds = list(GoldAnswer.objects.filter(item__project=project).order_by("pk").values_list("pk", flat=True))
        if min(exam, practice) < 0 or exam + practice > len(golds):
            message = _("There are %(n)d gold items: set aside at most so many.") % {"n": len(golds)}
            raise InvalidInput(_("There is not enough gold."), [FieldError("exam", message)])
        lot = DICE.sample(golds, exam + practice)
        uses = GoldAnswer.Use
        GoldAnswer.objects.filter(pk__in=golds).update(use=uses.PROBE)
        GoldAnswer.objects.filter(pk__in=lot[:exam]).update(use=uses.EXAM)
        GoldAnswer.objects.filter(pk__in=lot[exam:]).update(use=uses.PRACTICE)
        _audit("project.exam_shared_out", project, actor, {"exam": exam, "practice": practice})


def missing_exam(project: Project) -> list[FieldError]:
    """Why the exam of a draft cannot be taken, or would give money away."""
    exam = Exam.objects.filter(pk=project.pk).first()
    n = gold_set_aside(project.pk, GoldAnswer.Use.EXAM)
    if exam is None:
        message = _("Gold is set aside for an exam, but the project has none: write its rules, or use it as probes.")
        return [FieldError("exam", message)] if n else []
    if n < exam.questions:
        message = _("The exam asks %(wanted)d questions, and %(n)d gold items are set aside for it.")
        return [FieldError("exam", message % {"wanted": exam.questions, "n": n})]
    chance = chance_to_be_paid(project, exam)
    if exam.pay_minor and exam.paid_budget and chance > MOST_BLIND_PAY:
        message = _(
            "Whoever answers this exam without looking is paid %(percent)d times of 100. Ask more questions, raise the "
            "mark to be paid, or let no answer be right too often."
        )
        return [FieldError("exam", message % {"percent": round(100 * chance)})]
    return []


def chance_to_be_paid(project: Project, exam: Exam) -> float:
    return _chance(project, exam, exam.pay_mark)


def chance_to_pass(project: Project, exam: Exam) -> float:
    return _chance(project, exam, exam.pass_mark)


def exam_budget(project: Project) -> tuple[int, int]:
    """(the most attempts that are paid, the pay of each): what the quote has to hold for the exam."""
    row = Exam.objects.filter(pk=project.pk).values_list("paid_budget", "pay_minor").first()
    return (int(row[0]), int(row[1])) if row and row[1] else (0, 0)


def _chance(project: Project, exam: Exam, mark: int) -> float:
    schema = _schema(project)
    if schema is None:
        return 0.0
    answers = GoldAnswer.objects.filter(item__project=project, use=GoldAnswer.Use.EXAM)
    values = list(answers.exclude(item__state=Item.State.HIDDEN).values_list("value", flat=True))
    return blind_chance(schema, values, questions=exam.questions, mark=mark)


def _schema(project: Project) -> Schema | None:
    return parse_schema(project.schema_version.schema) if project.schema_version else None


def _changes(exam: Exam, rules: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rules.items() if exam._state.adding or getattr(exam, name) != value}


def _refuse_late(project: Project, exam: Exam | None, changed: dict[str, Any]) -> None:
    if project.state == Project.State.DRAFT:
        return
    late = [name for name in FIXED if name in changed]
    if exam is None or late:
        raise AnnotationError(
            _("An exam and what it pays are part of the price: fixed once the project is funded."),
            code="project_funded", field=late[0] if late else None,
        )  # fmt: skip
    if project.state in {Project.State.CLOSING, Project.State.CLOSED}:
        raise AnnotationError(_("A closed project does not change any more."), code="project_closed")


def _refuse_unless_draft(project: Project) -> None:
    if project.state != Project.State.DRAFT:
        raise AnnotationError(
            _("An exam and what it pays are part of the price: fixed once the project is funded."),
            code="project_funded",
        )


def _refuse_impossible(exam: Exam) -> None:
    errors = []
    for name, (low, high) in LIMITS.items():
        value = getattr(exam, name)
        if value is not None and not low <= value <= high:
            message = _("Choose between %(least)s and %(most)s.") % {"least": low, "most": high}
            errors.append(FieldError(name, message))
    if exam.pay_mark > exam.pass_mark:
        errors.append(FieldError("pay_mark", _("At most the mark to pass: whoever passes is paid.")))
    if not 0 <= int(exam.pay_minor) < 2**128:
        errors.append(FieldError("pay_minor", _("That is more than any token holds.")))
    if errors:
        raise InvalidInput(_("The exam cannot be like this."), errors)


def _audit(action: str, project: Project, actor: User, changes: dict[str, Any]) -> None:
    audit.record(action, actor=actor, object_kind="project", object_id=project.pk, team=project.team, changes=changes)
