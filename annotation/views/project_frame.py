"""What stands around every page of a running project: its tabs, and what this person may do there."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import User
from annotation import access
from annotation.models import Project
from annotation.queries.hidden import count_hidden_waiting


def frame(user: User, project: Project, current: str) -> dict[str, Any]:
    role = access.role_in_project(user, project)
    may_manage = role in access.MANAGE
    may_review = user.is_quality_admin or role in access.REVIEW
    tabs = [
        ("detail", _("Overview"), "project-detail", True),
        ("items", _("Items"), "project-items", access.may_see_items(user, project)),
        ("quality", _("Quality"), "project-quality", True),
        ("people", _("Annotators"), "project-people", True),
        ("review", _("Review"), "review-queue", may_review),
        ("exam", _("Exam"), "project-exam", may_manage),
        ("exports", _("Exports"), "project-exports", may_manage),
        ("audit", _("What happened"), "project-audit", may_manage),
    ]
    may_decide_hidden = user.is_quality_admin or may_manage
    return {
        "project": project,
        "hidden_waiting": count_hidden_waiting(project) if may_decide_hidden and project.opened_at else 0,
        "may_manage": may_manage,
        "may_review": may_review,
        "tabs": [
            {"label": label, "url": url, "current": key == current}
            for key, label, name, is_shown in tabs
            if is_shown and (url := _address(name, project))
        ],
    }


def _address(name: str, project: Project) -> str:
    """Empty while the page does not exist."""
    try:
        return reverse(name, args=[project.pk])
    except NoReverseMatch:
        return ""
