from rewards.models.chain import Chain, ChainEvent, IndexedBlock, Token
from rewards.models.fields import MinorField
from rewards.models.ledger import Deposit, Earning, Entry, Escrow, LedgerAccount, Reservation, Transfer
from rewards.models.reconciliation import Checkpoint, Incident, Reconciliation
from rewards.models.settlement import (
    ChainAttempt,
    ChainIntent,
    ChainSigner,
    ClaimBalance,
    Payout,
    PayoutPreference,
    PayoutRequest,
    SettlementBatch,
)

__all__ = [
    "Chain",
    "ChainAttempt",
    "ChainEvent",
    "ChainIntent",
    "ChainSigner",
    "Checkpoint",
    "ClaimBalance",
    "Deposit",
    "Earning",
    "Entry",
    "Escrow",
    "Incident",
    "IndexedBlock",
    "LedgerAccount",
    "MinorField",
    "Payout",
    "PayoutPreference",
    "PayoutRequest",
    "Reconciliation",
    "Reservation",
    "SettlementBatch",
    "Token",
    "Transfer",
]
