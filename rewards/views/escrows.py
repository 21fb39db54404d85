"""A client's money: what is locked, what it was spent on, how long it lasts, and how the rest comes back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lib.exceptions import Refusal
from rewards import access, queries, references
from rewards.forms import RefundForm
from rewards.refunds import refund_of
from rewards.views.http import PersonRequest, WithToken

FIGURES = ("required", "deposited", "free", "committed", "rewarded", "fees", "released", "refunded", "missing")


@login_required
@never_cache
@require_safe
def escrow(request: PersonRequest, pk: UUID) -> HttpResponse:
    found = access.escrow_for(request.user, pk)
    said = queries.escrow_statement(found)
    forecast = queries.forecast_of(found)
    undertaking = references.undertaking_of(found)
    refund = refund_of(found, said, undertaking)
    context = {
        "escrow": found,
        "undertaking": undertaking,
        "siblings": queries.siblings_of(found),
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
        "refund": refund,
        "least": WithToken(refund.least_minor, found.token),
        "most": WithToken(refund.most_minor, found.token),
        "may_refund": undertaking is not None and access.may_refund(request.user, found),
        "is_client": access.is_of_team(request.user, found),
        "form": RefundForm(),
    }
    return render(request, "rewards/escrow.html", context)


@login_required
@require_POST
def escrow_refund(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Ask for everything unused: it ends what the money was locked for, and the refund follows by itself."""
    found = access.refundable_escrow_for(request.user, pk)
    form = RefundForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("escrow", pk)
    try:
        references.end_undertaking(found, actor=request.user, reason=form.cleaned_data["reason"])
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Asked for. Below you see how far the refund is."))
    return redirect("escrow", pk)
