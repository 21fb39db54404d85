"""How a person wants to be paid: from which amount on, or now."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from accounts.queries import payout_wallet_of
from rewards.exceptions import RewardsError
from rewards.models import Chain, Earning, PayoutPreference, PayoutRequest, Token


@transaction.atomic
def set_threshold(person: User, token: Token, *, minor: int) -> PayoutPreference | None:
    """Less than this of the token waits; 0 takes the wish back."""
    if minor < 0:
        raise RewardsError(_("A threshold is nought or more."), code="invalid", field="threshold")
    found = PayoutPreference.objects.filter(user=person, token=token)
    before = found.values_list("threshold", flat=True).first() or 0
    if before == minor:
        return found.first()
    audit.record(
        "payout.threshold_set", actor=person, object_kind="token", object_id=token.pk,
        changes={"threshold": [str(before), str(minor)]},
    )  # fmt: skip
    if not minor:
        found.delete()
        return None
    preference, _made = PayoutPreference.objects.update_or_create(
        user=person, token=token, defaults={"threshold": minor}
    )
    return preference


def ask_to_be_paid(person: User, chain: Chain) -> PayoutRequest:
    """The chain's next batch takes everything that the person has earned, and does not wait for company."""
    if payout_wallet_of(person) is None:
        raise RewardsError(_("Link a wallet first: there is nowhere to send it."), code="no_wallet")
    if PayoutRequest.objects.filter(user=person, chain=chain, batch=None).exists():
        raise _already_asked()
    again = next_request_at(person, chain)
    if again is not None:
        at = date_format(timezone.localtime(again), "DATETIME_FORMAT")
        raise RewardsError(_("You can ask again from %(at)s on.") % {"at": at}, code="asked_too_soon", status=429)
    if not waiting_minor(person, chain):
        raise RewardsError(_("There is nothing of yours that waits on this chain."), code="nothing_due")
    try:
        with transaction.atomic():
            request = PayoutRequest.objects.create(user=person, chain=chain)
            audit.record("payout.asked", actor=person, object_kind="chain", object_id=chain.chain_id, changes={})
    except IntegrityError:
        raise _already_asked() from None
    return request


def next_request_at(person: User, chain: Chain) -> datetime | None:
    """When the person may ask again; None when that is now."""
    last = PayoutRequest.objects.filter(user=person, chain=chain).order_by("-created_at").first()
    if last is None:
        return None
    at = last.created_at + timedelta(seconds=settings.PAY_NOW_INTERVAL_SECONDS)
    return at if at > timezone.now() else None


def waiting_minor(person: User, chain: Chain) -> int:
    """Earned and in no batch yet, in the minor units of whichever tokens: more than nought when there is anything."""
    owed = Earning.objects.filter(user=person, escrow__token__chain=chain, payout=None).order_by()
    return int(owed.aggregate(total=Sum("amount"))["total"] or 0)


def _already_asked() -> RewardsError:
    return RewardsError(_("You have asked already: the next settlement takes it along."), code="already_asked")
