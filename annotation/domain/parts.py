"""The one or two escrows that a project pays from. Everything that happens to one happens to both, or to neither."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from annotation import pricing
from annotation.models import Project, SecondPay
from lib.exceptions import FieldError
from rewards.domain.escrows import Call
from rewards.domain.refused_funds import RefusedFunds, refused_funds
from rewards.models import Escrow, Token

REFERENCE_KIND = "project"
SECOND_PART = 1


@dataclass(frozen=True)
class PartOfPay:
    """One of the tokens that a project pays in: what for, what it comes to, and its escrow when there is one."""

    number: int
    token: Token
    price_minor: int
    review_price_minor: int
    overlap: int
    quote: pricing.Quote
    escrow: Escrow | None
    least: pricing.Quote | None = None  # where answers are collected until they are sure: the least it can cost

    @property
    def per_item_minor(self) -> int:
        """What the answers to one item earn, all accepted."""
        return self.price_minor * self.overlap


def pay_parts(
    project: Project, first: pricing.Quote, second: SecondPay | None, least: pricing.Quote | None = None
) -> list[PartOfPay]:
    """The tokens of a project in the order in which they are paid; empty while none is chosen."""
    if project.token is None:
        return []
    prices = (int(project.price_minor), int(project.review_price_minor))
    found = [PartOfPay(0, project.token, *prices, project.overlap, first, project.escrow, least)]
    if second is not None:
        prices = (int(second.price_minor), int(second.review_price_minor))
        quote = second_quote(second, first)
        fewest = second_quote(second, least) if least else None
        found.append(PartOfPay(SECOND_PART, second.token, *prices, project.overlap, quote, second.escrow, fewest))
    return found


def misfits_of(project: Project) -> list[FieldError]:
    """Why the second token cannot be paid beside the first, which may have been changed since it was chosen."""
    second = second_of(project)
    if second is None or project.token is None:
        return []
    if second.token_id == project.token_id or second.token.chain_id != project.token.chain_id:
        return [FieldError("second_token", _("Choose another second token than the first, on the same chain."))]
    if second.review_price_minor and not project.review_price_minor:
        words = _("Reviews are paid in the second token only where the first one pays them too.")
        return [FieldError("second_review_price", words)]
    return []


def second_of(project: Project) -> SecondPay | None:
    return SecondPay.objects.select_related("token__chain", "escrow__token").filter(project=project).first()


def escrows_of(project: Project) -> list[Escrow]:
    """In the order in which they are locked. Also one whose second token was given up while money was on its way."""
    seconds = Escrow.objects.filter(reference_kind=REFERENCE_KIND, reference_id=project.pk, part=SECOND_PART)
    found = [project.escrow, *seconds.select_related("token__chain")]
    return sorted((escrow for escrow in found if escrow is not None), key=lambda escrow: escrow.pk)


def escrows_in_order(project: Project) -> list[Escrow]:
    """As people read them: the first token's, then the second's."""
    return sorted(escrows_of(project), key=lambda escrow: escrow.part)


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
