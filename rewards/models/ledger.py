from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id
from rewards.models.fields import MinorField


class LedgerAccount(models.Model):
    """A place where value of one token can be. Balances are caches of the entries."""

    class Kind(models.TextChoices):
        DEPOSITS = "deposits", _("Deposited from outside")
        ESCROW = "escrow", _("In a project's escrow, free")
        COMMITTED = "committed", _("In a project's escrow, reserved for its work")
        EARNED = "earned", _("Earned, not yet settled")
        UNCLAIMED = "unclaimed", _("Settled, not yet delivered")
        CLAIMED = "claimed", _("Delivered to a wallet")
        FEES = "fees", _("Platform fees")
        REFUNDS = "refunds", _("Refunded to clients")
        SHORTFALL = "shortfall", _("Earned, and taken back by its client first")

    token = models.ForeignKey("rewards.Token", models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=12, choices=Kind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    escrow = models.ForeignKey("rewards.Escrow", models.PROTECT, null=True, blank=True, related_name="accounts")
    balance = MinorField(default=0)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["token", "kind", "user", "escrow"],
                name="one_ledger_account_per_token_kind_and_holder",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["deposits", "shortfall"], balance__lte=0)
                | (~Q(kind__in=["deposits", "shortfall"]) & Q(balance__gte=0)),
                name="ledger_account_is_never_overdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.token_id} {self.user_id or self.escrow_id or ''}"


class Transfer(models.Model):
    """A movement of value, once and for all: its id is made by the caller, so that a repeat is harmless."""

    class Code(models.TextChoices):
        DEPOSIT = "deposit", _("Deposit seen on chain")
        RESERVE = "reserve", _("Reserved for a project's work")
        VOID = "void", _("Reservation given back")
        EARN = "earn", _("Accepted work")
        FREEZE = "freeze", _("Put into a settlement batch")
        DELIVER = "deliver", _("Delivered on chain")
        REFUND = "refund", _("Refunded to the client")
        CORRECT = "correct", _("Correction")

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.CharField(max_length=10, choices=Code)
    token = models.ForeignKey("rewards.Token", models.PROTECT, related_name="+")
    reference_kind = models.CharField(max_length=20)
    reference_id = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "pk")
        indexes = [models.Index(fields=["reference_kind", "reference_id"], name="transfer_by_reference")]

    def __str__(self) -> str:
        return f"{self.code} {self.id}"


class Entry(models.Model):
    """One side of a transfer. Only added, never changed: the database refuses anything else."""

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="entries")
    amount = MinorField(help_text="Minor units; positive adds to the account.")

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="entry_moves_something")]

    def __str__(self) -> str:
        return f"{self.amount} on {self.account_id}"


class Escrow(models.Model):
    """The money of one undertaking (the reference), as promised in a quote and as locked on chain."""

    class State(models.TextChoices):
        QUOTED = "quoted", _("Waiting for funds")
        FUNDED = "funded", _("Funded")
        CLOSING = "closing", _("Being refunded")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference_kind = models.CharField(max_length=20)
    reference_id = models.UUIDField()
    part = models.PositiveSmallIntegerField(
        default=0, help_text="0, or 1 for the second token that the same undertaking pays in."
    )
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="+")
    token = models.ForeignKey("rewards.Token", models.PROTECT, related_name="escrows")
    funder_address = models.CharField(max_length=42, help_text="Who must open the escrow on chain.")
    salt = models.CharField(max_length=66, unique=True)
    chain_key = models.CharField(max_length=66, unique=True, help_text="keccak256(abi.encode(funder, salt))")
    fee_bps = models.PositiveIntegerField()
    required = MinorField(help_text="Minor units to lock: all rewards and the fee on them.")
    state = models.CharField(max_length=10, choices=State, default=State.QUOTED)
    deposited = MinorField(default=0)
    rewarded = MinorField(default=0, help_text="Minor units that people have earned from it so far.")
    released = MinorField(default=0, help_text="Of these, released on chain to Settlement.")
    refunded = MinorField(default=0)
    daily_cap = MinorField(default=0, help_text="What may leave it on one day, fee included. Fixed when it is opened.")
    opened_transaction = models.CharField(max_length=66, blank=True, help_text="Not empty: it is open on chain.")
    client_closing_at = models.DateTimeField(
        null=True, blank=True, help_text="The client closed it on chain itself: from then on anyone may refund it."
    )
    refused_reason = models.CharField(
        max_length=200, blank=True, help_text="It was opened on chain otherwise than quoted: its money does not count."
    )
    release_refused = models.TextField(
        blank=True, help_text="Why the chain would not release what was earned from it: these earnings wait, no others."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["reference_kind", "reference_id", "part"],
                condition=~Q(state="closed"),
                name="one_live_escrow_per_reference_and_part",
            ),
            models.CheckConstraint(
                condition=Q(released__lte=F("rewarded")), name="escrow_releases_only_what_was_earned"
            ),
            models.CheckConstraint(
                condition=Q(refused_reason="") | Q(state="quoted") | Q(state="closed"),
                name="refused_escrow_is_not_funded",
            ),
        ]

    def __str__(self) -> str:
        return f"escrow {self.id}"


class Reservation(models.Model):
    """Value set aside for work that may still be done: posted as it is earned, voided for the rest."""

    id = models.UUIDField(primary_key=True)
    escrow = models.ForeignKey(Escrow, models.PROTECT, related_name="reservations")
    amount = MinorField()
    voided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"{self.amount} of {self.escrow_id}"


class Deposit(models.Model):
    """Money that arrived for an escrow: credited once, when its event is deep enough."""

    escrow = models.ForeignKey(Escrow, models.PROTECT, related_name="deposits")
    transaction_hash = models.CharField(max_length=66)
    log_index = models.PositiveIntegerField(null=True, help_text="Empty while only announced by a person.")
    amount = MinorField(null=True)  # type: ignore[misc]
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, help_text="An invoice number, for instance.")
    transfer = models.OneToOneField(Transfer, models.PROTECT, null=True, related_name="deposit")
    refused_reason = models.CharField(max_length=200, blank=True, help_text="Why it is not credited.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["escrow", "transaction_hash", "log_index"],
                name="deposit_is_credited_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(refused_reason="") | Q(transfer=None), name="refused_deposit_is_not_credited"
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_hash


class Earning(models.Model):
    """The immutable fact that a piece of work earned its price; posted to the ledger in batches."""

    class Reason(models.TextChoices):
        ANSWER = "answer", _("Accepted answer")
        REVIEW = "review", _("Review")
        EXAM = "exam", _("Exam")

    reference_id = models.UUIDField(help_text="The answer, the verdict or the attempt at an exam that earned it.")
    reason = models.CharField(max_length=10, choices=Reason)
    part = models.PositiveSmallIntegerField(default=0, help_text="Its escrow's: work may earn in two tokens at once.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="earnings")
    escrow = models.ForeignKey(Escrow, models.PROTECT, related_name="earnings")
    amount = MinorField()
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="earnings")
    payout = models.ForeignKey("rewards.Payout", models.PROTECT, null=True, blank=True, related_name="earnings")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["reference_id", "reason", "part"], name="work_is_paid_at_most_once_in_each_part"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="earning_is_above_zero"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="earning_by_user"),
            models.Index(fields=["user", "escrow"], condition=Q(payout=None), name="earning_without_payout"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.reason} {self.reference_id}"
