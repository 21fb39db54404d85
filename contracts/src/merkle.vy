# pragma version 0.4.3
"""
@title Climbing a Merkle tree
@license Apache-2.0
@notice Pairs are sorted before hashing, so a proof needs no left and right. A leaf is the hash of a hash, an inner node
        the hash of 64 bytes: the two can never be taken for each other. Absent leaves are zero, and a pair of zeros is
        hashed like any other; nobody knows what hashes to zero.
"""

MAX_DEPTH: constant(uint256) = 32


@internal
@pure
def _pair(a: bytes32, b: bytes32) -> bytes32:
    if convert(a, uint256) < convert(b, uint256):
        return keccak256(concat(a, b))
    return keccak256(concat(b, a))


@internal
@pure
def _climb(leaf: bytes32, proof: DynArray[bytes32, MAX_DEPTH], first: uint256) -> bytes32:
    """
    @notice The root above `leaf`, taking the siblings from `proof[first]` on.
    """
    node: bytes32 = leaf
    for i: uint256 in range(first, len(proof), bound=MAX_DEPTH):
        node = self._pair(node, proof[i])
    return node
