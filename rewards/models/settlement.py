from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id
from rewards.models.fields import MinorField


class SettlementBatch(models.Model):
    """One epoch of one chain: who is paid what, fixed under a root before anything is sent."""

    class State(models.TextChoices):
        FROZEN = "frozen", _("Frozen")
        RELEASING = "releasing", _("Releasing escrows")
        PROPOSED = "proposed", _("Root proposed")
        PAYING = "paying", _("Paying")
        FINAL = "final", _("Final")
        VETOED = "vetoed", _("Vetoed")
        HELD = "held", _("Held")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("rewards.Chain", models.PROTECT, related_name="batches")
    epoch = models.BigIntegerField()
    batch_key = models.CharField(max_length=66, unique=True, help_text="The id that the contract remembers.")
    root = models.CharField(max_length=66)
    leaf_file = models.CharField(max_length=200)
    leaf_file_sha256 = models.CharField(max_length=64)
    payment_count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.FROZEN)
    held_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-epoch",)
        constraints = [
            models.UniqueConstraint(fields=["chain", "epoch"], name="one_batch_per_chain_and_epoch"),
            models.UniqueConstraint(
                fields=["chain"], condition=~Q(state__in=["final", "vetoed"]), name="one_unfinished_batch_per_chain"
            ),
        ]

    # Nothing more will be sent for such a batch, and the next one may be frozen.
    ENDED = (State.FINAL, State.VETOED)

    def __str__(self) -> str:
        return f"epoch {self.epoch} of {self.chain_id}"


