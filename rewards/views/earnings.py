"""A person's own money."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import payout_wallet_of
from rewards import arrivals, queries
from rewards.domain import wishes
from rewards.domain.claims import ReadyClaim, ready_claims, to_another
from rewards.exceptions import RewardsError
from rewards.forms import ReceiverForm, ThresholdForm
from rewards.models import Chain, Token
from rewards.views.http import PersonRequest, WithToken

PAGE_ROWS = 25
LATEST_ROWS = 10


@login_required
@never_cache
@require_safe
def earnings(request: PersonRequest) -> HttpResponse:
    balances = queries.balances_of(request.user)
    waits = arrivals.waits_of(request.user, balances)
    payouts = Paginator(queries.payouts_of(request.user), PAGE_ROWS)
    wallet = payout_wallet_of(request.user)
    context = {
        "rows": [(wait, ThresholdForm(token=wait.balance.token, minor=wait.own_threshold)) for wait in waits],
        "requests": _requests(request, waits) if wallet else [],
        "refused": queries.refused_payouts_of(request.user),
        "has_claims": any(balance.claimable for balance in balances),
        "payouts": payouts.get_page(request.GET.get("page")),
        "latest": queries.earnings_of(request.user)[:LATEST_ROWS],
        "wallet": wallet,
    }
    return render(request, "rewards/earnings.html", context)


def _requests(request: PersonRequest, waits: list[arrivals.Wait]) -> list[dict[str, Any]]:
    """On which chains the person may ask to be paid now, and when that would arrive."""
    asked = {wait.balance.token.chain for wait in waits if wait.has_asked}
    return [
        {
            "chain": chain,
            "has_asked": chain in asked,
            "again_at": wishes.next_request_at(request.user, chain),
            "arrives_by": arrivals.next_arrival(timezone.now()),
        }
        for chain in arrivals.chains_waiting(waits)
    ]


@login_required
@require_POST
def threshold(request: PersonRequest, pk: UUID) -> HttpResponse:
    """From which amount on one wants to be paid in a token; empty takes it back."""
    token = get_object_or_404(Token, pk=pk)
    form = ThresholdForm(request.POST, token=token)
    if form.is_valid():
        wishes.set_threshold(request.user, token, minor=form.cleaned_data["threshold"])
        messages.success(request, _("Noted: it holds from the next settlement on."))
    else:
        messages.error(request, " ".join(map(str, form.errors["threshold"])))
    return redirect("earnings")


@login_required
@require_POST
def payout_request(request: PersonRequest, chain_id: int) -> HttpResponse:
    chain = get_object_or_404(Chain, chain_id=chain_id)
    try:
        wishes.ask_to_be_paid(request.user, chain)
    except RewardsError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The next settlement takes along everything you have earned."))
    return redirect("earnings")


@login_required
@never_cache
@require_safe
def earning_list(request: PersonRequest) -> HttpResponse:
    """Every accepted piece of work with its pay."""
    pages = Paginator(queries.earnings_of(request.user), 2 * PAGE_ROWS)
    return render(request, "rewards/earning_list.html", {"page": pages.get_page(request.GET.get("page"))})


@login_required
@never_cache
@require_safe
def claim(request: PersonRequest) -> HttpResponse:
    """Taking one's credits by a transaction of one's own; with `to`, to another address."""
    claims = ready_claims(request.user)
    contracts = frozenset(ready.to for ready in claims) | {ready.token.address for ready in claims}
    form = ReceiverForm(request.GET if "to" in request.GET else None, refused=contracts)
    receiver = form.cleaned_data["to"] if form.is_bound and form.is_valid() else ""
    if receiver:
        claims = [to_another(ready, receiver) for ready in claims]
    context = {
        "chains": [_of_chain(chain, list(found)) for chain, found in groupby(claims, lambda ready: ready.token.chain)],
        "form": form,
        "receiver": receiver,
    }
    return render(request, "rewards/claim.html", context)


def _of_chain(chain: Chain, claims: list[ReadyClaim]) -> dict[str, Any]:
    """A wallet is on one chain at a time, so each chain has its own buttons."""
    rows = [
        {"amount": WithToken(claim.amount_minor, claim.token), "address": claim.address, "claim": claim}
        for claim in claims
    ]
    config = {
        "chain": {
            "id": chain.chain_id,
            "name": chain.name,
            # Only a development node's address may be shown: others often hold a key.
            "rpc_url": settings.CHAIN_RPC_URL if settings.DEMO else "",
            "symbol": "ETH",
        },
        "calls": [{"to": claim.to, "data": claim.data, "only": claim.receiver and claim.address} for claim in claims],
    }
    return {"chain": chain, "rows": rows, "config": config, "id": f"claims-{chain.chain_id}"}
