"""What finance admins see and decide. Every decision takes a reason and leaves an audit entry."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import finance_admin_page
from rewards import access, queries, references
from rewards.domain import chain_health, holds, payees, reorganisations
from rewards.domain.escrows import announce_deposit
from rewards.exceptions import RewardsError
from rewards.forms import DepositForm, ReasonForm
from rewards.models import ChainIntent, LedgerAccount, SettlementBatch
from rewards.views.http import PersonRequest, WithToken

PAGE_ROWS = 50
RECENT_BATCHES = 5


@finance_admin_page
@never_cache
@require_safe
def overview(request: PersonRequest) -> HttpResponse:
    unfinished = queries.batches().exclude(state__in=SettlementBatch.ENDED)
    chains = [_with_business(chain) for chain in queries.chains()]
    context = {
        "chains": chains,
        "is_stopped": any(chain.stopped_reason for chain in chains),
        "unfinished": unfinished,
        "recent": queries.batches().filter(state__in=SettlementBatch.ENDED)[:RECENT_BATCHES],
        "held": queries.unconfirmed_intents().filter(state=ChainIntent.State.HELD),
        "lines": [_ledger_line(token, totals) for token, totals in queries.platform_balances()],
        "kinds": LedgerAccount.Kind.choices,
        "form": ReasonForm(),
        "now": timezone.now(),
    }
    return render(request, "rewards/finance.html", context)


def _with_business(chain: Any) -> Any:
    """What it costs, what waits for company, and whether it is followed."""
    chain.unread_since = queries.unread_since(chain)
    chain.gas = queries.gas_spent(chain)
    chain.waiting, chain.wanted = payees.look(chain), payees.company_wanted(chain)
    return chain


def _ledger_line(token: Any, totals: dict[str, int]) -> dict[str, Any]:
    amounts = [(LedgerAccount.Kind(kind).label, WithToken(minor, token)) for kind, minor in totals.items()]
    return {"token": token, "amounts": amounts, "off": WithToken(sum(totals.values()), token)}


@finance_admin_page
@never_cache
@require_safe
def batches(request: PersonRequest) -> HttpResponse:
    pages = Paginator(queries.batches(), PAGE_ROWS)
    return render(request, "rewards/batch_list.html", {"page": pages.get_page(request.GET.get("page"))})


@finance_admin_page
@never_cache
@require_safe
def batch_detail(request: PersonRequest, pk: UUID) -> HttpResponse:
    batch = access.batch_for(request.user, pk)
    context = {
        "batch": batch,
        "intents": queries.intents_of(batch),
        "gas": queries.gas_of(batch),
        "amounts": [WithToken(minor, token) for token, minor in queries.amounts_of(batch)],
        "payouts": Paginator(batch.payouts.select_related("token__chain", "user"), PAGE_ROWS).get_page(
            request.GET.get("page")
        ),
        "form": ReasonForm(),
    }
    return render(request, "rewards/batch_detail.html", context)


@finance_admin_page
@require_POST
def batch_hold(request: PersonRequest, pk: UUID) -> HttpResponse:
    batch = access.batch_for(request.user, pk)
    return _decide(
        request,
        lambda reason: holds.hold_batch(batch, actor=request.user, reason=reason),
        _("The batch is held."),
        redirect("finance-batch", pk),
    )


@finance_admin_page
@require_POST
def batch_resumption(request: PersonRequest, pk: UUID) -> HttpResponse:
    batch = access.batch_for(request.user, pk)
    return _decide(
        request,
        lambda reason: holds.resume_batch(batch, actor=request.user, reason=reason),
        _("The batch goes on."),
        redirect("finance-batch", pk),
    )


@finance_admin_page
@require_POST
def intent_resumption(request: PersonRequest, pk: int) -> HttpResponse:
    intent = access.intent_for(request.user, pk)
    return _decide(
        request,
        lambda reason: holds.resume_intent(intent, actor=request.user, reason=reason),
        _("The transaction goes on."),
        redirect("finance"),
    )


@finance_admin_page
@require_POST
def chain_stop(request: PersonRequest, chain_id: int) -> HttpResponse:
    chain = access.chain_for(request.user, chain_id)
    return _decide(
        request,
        lambda reason: chain_health.stop_chain(chain, reason, actor=request.user),
        _("The chain is stopped."),
        redirect("finance"),
    )


@finance_admin_page
@require_POST
def chain_resumption(request: PersonRequest, chain_id: int) -> HttpResponse:
    chain = access.chain_for(request.user, chain_id)
    return _decide(
        request,
        lambda reason: reorganisations.resume(chain, actor=request.user, reason=reason),
        _("The chain goes on."),
        redirect("finance"),
    )


@finance_admin_page
@never_cache
@require_safe
def escrows(request: PersonRequest) -> HttpResponse:
    page = Paginator(access.escrows_for(request.user), PAGE_ROWS).get_page(request.GET.get("page"))
    of = references.undertakings_of(page)
    rows = [(escrow, of.get(escrow.pk)) for escrow in page]
    return render(request, "rewards/escrow_list.html", {"page": page, "rows": rows})


@finance_admin_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def escrow_detail(request: PersonRequest, pk: UUID) -> HttpResponse:
    """With the form that announces a deposit."""
    escrow = access.fundable_escrow_for(request.user, pk)
    form = DepositForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            announce_deposit(escrow, by=request.user, **form.cleaned_data)
        except RewardsError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("The deposit is announced. It counts once the chain has confirmed it."))
            return redirect("finance-escrow", pk)
    said = queries.escrow_statement(escrow)
    names = ("required", "deposited", "free", "committed", "rewarded", "fees", "released", "refunded")
    context = {
        "escrow": escrow,
        "undertaking": references.undertaking_of(escrow),
        "figures": {name: WithToken(getattr(said, name), escrow.token) for name in names},
        "deposits": [
            (deposit, WithToken(deposit.amount, escrow.token) if deposit.amount is not None else None)
            for deposit in escrow.deposits.select_related("announced_by")
        ],
        "intents": escrow.intents.all(),
        "form": form,
    }
    return render(request, "rewards/escrow_detail.html", context)


def _decide(request: PersonRequest, verb: Callable[[str], object], done: str, answer: HttpResponse) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why: nothing was changed."))
        return answer
    try:
        verb(form.cleaned_data["reason"])
    except RewardsError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return answer
