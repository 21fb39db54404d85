"""How much gas to give, by formula: a node may estimate too little for a call that survives failing transfers.

docs/contracts/gas.md has the measurements that the numbers stand on; a test holds them against a real chain.
"""

from rewards.chain.merkle import MAX_DEPTH, MAX_RUN

# EIP-7825: no transaction may have more, however large the block.
TRANSACTION_CAP = 16_777_216

# Settlement.pay, per recipient who never held the token: 27,500 measured with an ordinary ERC-20, and a sixth more.
# A token behind a proxy or with a blocklist of its own needs more, which is measured: `Token.payment_gas`.
PAY_BASE = 110_000
PAY_PER_RECIPIENT = 32_000
# What a token takes above this for one payment is not worth sending: its people claim.
MOST_PER_RECIPIENT = 1_000_000
INTRINSIC = 21_000
PAY_OVERHEAD = 1_500  # of a payment in a run, besides the token's own transfer: our loop, its calldata, its log
PAY_PER_PROOF_NODE = 1_200
PAY_PER_PASSED_OVER = 600  # a payment of the same leaf that is shown but not paid

MAX_DUES = 256  # Escrow's own bound
RELEASE_BASE = 200_000
RELEASE_PER_PROJECT = 75_000
CLAIM = 160_000
CLAIM_PER_PROOF_NODE = 1_200
PROPOSE = 250_000
ACTIVATE = 150_000
CLOSE = 100_000
REFUND = 150_000
COLLECT_FEES = 120_000


def pay_gas(
    recipients: int,
    proof_nodes: int = MAX_DEPTH,
    *,
    per_recipient: int = PAY_PER_RECIPIENT,
    passed_over: int = 0,
) -> int:
    shown = PAY_PER_PROOF_NODE * proof_nodes + PAY_PER_PASSED_OVER * passed_over
    return PAY_BASE + per_recipient * recipients + shown


def payment_gas(transfer_estimate: int) -> int:
    """What a payment in a run is given, by a node's estimate of the same transfer in a transaction of its own.

    Such an estimate has in it what a run pays only once (the sender's balance, a proxy's pointer), so an ordinary token
    needs no margin above it; of what is extraordinary an eighth more is given.
    """
    inside = transfer_estimate - INTRINSIC + PAY_OVERHEAD
    return max(PAY_PER_RECIPIENT, inside + max(inside - PAY_PER_RECIPIENT, 0) // 8)


def max_run(gas_cap: int = TRANSACTION_CAP, *, per_recipient: int = PAY_PER_RECIPIENT) -> int:
    """The longest run, a power of two, whose gas fits under the cap (and under the contract's own bound).

    A power of two, so that runs end where words of 256 bits do. It may be a part of the longest leaf.
    """
    room = (gas_cap - pay_gas(0, passed_over=MAX_RUN)) // max(per_recipient - PAY_PER_PASSED_OVER, 1)
    if room < 1:
        raise ValueError("Not even one payment fits under the gas cap.")
    return min(1 << (room.bit_length() - 1), MAX_RUN)


def release_gas(projects: int, *, per_transfer: int = PAY_PER_RECIPIENT) -> int:
    """The token moves twice (wages, fee), and is asked for balances five times, which costs less than two transfers."""
    return RELEASE_BASE + RELEASE_PER_PROJECT * projects + 4 * (per_transfer - PAY_PER_RECIPIENT)


def max_dues(gas_cap: int = TRANSACTION_CAP, *, per_transfer: int = PAY_PER_RECIPIENT) -> int:
    """How many projects one release may serve."""
    room = gas_cap - release_gas(0, per_transfer=per_transfer)
    return max(min(room // RELEASE_PER_PROJECT, MAX_DUES), 1)


def claim_gas(proof_nodes: int = MAX_DEPTH) -> int:
    return CLAIM + CLAIM_PER_PROOF_NODE * proof_nodes
