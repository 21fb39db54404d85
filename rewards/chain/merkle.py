"""The trees behind Settlement's roots. Pure: bytes in, bytes out. docs/algorithms/settlement-tree.md has the rules.

A tree is a list of layers, each one `bytes` of 32 per node, leaves first. A layer of odd length (but the top) ends with
one extra node: the root of an empty subtree of that height.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

keccak: Callable[[bytes], bytes]
try:
    from tiny_keccak import keccak256 as keccak
except ImportError:  # A platform without the Rust wheel: slower, the same hashes.
    try:
        from sha3 import keccak_256

        def keccak(data: bytes) -> bytes:
            return bytes(keccak_256(data).digest())

    except ImportError:
        from eth_hash.auto import keccak

NODE = 32
# Two addresses, and a uint256 after them: how credits are packed. A payment is one word, an address and a uint96.
PAYMENT = struct.Struct("20s12s")
CREDIT = struct.Struct("20s20s32s")
_PAD = bytes(12)
BLOCK = 1 << 15
_PAIR = struct.Struct("32s32s")
MAX_DEPTH = 32
MAX_RUN = 512
MAX_PAYMENT = 2**96 - 1


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


def payment_word(account: str, amount: int) -> bytes:
    """One payment as `Settlement.pay` takes it: account << 96 | amount."""
    if not 0 < amount <= MAX_PAYMENT:
        raise ValueError("A payment must be above zero and below 2**96; more belongs into lane 2.")
    return address_bytes(account) + amount.to_bytes(12, "big")


def run_leaf(domain: bytes, start: int, words: bytes) -> bytes:
    """Lane 1: a whole run of payments is one leaf, the hash of the hash of abi.encode(domain, start, payments)."""
    return bytes(keccak(keccak(domain + _word(start) + _word(96) + _word(len(words) // 32) + words)))


def claim_leaf(chain_id: int, settlement: str, account: str, token: str, cumulative: int) -> bytes:
    """Lane 2: everything an account was ever credited with."""
    return claim_leaf_maker(chain_id, settlement)(account, token, cumulative)


def claim_leaf_maker(chain_id: int, settlement: str) -> Callable[[str, str, int], bytes]:
    prefix = _word(chain_id) + _address_word(settlement)

    def leaf(account: str, token: str, cumulative: int) -> bytes:
        return bytes(keccak(keccak(prefix + _address_word(account) + _address_word(token) + _word(cumulative))))

    return leaf


def run_leaves(domain: bytes, start: int, words: bytes, run_size: int = MAX_RUN) -> bytes:
    """The leaves of consecutive payments, cut into runs of `run_size`."""
    step = 32 * run_size
    return b"".join(run_leaf(domain, start + at // 32, words[at : at + step]) for at in range(0, len(words), step))


def credit_leaves(chain_id: int, settlement: str, credits: bytes) -> bytes:
    """`claim_leaf` for packed credits."""
    hash_, leaves = keccak, bytearray()
    prefix = _word(chain_id) + _address_word(settlement) + _PAD
    for block in _blocks(credits, CREDIT.size):
        found = CREDIT.iter_unpack(block)
        leaves += b"".join([hash_(hash_(prefix + account + _PAD + token + minor)) for account, token, minor in found])
    return bytes(leaves)


def _blocks(packed: bytes, size: int) -> Iterator[memoryview]:
    """So that no list holds millions of small objects at once."""
    view = memoryview(packed)
    for at in range(0, len(packed), size * BLOCK):
        yield view[at : at + size * BLOCK]


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
        """A leaf's siblings on the way to the root."""
        if not 0 <= index < self.leaf_count:
            raise ValueError("The leaf lies outside the tree.")
        return [self.node(level, index >> level ^ 1) for level in range(len(self.layers) - 1)]


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
    hash_, above = keccak, bytearray()
    for block in _blocks(layer, 2 * NODE):
        above += b"".join([hash_(a + b if a < b else b + a) for a, b in _PAIR.iter_unpack(block)])
    return bytes(above)


def climb(node: bytes, proof: Sequence[bytes]) -> bytes:
    for sibling in proof:
        node = pair(node, sibling)
    return node


def verify(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    return climb(leaf, proof) == root
