"""Paying in a second token besides the first: what, and the escrow for it. docs/decisions/0024."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import locks, parts
from annotation.domain.parts import REFERENCE_KIND, SECOND_PART
from annotation.domain.project import current_quote, missing_for_funding, request_funding, update_project
from annotation.exceptions import AnnotationError
from annotation.models import Project, SecondPay
from lib.exceptions import InvalidInput
from rewards.domain import escrows
from rewards.models import Escrow, Token


@dataclass(frozen=True)
class Besides:
    """What is paid besides the price, in another token."""

    token: Token
    price_minor: int
    review_price_minor: int = 0


def set_pay(project: Project, *, actor: User, prices: dict[str, Any], besides: Besides | None) -> Project:
    """All that a project pays, in one or two tokens: changed together or not at all."""
    with transaction.atomic():
        project = update_project(project, actor=actor, **prices)
        second = parts.second_of(project)
        if besides is None:
            remove_second_pay(project, actor=actor)
        elif second is None or _besides_of(second) != besides:
            set_second_pay(
                project,
                actor=actor,
                token=besides.token,
                price_minor=besides.price_minor,
                review_price_minor=besides.review_price_minor,
            )
    return project


def _besides_of(second: SecondPay) -> Besides:
    return Besides(second.token, int(second.price_minor), int(second.review_price_minor))


def set_second_pay(
    project: Project, *, actor: User, token: Token, price_minor: int, review_price_minor: int = 0
) -> SecondPay:
    """So much more of another token for each accepted answer, and for each review that is paid at all."""
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        _refuse(project, token, price_minor, review_price_minor)
        second = parts.second_of(project) or SecondPay(project=project)
        if second.escrow is not None and second.escrow.deposited and second.escrow.token_id != token.pk:
            raise AnnotationError(
                _("Money in another token has arrived for this project: choose that token again, or close it."),
                code="token_fixed", field="token",
            )  # fmt: skip
        second.token, second.price_minor, second.review_price_minor = token, price_minor, review_price_minor
        second.save()
        changes = {
            "token": str(token.pk),
            "price_minor": str(price_minor),
            "review_price_minor": str(review_price_minor),
        }
        _audit("project.second_pay_set", project, actor, changes)
    return second


def remove_second_pay(project: Project, *, actor: User) -> None:
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        second = parts.second_of(project)
        if second is None:
            return
        if project.state != Project.State.DRAFT:
            raise AnnotationError(
                _("Price, overlap and rules are fixed once a project is funded."), code="project_funded"
            )
        if second.escrow is not None and second.escrow.deposited:
            raise AnnotationError(_("Money has arrived already: the quote is fixed."), code="already_funded")
        second.delete()
        _audit("project.second_pay_removed", project, actor, {})


def request_whole_funding(project: Project, *, actor: User, funder_address: str) -> list[Escrow]:
    """Fix the quote of each token that the project pays in, for one wallet: of all, or of none."""
    with transaction.atomic():
        found = [request_funding(project, actor=actor, funder_address=funder_address)]
        if parts.second_of(project) is not None:
            found.append(request_second_funding(project, actor=actor, funder_address=funder_address))
    return found


def request_second_funding(project: Project, *, actor: User, funder_address: str) -> Escrow:
    """The escrow of the second token, for the funder to open on chain. May be repeated until money is there."""
    missing = missing_for_funding(project)
    if missing:
        raise InvalidInput(_("The project is not ready to be funded."), missing)
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        second = parts.second_of(project)
        if project.state != Project.State.DRAFT:
            raise AnnotationError(_("This project is funded already."), code="already_funded")
        if second is None:
            raise AnnotationError(_("This project pays in one token."), code="no_second_pay")
        price = parts.second_quote(second, current_quote(project))
        if second.escrow is not None and second.escrow.deposited:
            second.escrow = escrows.extend_escrow(second.escrow, rewards_minor=price.rewards_minor)
        else:
            second.escrow = escrows.quote_escrow(
                reference_kind=REFERENCE_KIND,
                reference_id=project.pk,
                team=project.team,
                token=second.token,
                rewards_minor=price.rewards_minor,
                fee_bps=project.fee_bps,
                funder_address=funder_address,
                part=SECOND_PART,
            )
        second.save(update_fields=["escrow"])
        changes = {"total_minor": str(price.total_minor), "funder": funder_address}
        _audit("project.second_pay_quoted", project, actor, changes)
    return second.escrow


def _refuse(project: Project, token: Token, price_minor: int, review_price_minor: int) -> None:
    if project.state != Project.State.DRAFT:
        raise AnnotationError(_("Price, overlap and rules are fixed once a project is funded."), code="project_funded")
    if price_minor <= 0 or review_price_minor < 0:
        raise AnnotationError(_("Set a price per answer above zero."), code="invalid", field="price_minor", status=422)
    if project.token is None or token.pk == project.token_id or token.chain_id != project.token.chain_id:
        raise AnnotationError(
            _("Choose another token than the first, on the same chain."), code="invalid", field="token", status=422
        )
    if review_price_minor and not project.review_price_minor:
        raise AnnotationError(
            _("Reviews are paid in the second token only where the first one pays them too."),
            code="invalid", field="review_price_minor", status=422,
        )  # fmt: skip


def _audit(action: str, project: Project, actor: User, changes: dict[str, str]) -> None:
    audit.record(action, actor=actor, object_kind="project", object_id=project.pk, team=project.team, changes=changes)
