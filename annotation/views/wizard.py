"""The wizard: a draft becomes a project that can be paid for. Every step can be left, come back to and repeated."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access as teams
from accounts.domain.team import create_team
from accounts.models import Membership, Team
from annotation import access
from annotation.domain import project as verbs
from annotation.domain.parts import PartOfPay, second_of
from annotation.domain.second_pay import Besides, set_pay
from annotation.exceptions import AnnotationError
from annotation.forms import InstructionsForm, PriceForm, ProjectForm, QualityForm, SchemaForm
from annotation.models import Project, SecondPay
from annotation.queries.pay import pay_hints
from annotation.queries.project import count_gold, count_targets
from annotation.queries.samples import columns_of, has_images, samples_of
from annotation.starters import starters
from annotation.views.builder_messages import builder_messages
from annotation.views.http import PersonRequest, explain, page, tell
from annotation.views.wizard_steps import STEPS, after, setup_of
from annotation.views.workbench_messages import item_messages
from lib.exceptions import InvalidInput, Refusal
from lib.markdown import render_markdown
from rewards.queries import active_tokens

GET_AND_POST = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(GET_AND_POST)
def project_create(request: PersonRequest) -> HttpResponse:
    """A title and a team; everything else has its own step. Whoever has no team makes one here."""
    mine = list(Membership.objects.filter(user=request.user, role__in=access.MANAGE).values_list("team", flat=True))
    form = ProjectForm(request.POST or None, teams=mine)
    if request.method == "POST" and form.is_valid():
        try:
            project = verbs.create_project(
                _team_of(request, form),
                actor=request.user,
                title=form.cleaned_data["title"],
                description=form.cleaned_data["description"],
            )
            return redirect("wizard-data", project.pk)
        except Refusal as refusal:
            explain(form, refusal)
    return page(request, "annotation/project_create.html", {"form": form, "steps": _steps_ahead()}, form=form)


@login_required
@require_safe
def wizard(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Where the client left off."""
    return redirect(setup_of(access.project_for(request.user, pk, roles=access.MANAGE)).next_url)


