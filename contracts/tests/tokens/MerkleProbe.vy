# pragma version 0.4.3
"""
@title MerkleProbe: shows merkle.vy's internals to tests
@license Apache-2.0
"""
from src import merkle


@external
@pure
def pair(a: bytes32, b: bytes32) -> bytes32:
    return merkle._pair(a, b)


@external
@pure
def climb(leaf: bytes32, proof: DynArray[bytes32, merkle.MAX_DEPTH], first: uint256) -> bytes32:
    return merkle._climb(leaf, proof, first)
