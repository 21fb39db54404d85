"""A client's money: what is locked, what it was spent on, how long it lasts."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rewards import access, queries
from rewards.views.http import PersonRequest, WithToken

FIGURES = ("required", "deposited", "free", "committed", "rewarded", "fees", "released", "refunded", "missing")


@login_required
@never_cache
@require_safe
def escrow(request: PersonRequest, pk: UUID) -> HttpResponse:
    found = access.escrow_for(request.user, pk)
    said = queries.escrow_statement(found)
    forecast = queries.forecast_of(found)
    context = {
        "escrow": found,
        "figures": {name: WithToken(getattr(said, name), found.token) for name in FIGURES},
        "spent": WithToken(said.rewarded + said.fees, found.token),
        "left": WithToken(said.free + said.committed, found.token),
        "forecast": forecast,
        "a_day": WithToken(forecast.minor_a_day, found.token),
        "deposits": [
            (deposit, WithToken(deposit.amount, found.token) if deposit.amount is not None else None)
            for deposit in found.deposits.all()
        ],
        "transactions": found.intents.exclude(transaction_hash="").order_by("pk"),
    }
    return render(request, "rewards/escrow.html", context)