@login_required
@require_http_methods(GET_AND_POST)
def interface(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    columns = columns_of(project)
    offered = starters([column["name"] for column in columns], has_images=has_images(project))
    form = SchemaForm(request.POST or None, initial={"schema": _first_schema(request, project, offered)})
    if request.method == "POST" and form.is_valid():
        try:
            verbs.set_schema(project, actor=request.user, schema=form.cleaned_data["schema"])
            messages.success(request, _("The interface is saved."))
            return after(project, "interface")
        except Refusal as refusal:
            for path, message in _places(refusal):
                form.add_error("schema", f"{path}: {message}" if path else message)
    samples = samples_of(project)
    context = _context(project, "interface") | {
        "form": form,
        "starters": offered,
        "columns": columns,
        "is_fixed": project.state not in {Project.State.DRAFT, Project.State.FUNDED},
        "builder": {
            "columns": [{"name": each["name"], "kind": each["kind"]} for each in columns],
            "has_images": has_images(project),
            "messages": builder_messages(),
            "locale": get_language(),
        },
        "preview": {
            "schema": _as_json(form["schema"].value()),
            "sample": next(iter(samples), None),
            "messages": item_messages(),
            "locale": get_language(),
        },
        "samples": samples,
    }
    return page(request, "annotation/wizard_interface.html", context, form=form)


@login_required
@require_http_methods(GET_AND_POST)
def instructions(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = InstructionsForm(request.POST or None, initial={"instructions": project.instructions})
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        try:
            verbs.update_project(project, actor=request.user, instructions=form.cleaned_data["instructions"])
            messages.success(request, _("The instructions are saved."))
            return after(project, "instructions")
        except Refusal as refusal:
            explain(form, refusal)
    text = str(form["instructions"].value() or "")
    context = _context(project, "instructions") | {"form": form, "html": render_markdown(text)}
    if request.htmx:
        return render(request, "annotation/wizard_instructions.html#preview", context)
    return page(request, "annotation/wizard_instructions.html", context, form=form)


@login_required
@require_http_methods(GET_AND_POST)
def quality(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = QualityForm(request.POST or None, initial=QualityForm.initial_of(project))
    if request.method == "POST" and form.is_valid():
        try:
            verbs.update_project(project, actor=request.user, **form.changes())
            messages.success(request, _("The rules are saved."))
            return after(project, "quality")
        except Refusal as refusal:
            explain(form, refusal)
    context = _context(project, "quality") | {
        "form": form,
        "gold_items": count_gold(project),
        "targets": count_targets(project),
        "is_manual": project.assignment_mode == Project.AssignmentMode.MANUAL,
    }
    return page(request, "annotation/wizard_quality.html", context, form=form)


@login_required
@require_http_methods(GET_AND_POST)
def price(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Prices, and the quote for them before anything is saved."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    second = second_of(project)
    form = PriceForm(request.POST or None, tokens=active_tokens(), initial=PriceForm.initial_of(project, second))
    is_draft = "preview" in request.POST or bool(request.htmx)
    if request.method == "POST" and form.is_valid() and not is_draft:
        try:
            _set_pay(request, project, form)
            messages.success(request, _("The price is saved."))
            return after(project, "price")
        except Refusal as refusal:
            explain(form, refusal)
    if form.is_bound and form.is_valid():
        for name, value in form.changes().items():
            setattr(project, name, value)
        besides = form.besides()
        second = SecondPay(project=project, **besides) if besides else None
    context = _context(project, "price") | {
        "form": form,
        "pay": _pay(project, second),
        "hints": pay_hints(project, second_price_minor=int(second.price_minor) if second else 0),
    }
    if request.htmx:
        return render(request, "annotation/wizard_price.html#quote", context)
    return page(request, "annotation/wizard_price.html", context, form=form)


def _set_pay(request: PersonRequest, project: Project, form: PriceForm) -> None:
    besides = form.besides()
    try:
        set_pay(project, actor=request.user, prices=form.changes(), besides=Besides(**besides) if besides else None)
    except AnnotationError as refusal:
        # Its verb names the fields of the second token as if they were alone.
        if besides and refusal.code == "invalid":
            refusal.field = f"second_{(refusal.field or 'token').removesuffix('_minor')}"
        raise


@login_required
@require_safe
def opening(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Everything once more, before people are let in."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    context = _context(project, "opening") | {
        "pay": _pay(project, second_of(project)),
        "html": render_markdown(project.instructions),
        "gold_items": count_gold(project),
    }
    return render(request, "annotation/wizard_opening.html", context)


def _pay(project: Project, second: SecondPay | None) -> list[PartOfPay]:
    return verbs.quote_parts(project, second)


@login_required
@require_POST
def project_open(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    try:
        verbs.open_project(project, actor=request.user)
    except Refusal as refusal:
        tell(request, refusal)
        return redirect("wizard-opening", pk)
    messages.success(request, _("The project is open: annotators can start now."))
    return redirect("project-detail", pk)


def _team_of(request: PersonRequest, form: ProjectForm) -> Team:
    if "team" in form.cleaned_data:
        return teams.team_for(request.user, form.cleaned_data["team"].pk, roles=access.MANAGE)
    return create_team(request.user, name=form.cleaned_data["team_name"])


def _context(project: Project, step: str) -> dict[str, Any]:
    setup = setup_of(project, current=step)
    return {"project": project, "setup": setup, "steps": setup.steps}


def _steps_ahead() -> list[dict[str, Any]]:
    return [{"label": label, "url": "", "done": False, "current": False} for _key, label, _name, _mends in STEPS]


def _first_schema(request: PersonRequest, project: Project, offered: list[Any]) -> str:
    chosen = next((each.schema for each in offered if each.key == request.GET.get("starter")), None)
    stored = project.schema_version.schema if project.schema_version else None
    return json.dumps(chosen or stored or offered[0].schema, ensure_ascii=False, indent=2)


def _as_json(text: Any) -> Any:
    try:
        return json.loads(str(text))
    except (ValueError, RecursionError):
        return None


def _places(refusal: Refusal) -> list[tuple[str, str]]:
    if isinstance(refusal, InvalidInput):
        return [(each.path, each.message) for each in refusal.errors]
    return [("", refusal.message)]
