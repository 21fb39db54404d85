"""What a person can take by a transaction of their own, without our help and without our leave."""

from dataclasses import dataclass, replace

from accounts.models import User
from rewards.chain import calldata
from rewards.chain.epoch_tree import Claim
from rewards.domain import leaf_file
from rewards.models import Chain, ClaimBalance, SettlementBatch, Token
from rewards.queries import last_active_batch


@dataclass(frozen=True, slots=True)
class ReadyClaim:
    """One transaction for the person's wallet; `epoch` says whose leaf file the proof is from."""

    token: Token
    address: str
    amount_minor: int
    cumulative_minor: int
    epoch: int
    root: str
    to: str
    data: str
    proof: tuple[str, ...]
    receiver: str = ""


def to_another(claim: ReadyClaim, receiver: str) -> ReadyClaim:
    """The same money to a receiver of the account's choice: only the account itself can send this."""
    proof = tuple(bytes.fromhex(node[2:]) for node in claim.proof)
    sent = Claim(claim.address, claim.token.address, claim.cumulative_minor, proof)
    return replace(claim, data="0x" + calldata.claim_to(receiver, sent).hex(), receiver=receiver)


def ready_claims(user: User) -> list[ReadyClaim]:
    """Everything that can be claimed now. A suspended person has the same."""
    balances = ClaimBalance.objects.filter(user=user, cumulative__gt=0).select_related("token__chain")
    by_chain: dict[Chain, list[ClaimBalance]] = {}
    for balance in balances:
        by_chain.setdefault(balance.token.chain, []).append(balance)
    found = []
    for chain, of_chain in by_chain.items():
        batch = last_active_batch(chain)
        if batch is None:
            continue
        wanted = [(balance.address, balance.token.address) for balance in of_chain]
        for balance, claim in zip(of_chain, leaf_file.claims_of(batch, wanted), strict=True):
            if claim is not None and claim.cumulative > balance.claimed:
                found.append(_ready(batch, balance, claim))
    return found


def _ready(batch: SettlementBatch, balance: ClaimBalance, claim: Claim) -> ReadyClaim:
    return ReadyClaim(
        token=balance.token,
        address=balance.address,
        amount_minor=claim.cumulative - balance.claimed,
        cumulative_minor=claim.cumulative,
        epoch=batch.epoch,
        root=batch.root,
        to=batch.chain.settlement_address,
        data="0x" + calldata.claim(claim).hex(),
        proof=tuple("0x" + node.hex() for node in claim.proof),
    )
