"""A tree's layers in one file, so that a proof is a few reads of 32 bytes and never a row. Pure.

A line of JSON says what is where; then come the layers, leaves first, and the credits as they are packed. The file is
named by its root, and every proof read from it is climbed to that root before it is given out.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from rewards.chain import merkle
from rewards.chain.epoch_tree import Claim, EpochTree
from rewards.chain.leaf_cache import KnownLeaves
from rewards.chain.packed import place_of

FORMAT = "foggara-tree-1"


class TreeFileBroken(Exception):
    """The file is no tree file, or what it holds does not lead to its root."""


def tree_file_pieces(tree: EpochTree) -> Iterator[bytes]:
    head = {
        "format": FORMAT,
        "chain_id": tree.chain_id,
        "settlement": tree.settlement.lower(),
        "epoch": tree.epoch,
        "root": tree.root.hex(),
        "layers": [len(layer) // merkle.NODE for layer in tree.tree.layers],
        "first_credit": tree.first_credit,
        "credits": len(tree.credits),
    }
    yield json.dumps(head, separators=(",", ":")).encode() + b"\n"
    yield from tree.tree.layers
    yield tree.credits.packed


class Seekable(Protocol):
    """What is asked of a file: a storage's will do as well as the disk's."""

    def readline(self) -> Any: ...
    def read(self, size: int, /) -> Any: ...
    def seek(self, offset: int, /) -> Any: ...


class TreeFile:
    def __init__(self, file: Seekable) -> None:
        self._file = file
        try:
            line = file.readline()
            self._head = json.loads(line)
            if self._head["format"] != FORMAT:
                raise TreeFileBroken(f"Not of the format {FORMAT}.")
        except (ValueError, KeyError, TypeError) as error:
            raise TreeFileBroken("The tree file cannot be read.") from error
        self._layers = list(_offsets(len(line), self._head["layers"]))
        self._first_credit_at = self._layers[-1] + merkle.NODE

    @property
    def root(self) -> bytes:
        return bytes.fromhex(self._head["root"])

    def is_of(self, chain_id: int, settlement: str) -> bool:
        return (self._head["chain_id"], self._head["settlement"]) == (chain_id, settlement.lower())

    def claim(self, account: str, token: str) -> Claim | None:
        """None when the account has no credit in the tree."""
        at = place_of(self._credit, self._head["credits"], account, token)
        if at is None:
            return None
        record = self._credit(at)
        proof = self._proof(self._head["first_credit"] + at)
        leaf = merkle.credit_leaves(self._head["chain_id"], self._head["settlement"], record)
        if not merkle.verify(self.root, leaf, proof):
            raise TreeFileBroken("The proof does not lead to the root.")
        return Claim(account, token, int.from_bytes(merkle.CREDIT.unpack(record)[2]), tuple(proof))

    def known_leaves(self) -> KnownLeaves:
        """All credits and their leaves, for the next tree."""
        count, first = self._head["credits"], self._layers[0] + self._head["first_credit"] * merkle.NODE
        credits = self._read(self._first_credit_at, count * merkle.CREDIT.size)
        return KnownLeaves(credits, self._read(first, count * merkle.NODE))

    def _proof(self, index: int) -> list[bytes]:
        return [self._node(level, (index >> level) ^ 1) for level in range(len(self._layers) - 1)]

    def _node(self, level: int, index: int) -> bytes:
        return self._read(self._layers[level] + index * merkle.NODE, merkle.NODE)

    def _credit(self, at: int) -> bytes:
        return self._read(self._first_credit_at + at * merkle.CREDIT.size, merkle.CREDIT.size)

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        found = self._file.read(length)
        if len(found) != length:
            raise TreeFileBroken("The tree file is cut off.")
        return found


def _offsets(start: int, layers: Sequence[int]) -> Iterator[int]:
    for nodes in layers:
        yield start
        start += nodes * merkle.NODE
