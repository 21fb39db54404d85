"""From an intent to a confirmed effect, one step at a time: new → signed → sent → mined → confirmed (or held).

Each step is one transaction under the signer's lock, and begins by asking the chain. Nothing is broadcast that is not
stored, so a process may be killed between any two lines: the next one sees the same rows and the same chain.
docs/operating/settlement.md has the table of states.
"""

import logging
from datetime import timedelta
from enum import Enum

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from rewards.chain.client import ChainClient, Receipt
from rewards.chain.errors import ChainRejected, Reason
from rewards.chain.gas import TRANSACTION_CAP
from rewards.chain.signer import SignedTransaction, Signer, Transaction
from rewards.domain import (
    annulments,
    batch_states,
    chain_health,
    confirmations,
    dues,
    effects,
    holds,
    indexing,
    intents,
    locks,
    runs,
)
from rewards.models import Chain, ChainAttempt, ChainIntent

log = logging.getLogger(__name__)
Kind = ChainIntent.Kind
State = ChainIntent.State
HeldFor = ChainIntent.HeldFor
BUMP_AFTER = timedelta(seconds=60)
# A transaction that reverts although its simulation did not is tried under so many nonces, then a person looks.
MAX_NONCES = 3
# It goes on by itself, but a person should know.
TELL_AFTER_ATTEMPTS = 10
IDLE_GAS = 21_000  # a transfer of nothing to ourselves


class Progress(Enum):
    MOVED = "moved"
    WAITS = "waits"
    IDLE = "idle"


def advance(chain: Chain, client: ChainClient, signer: Signer, *, max_steps: int = 500) -> int:
    """Go on until the chain has to be waited for. Returns the number of steps.

    Two at once would do no harm, since every step locks the signer; the second would only wait, so it leaves.
    """
    with locks.only_one(locks.OUTBOX, chain.pk) as is_ours:
        return _advance(chain, client, signer, max_steps) if is_ours else 0


def _advance(chain: Chain, client: ChainClient, signer: Signer, max_steps: int) -> int:
    chain.refresh_from_db()
    if chain.stopped_reason or not chain_health.is_the_same_chain(chain, client):
        return 0
    if chain.signer.address != signer.address:
        chain_health.stop_chain(chain, f"The key is {signer.address}'s, the recorded signer is {chain.signer.address}.")
        return 0
    if not chain_health.is_where_we_left_it(chain, client):
        return 0
    intents.write_early_releases(chain)  # what is ending does not wait for the next batch
    intents.write_refunds(chain)
    worker = Outbox(chain, client, signer)
    for done in range(max_steps):
        if worker.step() is not Progress.MOVED:
            return done
    return max_steps


