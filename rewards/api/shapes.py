"""What the API takes and gives about money. Amounts are never JSON numbers."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from eth_utils import is_address, to_checksum_address
from rest_framework import serializers

from rewards.api.amounts import AmountSerializer
from rewards.domain.claims import ReadyClaim
from rewards.models import Chain, ChainIntent, Deposit, Earning, Escrow, Payout, SettlementBatch, Token
from rewards.queries import AmountJson, Balance, amount_json, escrow_statement, token_json
from rewards.refunds import Stage


class AddressField(serializers.CharField):
    """An EVM address; comes out with its checksum."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not is_address(text):
            raise serializers.ValidationError(_("This is no EVM address: 0x and 40 hexadecimal digits."))
        return str(to_checksum_address(text))


class TokenShape(serializers.ModelSerializer[Token]):
    chain_id = serializers.IntegerField(source="chain.chain_id")
    smallest_push = serializers.CharField(help_text="Minor units as text: less than this is not sent by itself.")

    class Meta:
        model = Token
        fields = [
            "id",
            "chain_id",
            "address",
            "symbol",
            "name",
            "decimals",
            "asset",
            "has_faucet",
            "has_permit",
            "smallest_push",
        ]


class ChainShape(serializers.ModelSerializer[Chain]):
    is_stopped = serializers.SerializerMethodField()

    class Meta:
        model = Chain
        fields = [
            "chain_id", "name", "confirmations", "genesis_hash", "escrow_address", "settlement_address",
            "explorer_url", "indexed_block", "is_stopped",
        ]  # fmt: skip

    def get_is_stopped(self, chain: Chain) -> bool:
        return bool(chain.stopped_reason)


class BalanceShape(serializers.Serializer[Any]):
    token = serializers.SerializerMethodField()
    earned = serializers.SerializerMethodField(help_text="Accepted work, not yet in a batch.")
    on_the_way = serializers.SerializerMethodField(help_text="In a batch, not yet delivered.")
    claimable = serializers.SerializerMethodField(help_text="Waits for a claim.")
    paid = serializers.SerializerMethodField(help_text="Delivered on chain.")

    @extend_schema_field(TokenShape)
    def get_token(self, balance: Balance) -> Any:
        return token_json(balance.token)

    @extend_schema_field(AmountSerializer)
    def get_earned(self, balance: Balance) -> AmountJson:
        return amount_json(balance.token, balance.earned)

    @extend_schema_field(AmountSerializer)
    def get_on_the_way(self, balance: Balance) -> AmountJson:
        return amount_json(balance.token, balance.on_the_way)

    @extend_schema_field(AmountSerializer)
    def get_claimable(self, balance: Balance) -> AmountJson:
        return amount_json(balance.token, balance.claimable)

    @extend_schema_field(AmountSerializer)
    def get_paid(self, balance: Balance) -> AmountJson:
        return amount_json(balance.token, balance.paid)


class EarningShape(serializers.ModelSerializer[Earning]):
    amount = serializers.SerializerMethodField()
    payout_state = serializers.CharField(source="payout.state", default=None)
    transaction_hash = serializers.CharField(source="payout.transaction_hash", default="")

    class Meta:
        model = Earning
        fields = ["id", "reference_id", "reason", "amount", "created_at", "payout", "payout_state", "transaction_hash"]

    @extend_schema_field(AmountSerializer)
    def get_amount(self, earning: Earning) -> AmountJson:
        return amount_json(earning.escrow.token, earning.amount)


class PayoutShape(serializers.ModelSerializer[Payout]):
    amount = serializers.SerializerMethodField()
    epoch = serializers.IntegerField(source="batch.epoch")
    created_at = serializers.DateTimeField(source="batch.created_at")

    class Meta:
        model = Payout
        fields = ["id", "epoch", "address", "amount", "lane", "state", "transaction_hash", "created_at"]

    @extend_schema_field(AmountSerializer)
    def get_amount(self, payout: Payout) -> AmountJson:
        return amount_json(payout.token, payout.amount)


class ClaimShape(serializers.Serializer[Any]):
    amount = serializers.SerializerMethodField()
    address = serializers.CharField(help_text="Whose it is. Who is paid, whoever sends it, unless there is a receiver.")
    receiver = serializers.CharField(help_text="Empty, or whom a call of the account itself pays instead.")
    cumulative_minor = serializers.CharField()
    epoch = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    proof = serializers.ListField(child=serializers.CharField())
    chain_id = serializers.IntegerField(source="token.chain.chain_id")
    to = serializers.CharField(help_text="Where to send `data`.")
    data = serializers.CharField()  # type: ignore[assignment]

    @extend_schema_field(AmountSerializer)
    def get_amount(self, claim: ReadyClaim) -> AmountJson:
        return amount_json(claim.token, claim.amount_minor)


class ReceiverShape(serializers.Serializer[Any]):
    to = AddressField(required=True)


class ThresholdShape(serializers.Serializer[Any]):
    minor = serializers.RegexField(r"^[0-9]{1,29}$", help_text="Minor units as text; 0 takes the wish back.")


class PayoutRequestShape(serializers.Serializer[Any]):
    chain_id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    arrives_by = serializers.DateTimeField(help_text="At the latest, as far as it can be told.")


