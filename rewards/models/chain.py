from django.db import models

from lib.ids import new_id
from rewards.models.fields import MinorField


class Chain(models.Model):
    """An EVM chain we settle on, and what its identity must be at every start."""

    class Finality(models.TextChoices):
        SAFE = "safe"
        FINALIZED = "finalized"

    chain_id = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=60)
    confirmations = models.PositiveIntegerField(default=3)
    finality = models.CharField(
        max_length=10, choices=Finality, blank=True, help_text="Its word for a block that stays; empty: confirmations."
    )
    genesis_hash = models.CharField(max_length=66)
    escrow_address = models.CharField(max_length=42)
    settlement_address = models.CharField(max_length=42)
    escrow_code_hash = models.CharField(max_length=66)
    settlement_code_hash = models.CharField(max_length=66)
    deployed_block = models.BigIntegerField(default=0)
    explorer_url = models.URLField(blank=True)
    indexed_block = models.BigIntegerField(default=-1, help_text="Last block whose events are stored.")
    stopped_reason = models.TextField(blank=True, help_text="Not empty: nothing is sent to this chain.")
    silent_since = models.DateTimeField(null=True, blank=True, help_text="Since when no node of it answers.")
    escrow_cursor = models.UUIDField(null=True, blank=True, help_text="The last escrow that was compared by itself.")

    class Meta:
        ordering = ("chain_id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.caip2})"

    @property
    def caip2(self) -> str:
        return f"eip155:{self.chain_id}"


class Token(models.Model):
    """An ERC-20 we accept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="tokens")
    address = models.CharField(max_length=42)
    symbol = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    decimals = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)
    has_faucet = models.BooleanField(default=False)
    smallest_push = MinorField(default=0, help_text="Minor units; less than this is not sent by itself.")
    payment_gas = models.PositiveIntegerField(
        default=32_000, help_text="Gas that each payment of it in a run is given: measured, and learned from runs."
    )
    permit_name = models.CharField(max_length=120, blank=True, help_text="What its permits (EIP-2612) are bound to.")
    permit_version = models.CharField(max_length=20, blank=True, help_text="Empty: it takes no signed permit.")

    class Meta:
        ordering = ("symbol", "pk")
        constraints = [models.UniqueConstraint(fields=["chain", "address"], name="one_token_per_chain_and_address")]

    def __str__(self) -> str:
        return self.symbol

    @property
    def has_permit(self) -> bool:
        return bool(self.permit_version)

    @property
    def asset(self) -> str:
        return f"{self.chain.caip2}/erc20:{self.address}"


class IndexedBlock(models.Model):
    """The hash of a block whose events are stored, so that a reorganisation is noticed."""

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="blocks")
    number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="one_indexed_block_per_height")]

    def __str__(self) -> str:
        return f"{self.number}"


class ChainEvent(models.Model):
    """A log of our contracts as the chain tells it; removed again when its block is reorganised away."""

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="events")
    name = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    transaction_hash = models.CharField(max_length=66)
    log_index = models.PositiveIntegerField()
    is_applied = models.BooleanField(default=False, help_text="Its effect is in the ledger: it was deep enough.")
    transfer = models.OneToOneField(
        "rewards.Transfer", models.PROTECT, null=True, blank=True, related_name="event", help_text="Which it made."
    )

    class Meta:
        ordering = ("block_number", "log_index")
        constraints = [
            models.UniqueConstraint(fields=["chain", "block_hash", "log_index"], name="one_event_per_block_and_log")
        ]
        indexes = [
            models.Index(
                fields=["chain", "block_number"], condition=models.Q(is_applied=False), name="events_not_yet_applied"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.block_number}"
