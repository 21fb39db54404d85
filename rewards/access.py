"""Who may reach what money. Absent and forbidden look alike: a 404."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Membership, Role, User
from rewards.models import Chain, ChainIntent, Escrow, Incident, SettlementBatch, Token

FUNDERS = frozenset({Role.OWNER, Role.MANAGER})


def is_finance_admin(user: Any) -> bool:
    return bool(getattr(user, "is_finance_admin", False))


def escrows_for(user: User) -> QuerySet[Escrow]:
    """Those of the person's own teams; a finance admin sees all."""
    escrows = Escrow.objects.select_related("team", "token__chain")
    if is_finance_admin(user):
        return escrows
    return escrows.filter(team__memberships__user=user)


def escrow_for(user: User, pk: UUID | str) -> Escrow:
    return get_object_or_404(escrows_for(user), pk=pk)


def fundable_escrow_for(user: User, pk: UUID | str) -> Escrow:
    """For whoever may say that money is on its way: the team's owners and managers, and finance admins."""
    may = Q(team__in=Membership.objects.filter(user=user, role__in=FUNDERS).values("team"))
    if is_finance_admin(user):
        may = Q()
    return get_object_or_404(Escrow.objects.select_related("team", "token__chain"), may, pk=pk)


def refundable_escrow_for(user: User, pk: UUID | str) -> Escrow:
    """For the team's owners and managers alone: what is unused is the client's, and so is the word that ends it."""
    mine = Membership.objects.filter(user=user, role__in=FUNDERS).values("team")
    return get_object_or_404(Escrow.objects.select_related("team", "token__chain"), team__in=mine, pk=pk)


def may_refund(user: User, escrow: Escrow) -> bool:
    return Membership.objects.filter(user=user, role__in=FUNDERS, team=escrow.team_id).exists()


def is_of_team(user: User, escrow: Escrow) -> bool:
    """Whether the project's own pages open for this person: a finance admin sees the money only."""
    return Membership.objects.filter(user=user, team=escrow.team_id).exists()


def batch_for(user: User, pk: UUID | str) -> SettlementBatch:
    batches = SettlementBatch.objects.select_related("chain")
    return get_object_or_404(batches if is_finance_admin(user) else batches.none(), pk=pk)


def intent_for(user: User, pk: int) -> ChainIntent:
    intents = ChainIntent.objects.select_related("chain", "batch", "escrow")
    return get_object_or_404(intents if is_finance_admin(user) else intents.none(), pk=pk)


def incident_for(user: User, pk: UUID) -> Incident:
    incidents = Incident.objects.select_related("chain", "token__chain")
    return get_object_or_404(incidents if is_finance_admin(user) else incidents.none(), pk=pk)


def chain_for(user: User, chain_id: int) -> Chain:
    chains = Chain.objects.all()
    return get_object_or_404(chains if is_finance_admin(user) else chains.none(), chain_id=chain_id)


def token_for(user: User, pk: UUID) -> Token:
    """To change what of it is ours to set: for finance admins."""
    tokens = Token.objects.select_related("chain")
    return get_object_or_404(tokens if is_finance_admin(user) else tokens.none(), pk=pk)


def token_of(chain_id: int, address: str) -> Token:
    """Tokens are public."""
    tokens = Token.objects.select_related("chain")
    return get_object_or_404(tokens, chain__chain_id=chain_id, address__iexact=address)