class BatchShape(serializers.ModelSerializer[SettlementBatch]):
    chain_id = serializers.IntegerField(source="chain.chain_id")
    refused = serializers.IntegerField(default=None, help_text="Payments that wait for a claim.")
    leaf_file_url = serializers.SerializerMethodField(help_text="For everybody, without signing in.")

    def get_leaf_file_url(self, batch: SettlementBatch) -> str:
        return str(settings.SITE_URL + reverse("leaf-file", args=[batch.leaf_file_sha256]))

    class Meta:
        model = SettlementBatch
        fields = [
            "id", "chain_id", "epoch", "batch_key", "root", "leaf_file_sha256", "leaf_file_url", "state",
            "payment_count", "refused", "created_at", "finished_at",
        ]  # fmt: skip


class IntentShape(serializers.ModelSerializer[ChainIntent]):
    chain_id = serializers.IntegerField(source="chain.chain_id")
    epoch = serializers.IntegerField(source="batch.epoch", default=None)
    attempt_count = serializers.IntegerField(default=None)

    class Meta:
        model = ChainIntent
        fields = [
            "id", "chain_id", "kind", "epoch", "escrow", "to", "gas", "state", "nonce", "tries", "attempt_count",
            "block_number", "transaction_hash", "gas_used", "held_for", "held_reason", "created_at", "updated_at",
        ]  # fmt: skip


class EscrowShape(serializers.ModelSerializer[Escrow]):
    chain_id = serializers.IntegerField(source="token.chain.chain_id")
    figures = serializers.SerializerMethodField()

    class Meta:
        model = Escrow
        fields = [
            "id", "reference_kind", "reference_id", "team", "chain_id", "state", "funder_address", "chain_key",
            "fee_bps",
            "opened_transaction", "client_closing_at", "refused_reason", "figures", "created_at",
        ]  # fmt: skip

    @extend_schema_field({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Amount"}})
    def get_figures(self, escrow: Escrow) -> dict[str, AmountJson]:
        said = escrow_statement(escrow)
        names = ("required", "deposited", "free", "committed", "rewarded", "fees", "released", "refunded", "missing")
        return {name: amount_json(escrow.token, getattr(said, name)) for name in names}


class DepositShape(serializers.ModelSerializer[Deposit]):
    amount = serializers.SerializerMethodField()
    is_credited = serializers.SerializerMethodField()
    transaction_hash = serializers.CharField(max_length=66)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    class Meta:
        model = Deposit
        fields = ["id", "transaction_hash", "note", "amount", "is_credited", "refused_reason", "created_at"]
        read_only_fields = ["refused_reason"]

    @extend_schema_field(AmountSerializer(allow_null=True))
    def get_amount(self, deposit: Deposit) -> AmountJson | None:
        return None if deposit.amount is None else amount_json(deposit.escrow.token, deposit.amount)

    def get_is_credited(self, deposit: Deposit) -> bool:
        return deposit.transfer_id is not None


class CallShape(serializers.Serializer[Any]):
    """A transaction for the funder's own wallet; send them in this order."""

    to = serializers.CharField()
    data = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class PermitRequestShape(serializers.Serializer[Any]):
    typed_data = serializers.DictField(help_text="For eth_signTypedData_v4, as it is. Its numbers are text.")
    deadline = serializers.IntegerField(help_text="Until when the signature is of use; seconds since 1970.")


class SignedPermitShape(serializers.Serializer[Any]):
    deadline = serializers.IntegerField(min_value=0, max_value=2**63 - 1, help_text="The one that was signed.")
    signature = serializers.RegexField(r"^0x([0-9a-fA-F]{2})*$", max_length=20_000)


class PermittedOpeningShape(serializers.Serializer[Any]):
    call = CallShape()
    is_used = serializers.BooleanField(
        help_text="Somebody handed the signature in already. The allowance is there, and the call does the rest."
    )


class ReasonShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class SmallestPushShape(serializers.Serializer[Any]):
    minor = serializers.RegexField(r"^[0-9]{1,29}$", help_text="Minor units as text; 0: every amount is sent.")
    reason = serializers.CharField(max_length=500)


@extend_schema_serializer(component_name="RefundReason")
class RefundReasonShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class RefundShape(serializers.Serializer[Any]):
    """`least` comes back for certain, up to `most` when nothing that is reserved is earned any more."""

    stage = serializers.ChoiceField(choices=Stage.choices)
    least = AmountSerializer()
    most = AmountSerializer()
    refunded = AmountSerializer()
    asked_at = serializers.DateTimeField(allow_null=True)
    transactions = serializers.ListField(child=serializers.CharField())


class FaucetShape(serializers.Serializer[Any]):
    address = AddressField()
    token = AddressField(required=False, help_text="Which test token; the only one by default.")


class PouredShape(serializers.Serializer[Any]):
    amount = AmountSerializer()
    native_wei = serializers.CharField()
    transactions = serializers.ListField(child=serializers.CharField())


class LedgerLineShape(serializers.Serializer[Any]):
    """What the accounts of each kind hold together. `deposits` is the sum of all the others, negative."""

    token = TokenShape()
    totals = serializers.DictField(child=AmountSerializer())
    off = AmountSerializer(help_text="0 when the books are sound.")
