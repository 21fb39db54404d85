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
def _climb(leaf: bytes32, proof: DynArray[bytes32, MAX_DEPTH]) -> bytes32:
    """
    @notice The root above `leaf`.
    """
    node: bytes32 = leaf
    for sibling: bytes32 in proof:
        if convert(node, uint256) < convert(sibling, uint256):
            node = keccak256(concat(node, sibling))
        else:
            node = keccak256(concat(sibling, node))
    return node
