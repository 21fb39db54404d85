"""An epoch's tree as a file that anybody can rebuild the root from. Pure.

The first line is the head, then one line per payment and per credit, as JSON without spaces, in the order of leaves.
The same tree always gives the same bytes; their hash goes on chain with the root (`uri_hash`).
"""

import json
from collections.abc import Iterator

from rewards.chain.epoch_tree import Credit, EpochTree, Payment
from rewards.chain.merkle import keccak

FORMAT = "foggara-epoch-1"


class LeafFileBroken(Exception):
    """The file is not a leaf file, or does not give the root that it names."""


def write_leaf_file(tree: EpochTree) -> bytes:
    return "".join(line + "\n" for line in _lines(tree)).encode("ascii")


def uri_hash(leaf_file: bytes) -> bytes:
    return bytes(keccak(leaf_file))


def read_leaf_file(leaf_file: bytes) -> EpochTree:
    """The tree again. Raises LeafFileBroken unless it has the root named in the head."""
    try:
        head, *rows = (json.loads(line) for line in leaf_file.decode("ascii").splitlines())
        if head["format"] != FORMAT:
            raise LeafFileBroken(f"Not of the format {FORMAT}.")
        payments: dict[str, list[Payment]] = {}
        credits = []
        for lane, token, account, amount in rows:
            if lane == "pay":
                payments.setdefault(token, []).append(Payment(account, int(amount)))
            else:
                credits.append(Credit(account, token, int(amount)))
        tree = EpochTree(
            chain_id=head["chain_id"],
            settlement=head["settlement"],
            epoch=head["epoch"],
            payments=payments,
            credits=credits,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LeafFileBroken("The leaf file cannot be read.") from error
    if tree.root.hex() != head["root"]:
        raise LeafFileBroken("The leaf file does not give the root that it names.")
    return tree


def _lines(tree: EpochTree) -> Iterator[str]:
    yield _row(
        {
            "format": FORMAT,
            "chain_id": tree.chain_id,
            "settlement": tree.settlement.lower(),
            "epoch": tree.epoch,
            "root": tree.root.hex(),
        }
    )
    for section in tree.sections:
        for payment in section.payments:
            yield _row(["pay", section.token.lower(), payment.account.lower(), str(payment.amount)])
    for credit in tree.credits:
        yield _row(["credit", credit.token.lower(), credit.account.lower(), str(credit.cumulative)])


def _row(value: object) -> str:
    # Amounts are text: a number above 2**53 does not survive every reader of JSON.
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