class Payout(models.Model):
    """What one person gets of one token in one batch: pushed to the wallet, or left to claim."""

    class Lane(models.TextChoices):
        PAY = "pay", _("Sent to the wallet")
        CLAIM = "claim", _("To be claimed")

    class State(models.TextChoices):
        FROZEN = "frozen", _("On its way")
        PAID = "paid", _("Paid")
        CLAIMABLE = "claimable", _("Ready to claim")

    batch = models.ForeignKey(SettlementBatch, models.PROTECT, related_name="payouts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payouts")
    token = models.ForeignKey("rewards.Token", models.PROTECT, related_name="+")
    address = models.CharField(max_length=42)
    amount = MinorField()
    lane = models.CharField(max_length=5, choices=Lane, default=Lane.PAY)
    index = models.PositiveIntegerField(
        null=True, blank=True, help_text="The place of its leaf among the payments; empty when it was credited at once."
    )
    state = models.CharField(max_length=10, choices=State, default=State.FROZEN)
    transaction_hash = models.CharField(max_length=66, blank=True)
    credit_batch = models.ForeignKey(
        SettlementBatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="credits",
        help_text="The batch whose root first lets it be claimed, after its push had failed for good.",
    )

    class Meta:
        ordering = ("batch", "index")
        constraints = [
            models.UniqueConstraint(fields=["batch", "token", "user"], name="one_payout_per_batch_token_and_user"),
            models.CheckConstraint(
                condition=~Q(state="paid") | ~Q(transaction_hash=""), name="paid_payout_has_transaction"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_is_above_zero"),
            models.CheckConstraint(
                condition=Q(credit_batch=None) | Q(lane="claim"), name="only_the_claim_lane_is_credited"
            ),
            models.CheckConstraint(
                condition=Q(index__isnull=False) | Q(lane="claim"), name="what_is_sent_has_a_place_in_the_tree"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="payout_by_user"),
            models.Index(
                fields=["token", "address"], condition=Q(credit_batch__isnull=False), name="payouts_credited_by_address"
            ),
            models.Index(fields=["batch"], condition=Q(lane="claim") & ~Q(state="paid"), name="payouts_not_delivered"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} to {self.address}"


class PayoutPreference(models.Model):
    """From which amount on a person wants to be paid in a token."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="payout_preferences")
    token = models.ForeignKey("rewards.Token", models.CASCADE, related_name="+")
    threshold = MinorField(help_text="Minor units; less than this waits.")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["user", "token"], name="one_payout_preference_per_user_and_token"),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="payout_threshold_is_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.threshold}"


class PayoutRequest(models.Model):
    """A person asked to be paid now: the next batch of the chain does not wait for company, and no threshold holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="payout_requests")
    chain = models.ForeignKey("rewards.Chain", models.CASCADE, related_name="payout_requests")
    batch = models.ForeignKey(
        SettlementBatch, models.CASCADE, null=True, blank=True, related_name="requests", help_text="That served it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "chain"], condition=Q(batch=None), name="one_open_payout_request_per_user_and_chain"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.chain_id}"


class ClaimBalance(models.Model):
    """All that an address could ever claim of a token (cumulative), and what it has claimed of it.

    The address's, whoever linked it: whose the parts are, the payouts say.
    """

    token = models.ForeignKey("rewards.Token", models.PROTECT, related_name="+")
    address = models.CharField(max_length=42)
    cumulative = MinorField(default=0)
    claimed = MinorField(default=0)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["token", "address"], name="one_claim_balance_per_token_and_address"),
            models.CheckConstraint(
                condition=Q(claimed__lte=models.F("cumulative")), name="claimed_is_within_what_could_be_claimed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.cumulative}"


class ChainIntent(models.Model):
    """Something we want the chain to do: a row before it is a transaction."""

    class Kind(models.TextChoices):
        RELEASE = "release", _("Release escrows")
        PROPOSE = "propose", _("Propose a root")
        ACTIVATE = "activate", _("Activate a root")
        PAY = "pay", _("Pay a run")
        CLOSE = "close", _("Close an escrow")
        REFUND = "refund", _("Refund a client")

    class State(models.TextChoices):
        NEW = "new", _("New")
        SIGNED = "signed", _("Signed")
        SENT = "sent", _("Sent")
        MINED = "mined", _("Mined")
        CONFIRMED = "confirmed", _("Confirmed")
        HELD = "held", _("Held")

    class HeldFor(models.TextChoices):
        GAS_MONEY = "gas_money", _("The operator's account has no money for gas")
        REVERTS = "reverts", _("The contract would refuse it")
        REFUSED = "refused", _("The node refused it")

    chain = models.ForeignKey("rewards.Chain", models.PROTECT, related_name="intents")
    kind = models.CharField(max_length=10, choices=Kind)
    batch = models.ForeignKey(SettlementBatch, models.PROTECT, null=True, blank=True, related_name="intents")
    escrow = models.ForeignKey("rewards.Escrow", models.PROTECT, null=True, blank=True, related_name="intents")
    to = models.CharField(max_length=42)
    data = models.TextField(help_text="Call data, 0x hex.")
    gas = models.PositiveBigIntegerField()
    effect = models.JSONField(help_text="What to ask the chain, to know that it has happened.")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    nonce = models.PositiveBigIntegerField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    block_number = models.BigIntegerField(null=True, blank=True)
    block_hash = models.CharField(max_length=66, blank=True)
    transaction_hash = models.CharField(max_length=66, blank=True)
    gas_used = models.PositiveBigIntegerField(null=True, blank=True)
    held_for = models.CharField(max_length=10, choices=HeldFor, blank=True)
    held_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["chain", "id"], condition=~Q(state="confirmed"), name="intents_unconfirmed")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"


class ChainAttempt(models.Model):
    """A signed transaction of an intent, stored with its raw bytes before it is broadcast. All are kept."""

    intent = models.ForeignKey(ChainIntent, models.PROTECT, related_name="attempts")
    transaction_hash = models.CharField(max_length=66, unique=True)
    nonce = models.PositiveBigIntegerField()
    raw = models.TextField()
    max_fee = models.DecimalField(max_digits=40, decimal_places=0)
    tip = models.DecimalField(max_digits=40, decimal_places=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.transaction_hash


class ChainSigner(models.Model):
    """The row that is locked while a nonce is chosen: one open nonce at a time per chain."""

    chain = models.OneToOneField("rewards.Chain", models.PROTECT, related_name="signer")
    address = models.CharField(max_length=42)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.address
