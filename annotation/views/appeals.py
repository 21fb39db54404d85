"""Appeals: the annotator's button, the client's queue, the quality admin's queue, and one appeal with its answer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import quality_admin_page
from annotation import access
from annotation.domain.appeals import answer_appeal, object_to
from annotation.domain.insider import remember_insider
from annotation.domain.rejection_holds import carry_out_decided, end_hold
from annotation.models import Appeal, RejectionHold
from annotation.queries import appeals as queries
from annotation.queries.comments import threads_of
from annotation.queries.review_item import history_of_answer
from annotation.review_forms import AppealAnswerForm, HoldForm, ObjectionForm
from annotation.views.http import PersonRequest, explain, tell
from annotation.views.item_words import data_rows
from lib.exceptions import Refusal

A_PAGE = 25


@login_required
@require_POST
def my_answer_appeal(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The author appeals, or takes it to a quality admin."""
    answer = access.own_answer(request.user, pk)
    form = ObjectionForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect("my-answer", pk)
    try:
        appeal = object_to(answer, actor=request.user, **form.cleaned_data)
    except Refusal as refusal:
        tell(request, refusal)
        return redirect("my-answer", pk)
    is_last = appeal.state == Appeal.State.ESCALATED
    messages.success(
        request,
        _("A quality admin decides now. If nobody does in time, the answer is paid in full.")
        if is_last
        else _("The client has to answer now. If nobody does in time, the answer is paid in full."),
    )
    return redirect("my-answer", pk)


@login_required
@require_safe
def appeals(request: PersonRequest) -> HttpResponse:
    """Appeals that somebody of my teams has to answer."""
    found = Paginator(queries.appeals_to_answer(request.user), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "annotation/appeals.html", {"found": found, "rows": _rows(found)})


@quality_admin_page
@require_safe
def quality_appeals(request: PersonRequest) -> HttpResponse:
    """Appeals that were taken to the platform, and clients whose rejections are held."""
    found = Paginator(queries.appeals_to_judge(request.user), A_PAGE).get_page(request.GET.get("page"))
    held = queries.with_rejections(list(queries.live_holds()))
    context = {"found": found, "rows": _rows(found), "held": held, "form": HoldForm()}
    return render(request, "annotation/quality_appeals.html", context)


@quality_admin_page
@require_POST
def hold_decide(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Release the rejections of a client, or void them."""
    hold = get_object_or_404(RejectionHold, pk=pk)
    form = HoldForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why, in ten characters or more."))
        return redirect("quality-appeals")
    given = form.cleaned_data
    try:
        end_hold(hold, actor=request.user, outcome=RejectionHold.Outcome(given["outcome"]), reason=given["reason"])
    except Refusal as refusal:
        tell(request, refusal)
        return redirect("quality-appeals")
    carry_out_decided()
    messages.success(request, _("Done. The annotators see it on their answers' pages."))
    return redirect("quality-appeals")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: PersonRequest, pk: UUID) -> HttpResponse:
    """One appeal: the task, the answer, what was said; and the form of whoever has to answer it."""
    found = access.appeal_for(request.user, pk)
    remember_insider(request.user, found.project)
    form = AppealAnswerForm(request.POST if request.method == "POST" else None)
    may_answer = access.may_answer_appeal(request.user, found)
    if request.method == "POST" and may_answer and form.is_valid():
        given = form.cleaned_data
        try:
            ended = answer_appeal(
                found.answer,
                actor=request.user,
                upholds=given["decision"] == "upheld",
                reason=given["reason"],
                text=given["text"],
            )
        except Refusal as refusal:
            explain(form, refusal)
        else:
            messages.success(request, _said(ended))
            return redirect("quality-appeals" if ended.state == Appeal.State.FINAL else "appeals")
    context = {
        "appeal": found,
        "project": found.project,
        "data": data_rows(found.answer.item),
        "item": found.answer.item,
        "history": history_of_answer(found.answer),
        "threads": threads_of([found.answer], request.user)[found.answer.pk],
        "objection": queries.objection_of(found),
        "form": form,
        "may_answer": may_answer,
        "is_for_platform": found.state == Appeal.State.ESCALATED,
    }
    status = 200 if request.method != "POST" else 422 if may_answer else 403
    return render(request, "annotation/appeal.html", context, status=status)


def _rows(found: Any) -> list[dict[str, Any]]:
    return [{"appeal": each, "objection": queries.objection_of(each)} for each in found]


def _said(ended: Appeal) -> str:
    if ended.state == Appeal.State.OVERTURNED:
        return _("Overturned: the answer is paid in full.")
    if ended.state == Appeal.State.FINAL:
        return _("Upheld. This is final; the place is free for somebody else.")
    return _("Upheld. The annotator may take it to a quality admin until the clock runs out.")
