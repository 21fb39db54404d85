"""Pages of annotators: finding work, and the workbench."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from accounts.models import User
from annotation.models import Project
from annotation.queries.work import WorkRow, work_projects, work_rows
from annotation.queries.workbench import workbench_state
from annotation.views.workbench_assets import workbench_modules
from annotation.views.workbench_messages import workbench_messages

PAGE_SIZE = 20
PREFETCH = 5
CLIENT_VERSION = "1"


@require_safe
@login_required
def work_list(request: HttpRequest) -> HttpResponse:
    """What I can work on, and what I cannot with the rule that excludes me."""
    assert isinstance(request.user, User)
    workable = _page(request, is_workable=True, name="page")
    excluded = _page(request, is_workable=False, name="other")
    rows = work_rows([*workable, *excluded], request.user)
    by_id = {row.project.pk: row for row in rows}
    return render(
        request,
        "annotation/work_list.html",
        {
            "workable": workable,
            "excluded": excluded,
            "workable_rows": _rows(workable, by_id),
            "excluded_rows": _rows(excluded, by_id),
        },
    )


@require_safe
@login_required
@never_cache
@gzip_page
def workbench(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The labelling page. Its script asks for items by itself; the state it begins with is in the page."""
    assert isinstance(request.user, User)
    state = workbench_state(request.user, pk)
    if _is_for_exam(state):
        return redirect("exam", pk)
    return render(
        request,
        "annotation/workbench.html",
        {
            "project": state,
            "config": _config(request.user, state),
            "workbench_messages": workbench_messages(),
            "modules": workbench_modules(state["schema"]),
            "back_url": reverse("work"),
        },
    )


def _is_for_exam(state: dict[str, Any]) -> bool:
    """Nothing was begun here, and an exam comes first."""
    return any(why["code"] == "exam" for why in state["why_not"]) and not (state["leases"] or state["progress"]["mine"])


def _page(request: HttpRequest, *, is_workable: bool, name: str) -> Page[Project]:
    assert isinstance(request.user, User)
    return Paginator(work_projects(request.user, is_workable=is_workable), PAGE_SIZE).get_page(request.GET.get(name))


def _rows(page: Page[Project], by_id: dict[UUID, WorkRow]) -> list[WorkRow]:
    return [by_id[project.pk] for project in page]


def _config(user: User, state: dict[str, Any]) -> dict[str, Any]:
    return {
        "user": str(user.public_id),
        "api": "/api/v1/",
        "locale": get_language(),
        "client_version": CLIENT_VERSION,
        "limits": {"prefetch": PREFETCH},
        "state": state,
        "urls": {
            "csrf": reverse("workbench", args=[state["id"]]),
            "sign_in": f"{reverse('account_login')}?next={reverse('workbench', args=[state['id']])}",
            "projects": reverse("work"),
            "earnings": _if_there("earnings"),
        },
    }


def _if_there(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
