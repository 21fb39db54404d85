"""Whether everything owed is locked, for everybody; and what differed, for finance admins."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import finance_admin_page
from rewards import access, queries
from rewards import solvency as books
from rewards.domain.comparison import Figures
from rewards.domain.incidents import resolve_incident
from rewards.exceptions import RewardsError
from rewards.forms import ReasonForm
from rewards.models import Incident
from rewards.views.http import PersonRequest, WithToken

PAGE_ROWS = 50
LEDGER, CHAIN = "ledger", "chain"


@never_cache
@require_safe
def solvency(request: HttpRequest) -> HttpResponse:
    chains = [(one, [(held, _lines(held)) for held in one.holdings]) for one in books.solvency()]
    return render(request, "rewards/solvency.html", {"chains": chains})


def _lines(held: Figures) -> list[dict[str, object]]:
    """What it is, where it comes from, how much, and whether it is a sum."""
    said = (
        (_("Clients: locked for work that is not earned"), LEDGER, held.clients, False),
        (_("People: earned and not yet in their wallets"), LEDGER, held.people, False),
        (_("The platform: fees that Escrow still holds"), LEDGER, held.fees, False),
        (_("Owed in all"), LEDGER, held.owed, True),
        (_("Escrow holds"), CHAIN, held.escrow, False),
        (_("Settlement holds"), CHAIN, held.settlement, False),
        (_("Of that, other people's projects in Escrow"), CHAIN, -held.others, False),
        (_("Locked in all"), CHAIN, held.locked, True),
    )
    return [
        {"name": name, "source": source, "amount": WithToken(minor, held.token), "is_sum": is_sum}
        for name, source, minor, is_sum in said
    ]


@finance_admin_page
@never_cache
@require_safe
def incidents(request: PersonRequest) -> HttpResponse:
    """Open ones first."""
    found = Incident.objects.select_related("chain", "token__chain", "resolved_by")
    resolved = Paginator(found.exclude(resolved_at=None).order_by("-resolved_at", "pk"), PAGE_ROWS)
    context = {
        "open": found.filter(resolved_at=None).order_by("created_at", "pk"),
        "page": resolved.get_page(request.GET.get("page")),
    }
    return render(request, "rewards/incident_list.html", context)


@finance_admin_page
@require_POST
def incident_resolution(request: PersonRequest, pk: UUID) -> HttpResponse:
    incident = access.incident_for(request.user, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why: nothing was changed."))
        return redirect("finance-incidents")
    try:
        resolve_incident(incident, actor=request.user, reason=form.cleaned_data["reason"])
    except RewardsError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The incident is resolved. What still differs will be found again."))
    return redirect("finance-incidents")


@finance_admin_page
@never_cache
@require_safe
def chain_list(request: PersonRequest) -> HttpResponse:
    """What the configuration made: nothing is changed here."""
    return render(request, "rewards/chain_list.html", {"chains": queries.chains()})
