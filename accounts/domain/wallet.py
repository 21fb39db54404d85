"""Wallets: prove one, sign in with it, link it, choose where money goes, give it up."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import siwe
from accounts.domain import audit, locks
from accounts.domain.notice import notify_by_mail
from accounts.exceptions import AccountsError, ChallengeRefused
from accounts.models import User, Wallet, WalletChallenge
from accounts.queries import ways_to_sign_in
from lib.evm import NodeUnreachable

CHALLENGE_MINUTES = 10
# In English only: a wallet shows it, EIP-4361 allows ASCII, and it must not depend on who asks.
STATEMENTS = {
    WalletChallenge.Purpose.SIGN_IN: "Sign in to Foggara with this wallet. This costs nothing and moves nothing.",
    WalletChallenge.Purpose.LINK: "Link this wallet to my Foggara account. This costs nothing and moves nothing.",
    WalletChallenge.Purpose.CHANGE_PAYOUT: "From now on, pay what I earn on Foggara to this wallet.",
}


@dataclass(frozen=True)
class Proof:
    """A redeemed challenge: this address signed for this purpose."""

    address: str
    is_contract: bool


def binding_hash(binding: str) -> str:
    return sha256(binding.encode()).hexdigest()


def issue_challenge(address: str, *, purpose: str, binding: str, user: User | None = None) -> WalletChallenge:
    """The message this wallet has to sign. `binding` is a secret of the caller's session (or of the API caller)."""
    checksummed = siwe.checksummed(address)
    if checksummed is None:
        raise ChallengeRefused(_("This is not an EVM address."), field="address")
    if (purpose == WalletChallenge.Purpose.SIGN_IN) != (user is None):
        raise ChallengeRefused(_("Sign in first to link a wallet."), field="purpose")
    now = timezone.now().replace(microsecond=0)
    statement = siwe.Statement(
        domain=urlsplit(settings.SITE_URL).netloc,
        uri=f"{settings.SITE_URL}/",
        address=checksummed,
        text=STATEMENTS[WalletChallenge.Purpose(purpose)],
        chain_id=settings.CHAIN_ID,
        nonce=secrets.token_hex(16),
        issued_at=now,
        expires_at=now + timedelta(minutes=CHALLENGE_MINUTES),
        request_id=purpose,
    )
    return WalletChallenge.objects.create(
        nonce=statement.nonce,
        purpose=purpose,
        user=user,
        session_hash=binding_hash(binding),
        address=checksummed,
        chain_id=statement.chain_id,
        message=siwe.message_text(statement),
        issued_at=statement.issued_at,
        expires_at=statement.expires_at,
    )


def redeem_challenge(message: str, *, signature: str, purpose: str, binding: str, user: User | None = None) -> Proof:
    """Consume a challenge. Equality with the message we kept fixes domain, URI, version, chain, times and statement.

    The signature is checked before the row is locked, because a contract wallet's answer may take seconds.
    """
    nonce = siwe.nonce_in(message)
    challenge = WalletChallenge.objects.filter(pk=nonce).first() if nonce else None
    _check_challenge(challenge, message=message, purpose=purpose, binding=binding, user=user)
    assert challenge is not None
    proof = Proof(challenge.address, is_contract=_is_contract_signature(challenge, signature))
    with transaction.atomic():
        locked = locks.lock_challenge(challenge.nonce)
        _check_challenge(locked, message=message, purpose=purpose, binding=binding, user=user)
        WalletChallenge.objects.filter(pk=challenge.nonce).update(consumed_at=timezone.now())
    return proof


def _check_challenge(
    challenge: WalletChallenge | None, *, message: str, purpose: str, binding: str, user: User | None
) -> None:
    # One sentence for every mismatch: which part was wrong helps only somebody who tries.
    refusal = ChallengeRefused(_("This message was not made for this sign-in. Ask for a new one."), field="message")
    now = timezone.now()
    if challenge is None or not secrets.compare_digest(challenge.message.encode(), message.encode()):
        raise refusal
    if challenge.purpose != purpose or challenge.user_id != (user.pk if user else None):
        raise refusal
    if not secrets.compare_digest(challenge.session_hash, binding_hash(binding)):
        raise refusal
    if challenge.chain_id != settings.CHAIN_ID or not message.startswith(
        f"{urlsplit(settings.SITE_URL).netloc} wants "
    ):
        raise refusal
    if challenge.consumed_at is not None:
        raise ChallengeRefused(_("This message was used already. Ask for a new one."), field="message")
    if not challenge.issued_at <= now < challenge.expires_at:
        raise ChallengeRefused(_("This message has expired. Ask for a new one."), field="message")


