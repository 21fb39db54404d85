from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id
from rewards.models.fields import MinorField


class Checkpoint(models.Model):
    """Up to where a token's movements were compared, and their sums since our contracts were deployed."""

    token = models.OneToOneField("rewards.Token", models.CASCADE, related_name="checkpoint")
    block_number = models.BigIntegerField(help_text="The last block whose transfers are counted in.")
    block_hash = models.CharField(max_length=66)
    # By the token's own Transfer logs.
    escrow_in = MinorField(default=0)
    escrow_out = MinorField(default=0)
    settlement_in = MinorField(default=0)
    settlement_out = MinorField(default=0)
    # By the events of our contracts; of escrows that are in the books.
    funded = MinorField(default=0)
    refunded = MinorField(default=0)
    released = MinorField(default=0)
    fees = MinorField(default=0)
    pushed = MinorField(default=0, help_text="Sent to wallets as a batch of ours says.")
    claimed = MinorField(default=0)
    # Until which epoch all paid bits were compared, and can change no more.
    closed_epoch = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.token_id} at {self.block_number}"


class Reconciliation(models.Model):
    """One comparison of ledger, contracts and logs at one block: what the solvency page shows."""

    chain = models.ForeignKey("rewards.Chain", models.CASCADE, related_name="reconciliations")
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    block_time = models.DateTimeField()
    is_sound = models.BooleanField(help_text="Nothing differed.")
    figures = models.JSONField(help_text="Per token: what is owed, by the ledger, and what is locked, by the chain.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["chain", "-created_at"], name="reconciliation_by_chain")]

    def __str__(self) -> str:
        return f"{self.chain_id} at {self.block_number}"


class Incident(models.Model):
    """Ledger and chain differ. It stops the chain until a person has said why, and what was done."""

    class Kind(models.TextChoices):
        UNASKED_TRANSFER = "unasked_transfer", _("Money came in that no deposit or release explains")
        UNKNOWN_PAYMENT = "unknown_payment", _("Money went out that the books do not have")
        MISSING_TRANSFER = "missing_transfer", _("A contract says that it moved money, and the token does not")
        MISSING_PAYMENT = "missing_payment", _("The books say paid, and the chain never saw it")
        PAID_TWICE = "paid_twice", _("Paid on chain, and still owed in the books")
        UNKNOWN_ROOT = "unknown_root", _("A root was proposed that is not ours")
        UNEARNED_RELEASE = "unearned_release", _("More was released than was earned")
        ESCROW_DIFFERS = "escrow_differs", _("An escrow differs between ledger and contract")
        CLAIM_DIFFERS = "claim_differs", _("A claim differs between ledger and contract")
        TOTAL_DIFFERS = "total_differs", _("A token's total differs between ledger and chain")
        BALANCE_DIFFERS = "balance_differs", _("A contract's balance is not what its transfers make")
        EVENT_DIFFERS = "event_differs", _("The events that were stored are not those of the chain")
        BLOCK_REPLACED = "block_replaced", _("A block that was final is another one now")
        BOOKS = "books", _("The books do not add up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("rewards.Chain", models.PROTECT, related_name="incidents")
    token = models.ForeignKey("rewards.Token", models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    account = models.CharField(max_length=200, blank=True, help_text="Which account differs.")
    transaction = models.CharField(max_length=80, blank=True, help_text="Which transaction or transfer differs.")
    detail = models.TextField()
    block_number = models.BigIntegerField(help_text="At which block it was found.")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "kind", "token", "account", "transaction"],
                condition=Q(resolved_at=None),
                nulls_distinct=False,
                name="one_open_incident_per_difference",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | ~Q(resolution=""), name="resolved_incident_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.transaction or self.account}"
