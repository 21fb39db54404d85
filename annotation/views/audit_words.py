"""What happened to a project, as sentences. An action without one is shown by its code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import AuditEntry
from annotation.models import Export, Project
from rewards.money import format_minor

HOUR_SECONDS = 3600
SHOWN_CHARACTERS = 80

SENTENCES: dict[str, str | Promise] = {
    "project.created": _("The draft was begun."),
    "project.changed": _("Settings were changed."),
    "project.interface_set": _("Version %(version)s of the interface was saved."),
    "project.quoted": _("The price was quoted: %(total)s, to be paid by %(funder)s."),
    "project.funded": _("The whole price is locked."),
    "project.opened": _("The project was opened; %(total)s are reserved for the work."),
    "project.paused": _("The project was paused."),
    "project.resumed": _("The project was resumed."),
    "project.closing": _("The project began to close."),
    "project.closed": _("The project is closed: everything is paid or given back."),
    "project.second_pay_set": _("A second token was added to the pay."),
    "project.second_pay_quoted": _("The part of the price in the second token was quoted."),
    "project.second_pay_removed": _("The second token was taken out of the pay."),
    "project.gold_marked": _("Item %(item)s was made gold, or its right answer was changed."),
    "project.gold_unmarked": _("Item %(item)s is no gold any more."),
    "project.exam_set": _("The exam was required, or its rules were changed."),
    "project.exam_removed": _("The project asks for no exam any more."),
    "project.exam_shared_out": _("Gold was set aside: %(exam)s for the exam, %(practice)s for practice."),
    "project.exam_question_voided": _("Item %(item)s counts for nobody in the exam: %(let_in)s people pass now."),
    "item.hidden": _("Item %(item)s was hidden: %(broken_for)s people called it broken."),
    "item.shown": _("Item %(item)s is shown again."),
    "item.left_out": _("Item %(item)s is left out."),
    "appeal.held": _("A rejection was held: the client rejects far more than before."),
    "appeal.released": _("A quality admin released a held rejection."),
    "appeal.voided": _("A quality admin voided a rejection: the answer is paid."),
    "appeal.appealed": _("An annotator appealed against a rejection."),
    "appeal.upheld": _("A rejection was upheld against an appeal."),
    "appeal.escalated": _("An annotator took a rejection to a quality admin."),
    "appeal.confirmed": _("A quality admin upheld a rejection."),
    "appeal.overturned": _("A rejection was overturned: the answer is paid."),
    "appeal.lapsed": _("A rejection became final: nobody objected in time."),
    "rejections.held": _("Rejections are held from now on: there are far more than before."),
    "rejections.released": _("A quality admin released the held rejections."),
    "rejections.voided": _("A quality admin voided the held rejections."),
    "upload.import_started": _("The import of “%(name)s” was begun."),
    "upload.discarded": _("The file “%(name)s” was discarded."),
    "export.requested": _("An export was asked for: %(format)s."),
}
# Sentences that count, by the name of their count.
COUNTED: dict[str, tuple[str, Callable[[int], str]]] = {
    "project.gold_set": (
        "items",
        lambda n: ngettext("%(n)d item was made gold by a file.", "%(n)d items were made gold by a file.", n),
    ),
    "project.items_assigned": (
        "created",
        lambda n: ngettext(
            "%(n)d time an item was given to a named person.", "%(n)d times an item was given to a named person.", n
        ),
    ),
    "answer.accepted_all": (
        "answers",
        lambda n: ngettext(
            "%(n)d waiting answer was accepted at once.", "%(n)d waiting answers were accepted at once.", n
        ),
    ),
}
SETTINGS: dict[str, str | Promise] = {
    "title": _("Title"),
    "description": _("In a sentence"),
    "instructions": _("Instructions"),
    "token": _("Token"),
    "price_minor": _("Per accepted answer"),
    "review_price_minor": _("Per review"),
    "overlap": _("Answers per item"),
    "target_confidence": _("Sure enough"),
    "least_overlap": _("At least so many answers"),
    "gold_percent": _("Gold among the answers, in percent"),
    "assignment_mode": _("Who gets which item"),
    "languages": _("Languages annotators must know"),
    "team_only": _("Only members of the team may annotate"),
    "min_reputation": _("Least share of accepted answers, in percent"),
    "cap_per_person": _("Most answers of one person"),
    "lease_seconds": _("Time to answer an item, in minutes"),
    "review_period_seconds": _("Time to judge an answer, in hours"),
    "appeal_period_seconds": _("Time for each step of an appeal, in hours"),
}


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Happening:
    entry: AuditEntry
    sentence: str
    changes: list[Change]


def happening(project: Project, entry: AuditEntry) -> Happening:
    changes = entry.changes if entry.action == "project.changed" else {}
    return Happening(
        entry,
        _sentence(project, entry),
        [
            Change(str(SETTINGS.get(name, name)), _said(project, name, pair[0]), _said(project, name, pair[1]))
            for name, pair in changes.items()
        ],
    )


def _sentence(project: Project, entry: AuditEntry) -> str:
    if entry.action in COUNTED:
        name, counted = COUNTED[entry.action]
        count = int(entry.changes.get(name, 0))
        return counted(count) % {"n": count}
    words = SENTENCES.get(entry.action)
    if words is None:
        return entry.action
    total = _amount(project, str(entry.changes.get("total_minor", "")))
    return str(words) % _Said(entry.changes | _format(entry) | {"total": total or "–"})


class _Said(dict[str, Any]):
    """An older entry may lack what its sentence would say."""

    def __missing__(self, key: str) -> str:
        return "–"


def _format(entry: AuditEntry) -> dict[str, str]:
    name = entry.changes.get("format")
    return {"format": str(Export.Format(name).label)} if name in Export.Format.values else {}


def _amount(project: Project, minor: str) -> str:
    token = project.token
    if token is None or not minor.isdecimal():
        return minor
    return f"{format_minor(int(minor), token.decimals)} {token.symbol}"


def _said(project: Project, name: str, value: str) -> str:
    """A setting as the forms show it."""
    if value in ("", "None", "[]"):
        return "–"
    if name in {"price_minor", "review_price_minor"}:
        return _amount(project, value)
    if name in {"review_period_seconds", "appeal_period_seconds"} and value.isdecimal():
        return f"{int(value) / HOUR_SECONDS:g}"
    if name == "lease_seconds" and value.isdecimal():
        return f"{int(value) / 60:g}"
    if name == "assignment_mode" and value in Project.AssignmentMode.values:
        return str(Project.AssignmentMode(value).label)
    if value in ("True", "False"):
        return _now("yes") if value == "True" else _now("no")
    return value.strip("[]").replace("'", "") if name == "languages" else _short(value)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
