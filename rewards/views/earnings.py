"""A person's own money."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.queries import payout_wallet_of
from rewards import queries
from rewards.domain.claims import ReadyClaim, ready_claims
from rewards.views.http import PersonRequest, WithToken

PAGE_ROWS = 25
LATEST_ROWS = 10


@login_required
@never_cache
@require_safe
def earnings(request: PersonRequest) -> HttpResponse:
    balances = queries.balances_of(request.user)
    payouts = Paginator(queries.payouts_of(request.user), PAGE_ROWS)
    context = {
        "balances": balances,
        "has_claims": any(balance.claimable for balance in balances),
        "payouts": payouts.get_page(request.GET.get("page")),
        "latest": queries.earnings_of(request.user)[:LATEST_ROWS],
        "wallet": payout_wallet_of(request.user),
    }
    return render(request, "rewards/earnings.html", context)


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
    """Taking what a failed push left, by a transaction of one's own."""
    claims = ready_claims(request.user)
    return render(request, "rewards/claim.html", {"claims": _shown(claims), "config": _config(claims)})


def _shown(claims: list[ReadyClaim]) -> list[dict[str, Any]]:
    return [
        {"amount": WithToken(claim.amount_minor, claim.token), "address": claim.address, "claim": claim}
        for claim in claims
    ]


def _config(claims: list[ReadyClaim]) -> dict[str, Any]:
    """What the page's script needs. One chain at a time: a wallet is on one."""
    if not claims:
        return {}
    chain = claims[0].token.chain
    return {
        "chain": {
            "id": chain.chain_id,
            "name": chain.name,
            # Only a development node's address may be shown: others often hold a key.
            "rpc_url": settings.CHAIN_RPC_URL if settings.DEMO else "",
            "symbol": "ETH",
        },
        "calls": [{"to": claim.to, "data": claim.data} for claim in claims if claim.token.chain == chain],
    }
