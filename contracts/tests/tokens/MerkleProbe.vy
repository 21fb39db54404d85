# pragma version 0.4.3
"""
@title MerkleProbe: shows merkle.vy's internals to tests
@license Apache-2.0
"""
from src import merkle


@external
@pure
def climb(leaf: bytes32, proof: DynArray[bytes32, merkle.MAX_DEPTH]) -> bytes32:
    return merkle._climb(leaf, proof)
