"""Locking a project's price: from a browser wallet, or by whoever holds the client's treasury."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import access
from annotation.domain import project as verbs
from annotation.domain.parts import refused_of
from annotation.forms import FunderForm, TransactionForm
from annotation.models import Project
from annotation.queries.funding import arrivals
from annotation.views.http import PersonRequest, explain, page, tell
from annotation.views.wizard_steps import setup_of
from lib.exceptions import Refusal
from rewards.domain.escrows import announce_deposit, funding_calls
from rewards.models import Token


@login_required
@require_safe
def funding(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    if request.htmx:
        return render(request, "annotation/wizard_funding.html#progress", _context(project))
    return _page(request, project, FunderForm())


@login_required
@require_POST
def funding_request(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Fix the quote for an address typed by hand; a wallet's script asks the API for the same."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = FunderForm(request.POST)
    if form.is_valid():
        try:
            verbs.request_funding(project, actor=request.user, funder_address=form.cleaned_data["funder_address"])
            messages.success(request, _("The quote is fixed for this address. Below is what it has to send."))
            return redirect("wizard-funding", pk)
        except Refusal as refusal:
            explain(form, refusal)
    return _page(request, project, form)


@login_required
@require_POST
def funding_announce(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Say which transaction pays. It counts when, and as, the chain tells it."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = TransactionForm(request.POST)
    if project.escrow is None or not form.is_valid():
        messages.error(request, _("A transaction hash is 0x and 64 hexadecimal digits."))
        return redirect("wizard-funding", pk)
    try:
        announce_deposit(project.escrow, transaction_hash=form.cleaned_data["transaction_hash"], by=request.user)
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("wizard-funding", pk)


def _page(request: PersonRequest, project: Project, form: FunderForm) -> HttpResponse:
    token = project.token
    context = _context(project) | refused_context(project)
    context |= {
        "form": form,
        "announce_form": TransactionForm(),
        "quote": verbs.current_quote(project) if token else None,
        "calls": funding_calls(project.escrow) if project.escrow else [],
        "wallet_chain": wallet_chain(token) if token else None,
        "has_permit": bool(token and token.has_permit) and not (project.escrow and project.escrow.opened_transaction),
        "funding_url": reverse("api-project-funding", args=[project.pk]),
    }
    return page(request, "annotation/wizard_funding.html", context, form=form)


def _context(project: Project) -> dict[str, Any]:
    setup = setup_of(project, current="funding")
    escrow = project.escrow
    found = arrivals(escrow) if escrow else []
    coming = sum(each.amount_minor or 0 for each in found if not each.is_credited and not each.refused_reason)
    missing = max(0, int(escrow.required) - int(escrow.deposited)) if escrow else 0
    return {
        "project": project,
        "setup": setup,
        "steps": setup.steps,
        "escrow": escrow,
        "arrivals": found,
        "coming_minor": coming,
        "is_draft": project.state == Project.State.DRAFT,
        # Whoever has sent enough is not asked to send it again while the chain confirms it.
        "is_covered": bool(escrow and escrow.required <= escrow.deposited + coming and not _has_grown(project)),
        "is_announced": any(each.confirmations is None and not each.is_credited for each in found),
        "missing_minor": max(0, missing - coming),
    }


def _has_grown(project: Project) -> bool:
    """The draft costs more by now than its escrow was asked for."""
    return bool(project.escrow and project.token and verbs.current_quote(project).total_minor > project.escrow.required)


def refused_context(project: Project) -> dict[str, Any]:
    """What templates/annotation/_refused_funds.html tells and offers."""
    found = refused_of(project)
    if project.escrow is None or not found:
        return {}
    return {
        "refused": found,
        "wallet_chain": wallet_chain(project.escrow.token),
        "notice_days": -(-settings.CHAIN_CLOSE_NOTICE_SECONDS // 86_400),
    }


def wallet_chain(token: Token) -> dict[str, Any]:
    """What a wallet must know to switch to the chain. Our node's address is told only where it is a toy."""
    chain = token.chain
    return {"id": chain.chain_id, "name": chain.name, "rpc_url": settings.CHAIN_RPC_URL if settings.DEMO else ""}
