"""Pages of annotators about their own answers: every verdict with its reason, and the way of the money."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from annotation import access
from annotation.models import Answer
from annotation.queries import my_answers as queries
from annotation.queries.comments import threads_of
from annotation.review_forms import ObjectionForm
from annotation.views.http import PersonRequest

A_PAGE = 25


@login_required
@require_safe
def my_answers(request: PersonRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    project = _uuid(request.GET.get("project", ""))
    answers = queries.own_answers(request.user, state=state, project=project)
    found = Paginator(answers, A_PAGE).get_page(request.GET.get("page"))
    rows = queries.with_outcomes(list(found))
    counts = queries.counts_by_state(request.user)
    return render(
        request,
        "annotation/my_answers.html",
        {
            "found": found,
            "rows": rows,
            "state": state if state in Answer.State.values else "",
            "states": [(value, label, counts.get(value, 0)) for value, label in Answer.State.choices],
            "total": sum(counts.values()),
            "projects": queries.projects_answered(request.user),
            "project": project,
        },
    )


@login_required
@require_safe
def my_answer(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Task → answer → verdict → amount → transfer → payout → transaction."""
    answer = access.own_answer(request.user, pk)
    (row,) = queries.with_outcomes([answer])
    media = answer.item.media
    return render(
        request,
        "annotation/answer_detail.html",
        {
            "row": row,
            "answer": answer,
            "project": answer.project,
            "token": answer.project.token,
            "data": queries.shown_data(answer),
            "media": media,
            "media_url": reverse("media", args=[media.pk]) if media else "",
            "history": queries.history(answer),
            "threads": threads_of([answer], request.user)[answer.pk],
            "objection_form": ObjectionForm(),
            "questions": queries.questions(answer),
            "earnings_url": _if_there("earnings"),
        },
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _if_there(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
