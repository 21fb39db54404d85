"""The one or two escrows that a project pays from. Everything that happens to one happens to both, or to neither."""

from uuid import UUID, uuid5

from annotation import pricing
from annotation.models import Project, SecondPay
from rewards.domain.escrows import Call
from rewards.domain.refused_funds import RefusedFunds, refused_funds
from rewards.models import Escrow


def second_of(project: Project) -> SecondPay | None:
    return SecondPay.objects.select_related("token__chain", "escrow__token").filter(project=project).first()


def escrows_of(project: Project) -> list[Escrow]:
    """In the order in which they are locked."""
    second = second_of(project)
    found = [project.escrow, second.escrow if second else None]
    return sorted((escrow for escrow in found if escrow is not None), key=lambda escrow: escrow.pk)


def refused_of(project: Project) -> list[tuple[RefusedFunds, Call | None]]:
    """What was locked for this project otherwise than quoted, each with what its client can send now."""
    return [
        (funds, funds.next_call(escrow.token.chain.escrow_address))
        for escrow in escrows_of(project)
        for funds in refused_funds(escrow)
    ]


def second_quote(second: SecondPay, first: pricing.Quote) -> pricing.Quote:
    return pricing.second_quote(
        first, price_minor=int(second.price_minor), review_price_minor=int(second.review_price_minor)
    )


def is_second_paid(project: Project, first: pricing.Quote) -> bool:
    """Also when there is none to pay."""
    second = second_of(project)
    if second is None:
        return True
    escrow = second.escrow
    if escrow is None or escrow.state != Escrow.State.FUNDED or escrow.token_id != second.token_id:
        return False
    return escrow.deposited >= max(escrow.required, second_quote(second, first).total_minor)


def prices_to_reserve(project: Project, first: pricing.Quote) -> list[tuple[Escrow, UUID, int]]:
    """Each escrow with the id of its reservation and the whole price in its token."""
    second = second_of(project)
    found = [(project.escrow, first.total_minor)]
    if second is not None:
        found.append((second.escrow, second_quote(second, first).total_minor))
    return [(escrow, uuid5(escrow.pk, "whole price"), minor) for escrow, minor in found if escrow is not None]
