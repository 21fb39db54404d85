from accounts.models.api_key import ApiKey, Scope
from accounts.models.audit import AuditEntry, IdempotencyRecord
from accounts.models.team import Invitation, Membership, Role, Team
from accounts.models.user import User
from accounts.models.wallet import Wallet, WalletChallenge

__all__ = [
    "ApiKey",
    "AuditEntry",
    "IdempotencyRecord",
    "Invitation",
    "Membership",
    "Role",
    "Scope",
    "Team",
    "User",
    "Wallet",
    "WalletChallenge",
]
