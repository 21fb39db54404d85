"""Steps that many tests begin with."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.tests.harness import HALF_HOUR, Contract
from rewards.chain.epoch_tree import Credit, EpochTree, Payment, Run

NO_URI = bytes(32)
SALT = b"\x01" * 32
BATCH = b"\xba" * 32
CAP = 10**12


def open_project(
    escrow: Contract,
    token: Contract,
    client: str,
    *,
    amount: int = 1_000,
    fee_bps: int = 500,
    cap: int = CAP,
    salt: bytes = SALT,
) -> bytes:
    token.mint(client, amount, sender=client)
    token.approve(escrow.address, amount, sender=client)
    escrow.open(salt, token.address, amount, fee_bps, cap, sender=client)
    key: bytes = escrow.project_key(client, salt)
    return key


def make_tree(
    settlement: Contract,
    epoch: int,
    payments: Mapping[str, Sequence[tuple[str, int]]] | None = None,
    credits: Sequence[tuple[str, str, int]] = (),
) -> EpochTree:
    return EpochTree(
        chain_id=31337,
        settlement=settlement.address,
        epoch=epoch,
        payments={token: [Payment(*owed) for owed in listed] for token, listed in (payments or {}).items()},
        credits=[Credit(*credit) for credit in credits],
    )


def propose(settlement: Contract, tree: EpochTree, operator: str) -> Any:
    return settlement.propose(tree.epoch, tree.root, tree.batch_id, NO_URI, sender=operator)


def make_live(settlement: Contract, tree: EpochTree, operator: str) -> None:
    propose(settlement, tree, operator)
    settlement.chain.pass_time(HALF_HOUR)
    settlement.activate(sender=operator)


def pay_arguments(run: Run) -> tuple[Any, ...]:
    words = tuple(int.from_bytes(run.leaf_words[at : at + 32]) for at in range(0, len(run.leaf_words), 32))
    window = (run.start - run.leaf_start, len(run.accounts))
    return run.epoch, run.leaf_start, run.token, words, run.proof, *window


def pay(settlement: Contract, run: Run, sender: str, **options: Any) -> Any:
    return settlement.pay(*pay_arguments(run), sender=sender, **options)


def claim(settlement: Contract, tree: EpochTree, account: str, token: str, sender: str) -> Any:
    found = tree.claim(account, token)
    assert found is not None
    return settlement.claim(account, token, found.cumulative, found.proof, sender=sender)