def _is_contract_signature(challenge: WalletChallenge, signature: str) -> bool:
    """Whether a contract vouches for the message; False when a key does. Raises when nobody does."""
    raw = siwe.signature_bytes(signature)
    if raw is not None and siwe.is_signed_by_key(challenge.address, challenge.message, raw):
        return False
    try:
        if raw is not None and siwe.is_signed_by_contract(
            challenge.address, challenge.message, raw, node_url=settings.CHAIN_RPC_URL
        ):
            return True
    except NodeUnreachable as error:
        raise ChallengeRefused(
            _("The chain could not be asked about this wallet. Try again in a minute."),
            code="chain_unreachable",
            status=503,
        ) from error
    raise ChallengeRefused(_("The signature is not this wallet's."), field="signature")


@transaction.atomic
def person_of_wallet(proof: Proof) -> tuple[User, bool]:
    """Who holds this wallet; a stranger gets an account without an e-mail address. Says whether it is new."""
    wallet = Wallet.objects.select_related("user").filter(address=proof.address).first()
    if wallet is not None:
        return wallet.user, False
    user = User.objects.create_user()
    audit.record("user.signed_up", actor=user, object_kind="user", object_id=user.public_id, changes={"by": "wallet"})
    _add_wallet(user, proof)
    return user, True


@transaction.atomic
def link_wallet(user: User, *, proof: Proof) -> Wallet:
    """A further wallet for this person. The first one becomes the payout wallet."""
    locks.lock_user(user.pk)
    existing = Wallet.objects.filter(address=proof.address).first()
    if existing is not None and existing.user_id == user.pk:
        return existing
    return _add_wallet(user, proof)


def _add_wallet(user: User, proof: Proof) -> Wallet:
    is_first = not Wallet.objects.filter(user=user).exists()
    try:
        with transaction.atomic():
            wallet = Wallet.objects.create(
                user=user, address=proof.address, is_contract=proof.is_contract, is_payout=is_first
            )
    except IntegrityError as error:
        raise AccountsError(
            _("This wallet belongs to another account."), code="wallet_taken", field="address"
        ) from error
    audit.record(
        "wallet.linked",
        actor=user,
        object_kind="wallet",
        object_id=wallet.pk,
        changes={"address": wallet.address, "is_payout": is_first},
    )
    return wallet


@transaction.atomic
def choose_payout_wallet(wallet: Wallet, *, proof: Proof) -> Wallet:
    """Future money goes to this wallet, which has just signed for it."""
    user = locks.lock_user(wallet.user_id)
    if proof.address != wallet.address:
        raise ChallengeRefused(_("Another wallet signed. Choose the wallet that is to be paid."), field="signature")
    before = Wallet.objects.filter(user=user, is_payout=True).first()
    if before is not None and before.pk == wallet.pk:
        return before
    Wallet.objects.filter(user=user, is_payout=True).update(is_payout=False)
    updated = Wallet.objects.filter(pk=wallet.pk, user=user).update(is_payout=True)
    if not updated:
        raise AccountsError(_("This wallet is no longer linked."), code="gone")
    audit.record(
        "wallet.payout_changed",
        actor=user,
        object_kind="wallet",
        object_id=wallet.pk,
        changes={"address": [before.address if before else None, wallet.address]},
    )
    notify_by_mail(user, "payout_changed", {"address": wallet.address})
    wallet.is_payout = True
    return wallet


@transaction.atomic
def unlink_wallet(wallet: Wallet, *, by: User) -> None:
    """Give a wallet up. Refused for the payout wallet, and for the only way to sign in."""
    user = locks.lock_user(wallet.user_id)
    current = Wallet.objects.filter(pk=wallet.pk, user=user).first()
    if current is None:
        return
    if current.is_payout:
        raise AccountsError(_("You are paid to this wallet. Choose another payout wallet first."), code="payout_wallet")
    if ways_to_sign_in(user) == {"wallet"} and user.wallets.count() == 1:
        raise AccountsError(_("This wallet is your only way to sign in."), code="only_way_in")
    audit.record(
        "wallet.unlinked", actor=by, object_kind="wallet", object_id=current.pk, changes={"address": current.address}
    )
    current.delete()