class Outbox:
    """The chain, its node and its key, for one run. Remembers only what it broadcast itself, to do that once."""

    def __init__(self, chain: Chain, client: ChainClient, signer: Signer) -> None:
        self.chain = chain
        self.client = client
        self.signer = signer
        self.broadcast: set[int] = set()

    def step(self) -> Progress:
        with transaction.atomic(durable=True):
            locks.lock_signer(self.chain)
            if not self._wake_what_lacked_gas():
                return Progress.WAITS
            intent = intents.next_intent(self.chain)
            if intent is None:
                return Progress.IDLE
            if intent.state == State.NEW:
                return self._sign_new(intent)
            return self._look_after_mined(intent) if intent.state == State.MINED else self._send(intent)

    # What each state does

    def _sign_new(self, intent: ChainIntent) -> Progress:
        # In this order: a forgotten transaction of ours that is mined in between is seen, or has the nonce.
        nonce = self.client.nonce(self.signer.address)
        if effects.is_there(intent, self.client):
            return self._mined(intent, None)
        if effects.must_wait(intent, self.client):
            return Progress.WAITS
        if intent.kind == Kind.PAY and (runs.part_paid(intent, self.client) or runs.fit(intent, self.client)):
            return Progress.MOVED
        refused = self._refused_dues(intent)
        if refused is not None:
            return refused
        try:
            data = bytes.fromhex(intent.data[2:])
            self.client.simulate(to=intent.to, data=data, sender=self.signer.address, gas=intent.gas)
        except ChainRejected as error:
            return self._would_fail(intent, error)
        fees = self.client.fees()
        return self._sign(intent, nonce, fees.max_fee, fees.tip)

    def _send(self, intent: ChainIntent) -> Progress:
        # In this order: a transaction that is mined between the two questions is then seen by the second.
        nonce = self.client.nonce(self.signer.address)
        receipt = self._receipt(intent)
        if self._has_happened(intent, receipt):
            return self._mined(intent, receipt)
        if receipt is not None or nonce > (intent.nonce or 0):
            return self._begin_again(intent, receipt)
        if nonce < (intent.nonce or 0):
            return self._fill_gap(intent, nonce)
        attempt = _attempts_of(intent).latest("pk")
        if self._is_stuck(attempt):
            return self._bump(intent, attempt)
        if attempt.pk in self.broadcast:
            return Progress.WAITS
        return self._broadcast(intent, attempt)

    def _look_after_mined(self, intent: ChainIntent) -> Progress:
        head = self.client.block_number()
        receipt = self._receipt(intent)
        if not self._has_happened(intent, receipt):
            return self._reorganised(intent)
        # What the indexer has not read yet could be reorganised away, and nobody would notice.
        deep = min(head - self.chain.confirmations, indexing.read_to(self.chain, self.client))
        if receipt is None or not receipt.succeeded:
            # Somebody else did it, or a life of ours that we know nothing of: its effect must be deep.
            if deep < 0 or not effects.is_there(intent, self.client, deep):
                return Progress.WAITS
        else:
            self._note_receipt(intent, receipt)
            if receipt.block_number > deep or self.client.block_hash(receipt.block_number) != receipt.block_hash:
                return Progress.WAITS
        confirmations.confirm(intent, self.client, deep=deep)
        return Progress.MOVED

    # Moves

    def _sign(self, intent: ChainIntent, nonce: int, max_fee: int, tip: int) -> Progress:
        """Nonce, signature and raw bytes are stored together; the next step broadcasts them."""
        if self.client.native_balance(self.signer.address) < intent.gas * max_fee:
            needed = f"{self.signer.address} needs at least {intent.gas * max_fee} wei."
            return self._hold(intent, HeldFor.GAS_MONEY, needed)
        signed = self.signer.sign(
            Transaction(
                chain_id=self.chain.chain_id,
                nonce=nonce,
                to=intent.to,
                data=bytes.fromhex(intent.data[2:]),
                gas=intent.gas,
                max_fee=max_fee,
                tip=tip,
            )
        )
        _store(intent, nonce, signed, max_fee, tip)
        return self._move(intent, State.SIGNED, nonce=nonce, tries=0)

    def _broadcast(self, intent: ChainIntent, attempt: ChainAttempt) -> Progress:
        try:
            self.client.send_raw(bytes.fromhex(attempt.raw[2:]))
        except ChainRejected as error:
            if error.reason in {Reason.FEE_TOO_LOW, Reason.UNDERPRICED}:
                return self._bump(intent, attempt)
            if error.reason is not Reason.NONCE_USED:
                return self._refused(intent, error)
        self.broadcast.add(attempt.pk)
        return self._move(intent, State.SENT, tries=intent.tries + 1)

    def _fill_gap(self, intent: ChainIntent, nonce: int) -> Progress:
        """A reorganisation took away a transaction that was over and done with: without it no later one can be mined.

        What we have stored under that nonce is sent again; else, or when it is stuck, one that does nothing.
        """
        attempt = ChainAttempt.objects.filter(intent__chain=self.chain, nonce=nonce).order_by("-pk").first()
        if attempt is None or self._is_stuck(attempt):
            attempt = self._sign_idle(intent, nonce, attempt)
        if attempt.pk in self.broadcast:
            return Progress.WAITS
        try:
            self.client.send_raw(bytes.fromhex(attempt.raw[2:]))
        except ChainRejected as error:
            if error.reason not in {Reason.FEE_TOO_LOW, Reason.UNDERPRICED, Reason.NONCE_USED}:
                return self._refused(intent, error)
        self.broadcast.add(attempt.pk)
        return Progress.WAITS

    def _sign_idle(self, intent: ChainIntent, nonce: int, last: ChainAttempt | None) -> ChainAttempt:
        fees = self.client.fees()
        tip = max(_eighth_more(int(last.tip)) if last else 0, fees.tip)
        max_fee = max(_eighth_more(int(last.max_fee)) if last else 0, fees.max_fee, tip)
        own = self.signer.address
        idle = Transaction(self.chain.chain_id, nonce, own, b"", gas=IDLE_GAS, max_fee=max_fee, tip=tip)
        signed = self.signer.sign(idle)
        return ChainAttempt.objects.create(
            intent=intent,
            transaction_hash=signed.hash,
            nonce=nonce,
            raw="0x" + signed.raw.hex(),
            max_fee=max_fee,
            tip=tip,
        )

    def _is_stuck(self, attempt: ChainAttempt) -> bool:
        """By the chain's clock too: on a chain that stands still no fee is high enough."""
        head = self.client.block()
        since = attempt.created_at + BUMP_AFTER
        if timezone.now() > since and head.timestamp > since.timestamp():
            return True
        return head.base_fee > attempt.max_fee

    def _bump(self, intent: ChainIntent, attempt: ChainAttempt) -> Progress:
        """The same nonce for at least an eighth more, which every node takes for a replacement."""
        fees = self.client.fees()
        tip = max(_eighth_more(int(attempt.tip)), fees.tip)
        max_fee = max(_eighth_more(int(attempt.max_fee)), fees.max_fee, tip)
        log.info("Intent %s is stuck: bumping its fee to %s.", intent.pk, max_fee)
        if _attempts_of(intent).count() == TELL_AFTER_ATTEMPTS:
            holds.tell_of_stuck(intent, TELL_AFTER_ATTEMPTS)
        return self._sign(intent, attempt.nonce, max_fee, tip)

    def _begin_again(self, intent: ChainIntent, receipt: Receipt | None) -> Progress:
        """The nonce is used up and the effect is not there: reverted, or the nonce went to something else."""
        if words := self._would_be_short(intent):
            self._move(intent, State.NEW, nonce=None)
            return self._hold(intent, HeldFor.REVERTS, words)
        nonces = intent.attempts.values("nonce").distinct().count()
        # What it builds upon may have been reorganised away: then it did nothing, and waits for that.
        is_last_try = receipt is not None and nonces >= MAX_NONCES and not _earlier_of_batch(intent).exists()
        if self._was_too_long(intent, receipt, is_last_try):
            return Progress.MOVED if intent.state == State.CONFIRMED else self._move(intent, State.NEW, nonce=None)
        self._move(intent, State.NEW, nonce=None)
        if receipt is not None and is_last_try:
            reason = f"It had no effect {nonces} times, last in {receipt.transaction_hash}."
            return self._hold(intent, HeldFor.REVERTS, reason)
        return Progress.MOVED

    def _would_be_short(self, intent: ChainIntent) -> str:
        """Its release does nothing on a new branch, and its root is signed: others would pay for who took it back."""
        if intent.kind != Kind.RELEASE or intent.batch is None or annulments.can_withdraw(intent.batch):
            return ""
        return dues.shortage_of(intent, self.client)

    def _was_too_long(self, intent: ChainIntent, receipt: Receipt | None, is_last_try: bool) -> bool:
        if receipt is None or intent.kind != Kind.PAY:
            return False
        return runs.after_failure(intent, self.client, receipt.gas_used, is_last_try=is_last_try)

    def _reorganised(self, intent: ChainIntent) -> Progress:
        log.warning("Intent %s was reorganised away.", intent.pk)
        state = State.NEW if intent.nonce is None else State.SENT
        return self._move(intent, state, block_number=None, block_hash="", transaction_hash="")

    def _mined(self, intent: ChainIntent, receipt: Receipt | None) -> Progress:
        if receipt is not None:
            self._note_receipt(intent, receipt)
        return self._move(intent, State.MINED)

    def _refused(self, intent: ChainIntent, error: ChainRejected) -> Progress:
        reasons = {Reason.REVERTED: HeldFor.REVERTS, Reason.NO_GAS_MONEY: HeldFor.GAS_MONEY}
        return self._hold(intent, reasons.get(error.reason, HeldFor.REFUSED), error.detail)

    def _would_fail(self, intent: ChainIntent, error: ChainRejected) -> Progress:
        if intent.kind == Kind.PAY and runs.lighten(intent, self.client, error, sender=self.signer.address):
            return Progress.MOVED
        if intent.kind == Kind.RELEASE and (self._goes_with_more_gas(intent) or self._release_without(intent, error)):
            return Progress.MOVED
        return self._refused(intent, error)

    def _goes_with_more_gas(self, intent: ChainIntent) -> bool:
        """Its token may have become dearer to move since it was written."""
        data, given = bytes.fromhex(intent.data[2:]), intent.gas
        while given < TRANSACTION_CAP:
            given = min(2 * given, TRANSACTION_CAP)
            try:
                self.client.simulate(to=intent.to, data=data, sender=self.signer.address, gas=given)
            except ChainRejected:
                continue
            self._move(intent, State.NEW, gas=given)
            return True
        return False

    def _release_without(self, intent: ChainIntent, error: ChainRejected) -> bool:
        """A token that would not move must not hold up the others: they are frozen again, without what is due in it."""
        refused = dues.refused_by_token(intent, error)
        if not refused or intent.batch is None or not annulments.can_withdraw(intent.batch):
            return False
        holds.tell_of_refusing_token(intent, next(iter(refused)), error.detail)
        annulments.withdraw(intent.batch, refused)
        return True

    def _refused_dues(self, intent: ChainIntent) -> Progress | None:
        """An escrow that cannot pay must not hold up everybody else: they are frozen again, without it."""
        refused = dues.refusals(intent, self.client) if intent.kind == Kind.RELEASE else {}
        if refused and intent.batch is not None:
            if annulments.can_withdraw(intent.batch):
                annulments.withdraw(intent.batch, refused)
            else:
                annulments.go_on_without(intent, refused)
            return Progress.MOVED
        # The contract would pass over it, and we would pay for the gas.
        return self._hold(intent, HeldFor.REVERTS, next(iter(refused.values()))) if refused else None

    def _hold(self, intent: ChainIntent, held_for: str, reason: str) -> Progress:
        holds.hold_intent(intent, held_for=held_for, reason=reason)
        return Progress.WAITS if held_for == HeldFor.GAS_MONEY else Progress.MOVED

    def _wake_what_lacked_gas(self) -> bool:
        """False while the account is still too poor: then every other intent would be held as well."""
        held = self.chain.intents.filter(state=State.HELD, held_for=HeldFor.GAS_MONEY).order_by("pk").first()
        if held is None:
            return True
        last = held.attempts.order_by("-pk").first()
        fees = self.client.fees()
        price = max(fees.max_fee, _eighth_more(int(last.max_fee)) if last and held.nonce is not None else 0)
        if self.client.native_balance(self.signer.address) < held.gas * price:
            return False
        holds.release_intent(held)
        return True

    # What the chain says

    def _has_happened(self, intent: ChainIntent, receipt: Receipt | None) -> bool:
        """A run counts as paid when its transaction went through: the bits of refused recipients stay unset."""
        if intent.kind == Kind.PAY and receipt is not None and receipt.succeeded:
            return True
        return effects.is_there(intent, self.client)

    def _receipt(self, intent: ChainIntent) -> Receipt | None:
        """Of whichever attempt under the open nonce was mined: only one can be."""
        for attempt in _attempts_of(intent).order_by("-pk"):
            receipt = self.client.receipt(attempt.transaction_hash)
            if receipt is not None:
                return receipt
        return None

    def _note_receipt(self, intent: ChainIntent, receipt: Receipt) -> None:
        if (intent.block_hash, intent.transaction_hash) == (receipt.block_hash, receipt.transaction_hash):
            return  # its row then says since when it is mined
        intent.block_number, intent.block_hash = receipt.block_number, receipt.block_hash
        intent.transaction_hash, intent.gas_used = receipt.transaction_hash, receipt.gas_used
        intent.save(update_fields=["block_number", "block_hash", "transaction_hash", "gas_used", "updated_at"])

    def _move(self, intent: ChainIntent, state: str, **changes: object) -> Progress:
        intent.state = state
        for name, value in changes.items():
            setattr(intent, name, value)
        intent.save(update_fields=["state", "updated_at", *changes])
        batch_states.follow_batch(intent)
        return Progress.MOVED


def _earlier_of_batch(intent: ChainIntent) -> QuerySet[ChainIntent]:
    unconfirmed = ChainIntent.objects.filter(pk__lt=intent.pk).exclude(state=State.CONFIRMED)
    return unconfirmed.filter(batch=intent.batch) if intent.batch_id else unconfirmed.none()


def _attempts_of(intent: ChainIntent) -> QuerySet[ChainAttempt]:
    """Those under its open nonce."""
    return intent.attempts.none() if intent.nonce is None else intent.attempts.filter(nonce=intent.nonce)


def _store(intent: ChainIntent, nonce: int, signed: SignedTransaction, max_fee: int, tip: int) -> ChainAttempt:
    raw = "0x" + signed.raw.hex()
    # After a deep reorganisation the same nonce may serve another intent that says the same, in the same bytes.
    attempt, _is_new = ChainAttempt.objects.update_or_create(
        transaction_hash=signed.hash,
        defaults={"intent": intent},
        create_defaults={"intent": intent, "nonce": nonce, "raw": raw, "max_fee": max_fee, "tip": tip},
    )
    return attempt


def _eighth_more(fee: int) -> int:
    return fee * 9 // 8 + 1
