"""An epoch's tree as a file that anybody can rebuild the root from. Pure.

One JSON object, a row to a line so that it can be written and read piece by piece: format, chain_id, settlement, epoch,
run_size (payments per leaf), root; payments {token: [[account, amount], …]} in the order of their indices; credits
[[account, token, cumulative], …] in the order of their leaves. Addresses are in lower case, amounts are text: a number
above 2**53 does not survive every reader of JSON. docs/algorithms/settlement-tree.md has the layout. The same tree
always gives the same bytes.
"""

import json
from collections.abc import Iterator

from rewards.chain import merkle
from rewards.chain.epoch_tree import Credit, EpochTree, Payment

FORMAT = "foggara-epoch-1"
ROWS = 1 << 13


class LeafFileBroken(Exception):
    """The file is not a leaf file, or does not give the root that it names."""


def leaf_file_pieces(tree: EpochTree) -> Iterator[bytes]:
    """The file in pieces of some thousand rows."""
    head = {
        "format": FORMAT,
        "chain_id": tree.chain_id,
        "settlement": tree.settlement.lower(),
        "epoch": tree.epoch,
        "run_size": tree.run_size,
        "root": "0x" + tree.root.hex(),
    }
    yield json.dumps(head, separators=(",", ":"))[:-1].encode() + b',\n"payments":{'
    for at, section in enumerate(tree.sections):
        yield (",\n" if at else "\n").encode() + f'"{section.token.lower()}":['.encode()
        for first in range(0, len(section.payments), ROWS):
            yield _payment_rows(section.payments[first : first + ROWS].packed, is_first=first == 0)
        yield b"]"
    yield b'},\n"credits":['
    for first in range(0, len(tree.credits), ROWS):
        yield _credit_rows(tree.credits[first : first + ROWS].packed, is_first=first == 0)
    yield b"]}\n"


def write_leaf_file(tree: EpochTree) -> bytes:
    return b"".join(leaf_file_pieces(tree))


def read_leaf_file(leaf_file: bytes) -> EpochTree:
    """The tree again. Raises LeafFileBroken unless it has the root named in it."""
    try:
        data = json.loads(leaf_file)
        if data["format"] != FORMAT:
            raise LeafFileBroken(f"Not of the format {FORMAT}.")
        payments = {
            token: [Payment(account, int(minor)) for account, minor in rows] for token, rows in data["payments"].items()
        }
        tree = EpochTree(
            chain_id=data["chain_id"],
            settlement=data["settlement"],
            epoch=data["epoch"],
            run_size=data["run_size"],
            payments=payments,
            credits=[Credit(account, token, int(minor)) for account, token, minor in data["credits"]],
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise LeafFileBroken("The leaf file cannot be read.") from error
    if "0x" + tree.root.hex() != data["root"]:
        raise LeafFileBroken("The leaf file does not give the root that it names.")
    return tree


def _payment_rows(packed: bytes, *, is_first: bool) -> bytes:
    rows = [f'["0x{account.hex()}","{int.from_bytes(minor)}"]' for account, minor in merkle.PAYMENT.iter_unpack(packed)]
    return (("\n" if is_first else ",\n") + ",\n".join(rows)).encode()


def _credit_rows(packed: bytes, *, is_first: bool) -> bytes:
    rows = [
        f'["0x{account.hex()}","0x{token.hex()}","{int.from_bytes(minor)}"]'
        for account, token, minor in merkle.CREDIT.iter_unpack(packed)
    ]
    return (("\n" if is_first else ",\n") + ",\n".join(rows)).encode()
