"""How a chain can fail us: it does not answer (try again), or it answers no (do not)."""

from enum import StrEnum

from rewards.exceptions import RewardsError


class Reason(StrEnum):
    """Why a node or a contract said no."""

    REVERTED = "reverted"
    NONCE_USED = "nonce_used"
    UNDERPRICED = "underpriced"  # a replacement that does not raise the fee enough
    FEE_TOO_LOW = "fee_too_low"  # below the block's base fee
    NO_GAS_MONEY = "no_gas_money"
    GAS_LIMIT = "gas_limit"
    WRONG_CHAIN = "wrong_chain"
    WRONG_CODE = "wrong_code"
    RANGE_TOO_WIDE = "range_too_wide"  # more logs than the node will return at once
    OTHER = "other"


class ChainUnavailable(RewardsError):
    """The node did not answer, or answered nonsense. Nothing is known; ask again later."""

    code = "chain_unavailable"
    status = 503


class ChainRejected(RewardsError):
    """The node or a contract refused. `reason` is for programs, `detail` is what was said (a revert's own words)."""

    code = "chain_rejected"
    status = 409

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"The chain refused: {detail}")
        self.reason = reason
        self.detail = detail


_PHRASES = (
    (Reason.NONCE_USED, ("nonce too low", "nonce is too low", "oldnonce")),
    (Reason.UNDERPRICED, ("underpriced",)),
    (Reason.FEE_TOO_LOW, ("less than block base fee", "fee cap too low", "fee too low", "feetoolow")),
    (Reason.NO_GAS_MONEY, ("insufficient funds", "insufficient balance")),
    (Reason.GAS_LIMIT, ("intrinsic gas too", "exceeds block gas limit", "gas limit too", "gas limit cap", "out of gas",
                        "outofgas", "memoryoog", "sentryoog", "gas too high", "gas required exceeds")),
    (Reason.WRONG_CHAIN, ("invalid chain id", "chain id", "chainid")),
    (Reason.RANGE_TOO_WIDE, ("query returned more", "block range", "too many results", "response size")),
    (Reason.REVERTED, ("revert",)),
)  # fmt: skip
# Nodes agree on no codes, only roughly on words; these are geth's, anvil's, nethermind's and the big providers'.
_BUSY = ("rate limit", "too many requests", "timeout", "timed out", "unavailable", "header not found", "try again")


def error_from_node(code: int, message: str, revert_words: str | None = None) -> ChainRejected | ChainUnavailable:
    if revert_words is not None:
        return ChainRejected(Reason.REVERTED, revert_words or "reverted")
    low = message.lower()
    if code in (-32005, 429) or any(word in low for word in _BUSY):
        return ChainUnavailable(f"The chain's node is busy: {message}")
    for reason, phrases in _PHRASES:
        if any(phrase in low for phrase in phrases):
            return ChainRejected(reason, message)
    return ChainRejected(Reason.OTHER, message)
