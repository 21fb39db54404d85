"""What a person can take by a transaction of their own, without our help and without our leave."""

from dataclasses import dataclass, replace

from accounts.models import User
from rewards.chain import calldata
from rewards.chain.epoch_tree import Claim
from rewards.domain import leaf_file
from rewards.models import Chain, ClaimBalance, Payout, SettlementBatch, Token
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
    by_chain: dict[Chain, list[ClaimBalance]] = {}
    for balance in _balances_of(user):
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


def _balances_of(user: User) -> list[ClaimBalance]:
    """Of the addresses that something of theirs was credited to, and is not paid: also of one they have given up since.

    An address that two people had in turn is shown to both: whoever sends it, the claim pays the address.
    """
    credited = Payout.objects.filter(user=user, credit_batch__isnull=False).exclude(state=Payout.State.PAID)
    places = set(credited.values_list("token", "address"))
    found = ClaimBalance.objects.filter(
        token__in={token for token, _address in places}, address__in={address for _token, address in places}
    )
    with_tokens = found.select_related("token__chain").order_by("pk")
    return [balance for balance in with_tokens if (balance.token_id, balance.address) in places]


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
