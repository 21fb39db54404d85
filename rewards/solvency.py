"""Is everything that is owed locked on chain? The last comparison of each chain, as pages and the API show it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rewards.domain.comparison import Figures
from rewards.models import Chain, Reconciliation, Token


@dataclass(frozen=True, slots=True)
class Solvency:
    """One chain. `compared` is None before the first comparison."""

    chain: Chain
    compared: Reconciliation | None
    holdings: list[Figures]
    open_incidents: int

    @property
    def is_short(self) -> bool:
        return any(one.is_short for one in self.holdings)

    @property
    def silent_since(self) -> datetime | None:
        return self.chain.silent_since

    @property
    def is_stopped(self) -> bool:
        return bool(self.chain.stopped_reason)


def solvency() -> list[Solvency]:
    """Every chain, from the database alone: strangers can make nobody ask a node."""
    tokens = {token.pk: token for token in Token.objects.select_related("chain")}
    return [_of(chain, tokens) for chain in Chain.objects.all()]


def _of(chain: Chain, tokens: dict[UUID, Token]) -> Solvency:
    last = chain.reconciliations.first()
    holdings = [_read(tokens[UUID(said["token"])], said) for said in (last.figures if last else [])]
    holdings.sort(key=lambda one: (one.token.symbol, one.token.address))
    open_incidents = chain.incidents.filter(resolved_at=None).count()
    return Solvency(chain, last, holdings, open_incidents)


def _read(token: Token, said: dict[str, str]) -> Figures:
    amounts = {name: int(said[name]) for name in ("clients", "people", "fees", "escrow", "settlement", "others")}
    return Figures(token=token, **amounts)
