"""Locking a project's price: from a browser wallet, or by whoever holds the client's treasury."""

from dataclasses import dataclass
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
from annotation.domain.parts import PartOfPay, escrows_in_order, refused_of, second_of
from annotation.domain.second_pay import request_whole_funding
from annotation.forms import FunderForm, TransactionForm
from annotation.models import Project
from annotation.queries.funding import Arrival, arrivals
from annotation.views.http import PersonRequest, explain, page, tell
from annotation.views.wizard_steps import setup_of
from lib.exceptions import Refusal
from rewards.domain.escrows import Call, announce_deposit, funding_calls
from rewards.models import Escrow, Token


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
            request_whole_funding(project, actor=request.user, funder_address=form.cleaned_data["funder_address"])
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
    escrow = next((each for each in escrows_in_order(project) if str(each.part) == request.POST.get("part", "0")), None)
    if escrow is None or not form.is_valid():
        messages.error(request, _("A transaction hash is 0x and 64 hexadecimal digits."))
        return redirect("wizard-funding", pk)
    try:
        announce_deposit(escrow, transaction_hash=form.cleaned_data["transaction_hash"], by=request.user)
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("wizard-funding", pk)


def _page(request: PersonRequest, project: Project, form: FunderForm) -> HttpResponse:
    token = project.token
    context = _context(project) | refused_context(project)
    context |= {
        "form": form,
        "wallet_chain": wallet_chain(token) if token else None,
        "has_permit": any(way.has_permit for way in context["ways"]),
        "funding_url": reverse("api-project-funding", args=[project.pk]),
    }
    return page(request, "annotation/wizard_funding.html", context, form=form)


@dataclass(frozen=True)
class Way:
    """How far the money of one token is on its way into its escrow."""

    part: PartOfPay
    arrivals: list[Arrival]

    @property
    def escrow(self) -> Escrow | None:
        return self.part.escrow

    @property
    def coming_minor(self) -> int:
        return sum(each.amount_minor or 0 for each in self.arrivals if not each.is_credited and not each.refused_reason)

    @property
    def missing_minor(self) -> int:
        escrow = self.escrow
        return max(0, int(escrow.required) - int(escrow.deposited) - self.coming_minor) if escrow else 0

    @property
    def is_covered(self) -> bool:
        """Whoever has sent enough is not asked to send it again while the chain confirms it."""
        escrow, total = self.escrow, self.part.quote.total_minor
        if escrow is None or escrow.token_id != self.part.token.pk or total > escrow.required:
            return False
        return int(escrow.required) <= int(escrow.deposited) + self.coming_minor

    @property
    def is_announced(self) -> bool:
        return any(each.confirmations is None and not each.is_credited for each in self.arrivals)

    @property
    def has_permit(self) -> bool:
        return self.part.token.has_permit

    @property
    def calls(self) -> list[Call]:
        return funding_calls(self.escrow) if self.escrow else []

    @property
    def announce_form(self) -> TransactionForm:
        return TransactionForm(auto_id=f"part-{self.part.number}-%s")


def _context(project: Project) -> dict[str, Any]:
    setup = setup_of(project, current="funding")
    pay = verbs.quote_parts(project, second_of(project))
    ways = [Way(part, arrivals(part.escrow) if part.escrow else []) for part in pay]
    return {
        "project": project,
        "setup": setup,
        "steps": setup.steps,
        "pay": pay,
        "ways": ways,
        "has_escrow": any(way.escrow for way in ways),
        "is_draft": project.state == Project.State.DRAFT,
        "is_covered": bool(ways) and all(way.is_covered for way in ways),
        "is_announced": any(way.is_announced for way in ways),
    }


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
