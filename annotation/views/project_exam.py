"""A client's exam: its rules, the gold set aside for it, and how its questions do."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation import access
from annotation.domain.exam_voids import void_question
from annotation.domain.exams import (
    chance_to_be_paid,
    chance_to_pass,
    missing_exam,
    remove_exam,
    set_exam,
    share_out_gold,
)
from annotation.domain.insider import remember_insider
from annotation.exam_forms import ExamForm, ShareOutForm, VoidForm
from annotation.models import Exam, GoldAnswer, Project
from annotation.queries.exams import exam_figures, gold_set_aside, paid_places_taken, question_figures
from annotation.queries.project import count_gold
from annotation.views.http import PersonRequest, explain, page, tell
from annotation.views.item_words import answer_rows, shown_rows
from annotation.views.project_frame import frame
from lib.exceptions import Refusal

PAGE_SIZE = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def project_exam(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    exam = Exam.objects.filter(pk=pk).first()
    form = ExamForm(request.POST or None, project=project, initial=ExamForm.initial_of(exam, project))
    if request.method == "POST" and form.is_valid():
        try:
            set_exam(project, actor=request.user, **form.rules())
            messages.success(request, _("The exam is saved."))
            return redirect("project-exam", pk)
        except Refusal as refusal:
            explain(form, refusal)
    return page(request, "annotation/project_exam.html", _context(request, project, exam, form=form), form=form)


@login_required
@require_POST
def project_exam_gold(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Set gold aside for the exam and for practice, by lot."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = ShareOutForm(request.POST)
    if form.is_valid():
        try:
            share_out_gold(project, actor=request.user, **form.cleaned_data)
            messages.success(request, _("The gold is shared out."))
        except Refusal as refusal:
            tell(request, refusal)
    else:
        messages.error(request, _("Write how many gold items to set aside."))
    return redirect("project-exam", pk)


@login_required
@require_POST
def project_exam_removal(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    try:
        remove_exam(project, actor=request.user)
        messages.success(request, _("The project asks for no exam."))
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("project-exam", pk)


@login_required
@require_POST
def exam_void(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """A bad question counts for nobody any more."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = VoidForm(request.POST)
    try:
        void = void_question(
            project, item=item, actor=request.user, reason=form.data.get("reason", "") if form.is_valid() else ""
        )
        words = _("The question counts for nobody now: %(people)d people pass without it, %(paid)d attempts are paid.")
        messages.success(request, words % {"people": void.let_in, "paid": void.made_good})
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("project-exam", pk)


def _context(request: PersonRequest, project: Project, exam: Exam | None, *, form: ExamForm) -> dict[str, Any]:
    remember_insider(request.user, project)
    golds = (
        GoldAnswer.objects.filter(item__project=project, use=GoldAnswer.Use.EXAM)
        .select_related("item__media")
        .order_by("item__position")
    )
    version = project.schema_version
    questions = Paginator(golds, PAGE_SIZE).get_page(request.GET.get("page"))
    return frame(request.user, project, "exam") | {
        "exam": exam,
        "form": form,
        "is_draft": project.state == Project.State.DRAFT,
        "is_fixed": project.state in {Project.State.CLOSING, Project.State.CLOSED},
        "may_void": project.state in {Project.State.OPEN, Project.State.PAUSED},
        "gold": count_gold(project),
        "for_exam": gold_set_aside(project.pk, GoldAnswer.Use.EXAM),
        "for_practice": gold_set_aside(project.pk, GoldAnswer.Use.PRACTICE),
        "missing": missing_exam(project) if project.state == Project.State.DRAFT else [],
        "blind_pass": round(100 * chance_to_pass(project, exam), 1) if exam else 0,
        "blind_pay": round(100 * chance_to_be_paid(project, exam), 1) if exam else 0,
        "figures": exam_figures(exam) if exam else None,
        "paid_taken": paid_places_taken([exam.pk]).get(exam.pk, 0) if exam else 0,
        "questions": questions,
        "rows": [
            (each, shown_rows(version, each.gold.item) if version else [], answer_rows(project, each.gold.value))
            for each in question_figures(project.pk, list(questions))
        ],
    }
