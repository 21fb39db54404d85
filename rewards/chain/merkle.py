"""The trees behind Settlement's roots. Pure: bytes in, bytes out. docs/algorithms/settlement-tree.md has the rules.

A tree is a list of layers, each one `bytes` of 32 per node, leaves first. A layer of odd length (but the top) ends with
one extra node: the root of an empty subtree of that height.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

keccak: Callable[[bytes], bytes]
try:
    from tiny_keccak import keccak256 as keccak
except ImportError:  # A platform without the Rust wheel: slower, the same hashes.
    from eth_hash.auto import keccak

NODE = 32
MAX_DEPTH = 32
MAX_RUN = 512


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def address_bytes(address: str) -> bytes:
    raw = bytes.fromhex(address.removeprefix("0x"))
    if len(raw) != 20:
        raise ValueError(f"{address} is not an address")
    return raw


def _address_word(address: str) -> bytes:
    return bytes(12) + address_bytes(address)


def payment_domain(chain_id: int, settlement: str, epoch: int, token: str) -> bytes:
    return bytes(keccak(_word(chain_id) + _address_word(settlement) + _word(epoch) + _address_word(token)))


def payment_leaf(domain: bytes, index: int, account: str, amount: int) -> bytes:
    """Lane 1: one payment of one epoch, at one place."""
    return bytes(keccak(keccak(domain + _word(index) + _address_word(account) + _word(amount))))


def claim_leaf(chain_id: int, settlement: str, account: str, token: str, cumulative: int) -> bytes:
    """Lane 2: everything an account was ever credited with."""
    return claim_leaf_maker(chain_id, settlement)(account, token, cumulative)


def claim_leaf_maker(chain_id: int, settlement: str) -> Callable[[str, str, int], bytes]:
    prefix = _word(chain_id) + _address_word(settlement)

    def leaf(account: str, token: str, cumulative: int) -> bytes:
        return bytes(keccak(keccak(prefix + _address_word(account) + _address_word(token) + _word(cumulative))))

    return leaf


def batch_id(chain_id: int, settlement: str, epoch: int, root: bytes) -> bytes:
    """Derived before anything is sent, and asked of the contract before anything is sent again."""
    return bytes(keccak(_word(chain_id) + _address_word(settlement) + _word(epoch) + root))


def pair(left: bytes, right: bytes) -> bytes:
    return bytes(keccak(left + right if left < right else right + left))


def _empty_roots() -> list[bytes]:
    roots = [bytes(NODE)]
    for _ in range(MAX_DEPTH):
        roots.append(pair(roots[-1], roots[-1]))
    return roots


EMPTY_ROOTS = _empty_roots()


@dataclass(frozen=True, slots=True)
class Tree:
    layers: tuple[bytes, ...]
    leaf_count: int

    @property
    def root(self) -> bytes:
        return self.layers[-1]

    def node(self, level: int, index: int) -> bytes:
        return self.layers[level][index * NODE : (index + 1) * NODE]

    def proof(self, index: int) -> list[bytes]:
        return self.run_proof(index, 1)

    def run_proof(self, start: int, count: int) -> list[bytes]:
        """What `count` neighbours from `start` need to reach the root: right neighbours, then siblings."""
        if not 0 <= start < start + count <= self.leaf_count:
            raise ValueError("The run lies outside the tree.")
        if start % run_span(count):
            raise ValueError(f"A run of {count} must start at a multiple of {run_span(count)}.")
        proof: list[bytes] = []
        for level in range(len(self.layers) - 1):
            if count == 1:
                proof.append(self.node(level, start ^ 1))
            elif count % 2:
                proof.append(self.node(level, start + count))
            start //= 2
            count = (count + 1) // 2
        return proof


def run_span(count: int) -> int:
    """The smallest power of two that holds a run: its start must be a multiple of it."""
    return 1 << (count - 1).bit_length()


def build_tree(leaves: Sequence[bytes] | bytes) -> Tree:
    """From leaves as a sequence or packed. 200,000 take half a second."""
    layer = leaves if isinstance(leaves, bytes) else b"".join(leaves)
    leaf_count = len(layer) // NODE
    if not leaf_count or len(layer) % NODE:
        raise ValueError("A tree needs whole leaves, and at least one.")
    layers = []
    for empty in EMPTY_ROOTS:
        if len(layer) == NODE:
            layers.append(layer)
            return Tree(tuple(layers), leaf_count)
        if len(layer) // NODE % 2:
            layer += empty
        layers.append(layer)
        layer = _layer_above(layer)
    raise ValueError(f"A tree has at most {MAX_DEPTH} levels.")


def _layer_above(layer: bytes) -> bytes:
    above = bytearray(len(layer) // 2)
    for at in range(0, len(layer), 2 * NODE):
        left = layer[at : at + NODE]
        right = layer[at + NODE : at + 2 * NODE]
        above[at // 2 : at // 2 + NODE] = keccak(left + right if left < right else right + left)
    return bytes(above)


def climb(node: bytes, proof: Sequence[bytes]) -> bytes:
    for sibling in proof:
        node = pair(node, sibling)
    return node


def verify(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    return climb(leaf, proof) == root


def run_root(leaves: Sequence[bytes], proof: Sequence[bytes]) -> bytes:
    """The fold that Settlement.pay does, for checking a run before it is sent."""
    layer = list(leaves)
    borrowed = 0
    while len(layer) > 1:
        if len(layer) % 2:
            layer.append(proof[borrowed])
            borrowed += 1
        layer = [pair(layer[i], layer[i + 1]) for i in range(0, len(layer), 2)]
    return climb(layer[0], proof[borrowed:])
