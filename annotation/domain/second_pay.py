"""Paying in a second token besides the first: what, and the escrow for it. docs/decisions/0024."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import locks, parts
from annotation.domain.project import REFERENCE_KIND, current_quote, missing_for_funding
from annotation.exceptions import AnnotationError
from annotation.models import Project, SecondPay
from lib.exceptions import InvalidInput
from rewards.domain import escrows
from rewards.models import Escrow, Token

SECOND_PART = 1


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
        if project.state != Project.State.DRAFT:
            raise AnnotationError(
                _("Price, overlap and rules are fixed once a project is funded."), code="project_funded"
            )
        second = parts.second_of(project)
        if second is None:
            return
        if second.escrow is not None and second.escrow.deposited:
            raise AnnotationError(_("Money has arrived already: the quote is fixed."), code="already_funded")
        second.delete()
        _audit("project.second_pay_removed", project, actor, {})


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
