"""Exams as annotators meet them: what one is like, its questions one by one, its result, and practice."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.domain.exam_attempts import (
    answer_question,
    current_question,
    end_if_over,
    exam_of,
    in_the_way,
    own_attempt,
    start_attempt,
)
from annotation.domain.practice import Practised, practice_question, practice_questions, practise
from annotation.exam_forms import QuestionForm
from annotation.exceptions import AnnotationError
from annotation.models import ExamAttempt, Item, Project, SchemaVersion
from annotation.queries.exams import prospect_of, shown_data, shown_media
from annotation.queries.standing import visible_projects
from annotation.views.exam_messages import exam_messages
from annotation.views.http import PersonRequest, tell
from annotation.views.item_words import answer_words, shown_rows
from lib.exceptions import Refusal
from lib.markdown import render_markdown

GET_AND_POST = ["GET", "HEAD", "POST"]


@never_cache
@login_required
@require_safe
def exam(request: PersonRequest, pk: UUID) -> HttpResponse:
    """What it asks, how long it takes, what it pays, and when it may be taken."""
    found = exam_of(request.user, pk)
    if found is None:
        raise Http404
    prospect = prospect_of(request.user, found)
    if prospect.live is not None and not end_if_over(prospect.live).is_live:
        prospect = prospect_of(request.user, found)
    context = {
        "exam": found,
        "project": found.project,
        "token": found.project.token,
        "prospect": prospect,
        "against": [] if prospect.live or prospect.passed else in_the_way(request.user, pk),
        "practice": len(practice_questions(found.project)),
    }
    return render(request, "annotation/exam.html", context)


@login_required
@require_POST
def exam_start(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Begin an attempt, or go on with the one that is under way."""
    found = exam_of(request.user, pk)
    if found is None:
        raise Http404
    try:
        return redirect("exam-attempt", start_attempt(found, user=request.user).pk)
    except Refusal as refusal:
        tell(request, refusal)
        return redirect("exam", pk)


@never_cache
@login_required
@require_http_methods(GET_AND_POST)
def exam_attempt(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The question that waits; when none does any more, the result."""
    attempt = own_attempt(request.user, pk)
    if attempt is None:
        raise Http404
    attempt = end_if_over(attempt)
    form = QuestionForm(request.POST or None)
    refused: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            answer_question(attempt, number=form.cleaned_data["number"], result=form.cleaned_data["value"])
            return redirect("exam-attempt", pk)
        except Refusal as refusal:
            if refusal.status == 404:
                raise Http404 from None
            refused = refusal
    question = current_question(attempt) if attempt.is_live else None
    if question is None:
        return render(request, "annotation/exam_result.html", _result(request, attempt))
    context = _asking(request, attempt.exam.project, attempt.schema_version, question.item, question.number) | {
        "attempt": attempt,
        "of": attempt.questions,
        "done": attempt.answers.exclude(answered_at=None).count(),
        "form": form,
        "refused": refused,
        "back_url": reverse("exam", args=[attempt.exam_id]),
    }
    status = 422 if refused or form.errors else 200
    return render(request, "annotation/exam_question.html", context, status=status)


@never_cache
@login_required
@require_http_methods(GET_AND_POST)
def practice(request: PersonRequest, pk: UUID, number: int = 1) -> HttpResponse:
    """A question with its answer and why: unpaid, as often as anybody likes."""
    project = visible_projects(request.user).filter(pk=pk).select_related("team", "schema_version").first()
    if project is None or project.schema_version is None:
        raise Http404
    form = QuestionForm(request.POST or None)
    shown: Practised | None = None
    refused: Refusal | None = None
    try:
        gold = practice_question(project, number)
        if request.method == "POST" and form.is_valid():
            shown = practise(project, number=number, result=form.cleaned_data["value"])
    except AnnotationError as refusal:
        raise Http404 from refusal
    except Refusal as refusal:
        refused = refusal
    of = len(practice_questions(project))
    context = _asking(request, project, project.schema_version, gold.item, number) | {
        "of": of,
        "form": form,
        "refused": refused,
        "shown": shown,
        "back_url": reverse("exam", args=[pk]) if exam_of(request.user, pk) else reverse("work"),
        "next_url": reverse("practice", args=[pk, number % of + 1]),
    }
    if shown:
        context |= {
            "expected": answer_words(project.schema_version, shown.expected),
            "given": answer_words(project.schema_version, shown.value),
        }
    return render(request, "annotation/exam_question.html", context, status=422 if refused or form.errors else 200)


def _asking(
    request: PersonRequest, project: Project, version: SchemaVersion, item: Item, number: int
) -> dict[str, Any]:
    return {
        "project": project,
        "number": number,
        "instructions_html": render_markdown(project.instructions),
        "question": _for_script(request, version, item, number),
    }


def _for_script(request: PersonRequest, version: SchemaVersion, item: Item, number: int) -> dict[str, Any]:
    """What exam_view.js draws: the same data, tools and keys as in the workbench."""
    return {
        "schema": version.schema,
        "item": number,
        "data": shown_data(version, item),
        "media": shown_media(version, item, address="media"),
        "prefs": {"shortcuts": True, "keymap": {}} | request.user.workbench_prefs,
        "messages": exam_messages(),
        "locale": get_language() or "en",
    }


def _result(request: PersonRequest, attempt: ExamAttempt) -> dict[str, Any]:
    """Only of questions that were answered: whoever runs out of time on purpose learns nothing of the rest."""
    answers = attempt.answers.select_related("item__media", "item__gold", "item__exam_void").order_by("number")
    rows = [
        {
            "answer": row,
            "void": getattr(row.item, "exam_void", None),
            "data": shown_rows(attempt.schema_version, row.item),
            "given": answer_words(attempt.schema_version, row.value or {}),
            "expected": answer_words(attempt.schema_version, row.expected),
            "explanation": row.item.gold.explanation if hasattr(row.item, "gold") else "",
        }
        for row in answers
        if row.answered_at is not None
    ]
    return {
        "attempt": attempt,
        "project": attempt.exam.project,
        "token": attempt.exam.project.token,
        "rows": rows,
        "unanswered": attempt.questions - len(rows),
        "prospect": prospect_of(request.user, attempt.exam),
    }
