# pragma version 0.4.3
"""
@title Wallet1271: a contract wallet that stands by one digest; for tests
@license Apache-2.0
"""

MAGIC: constant(bytes4) = 0x1626ba7e

digest: public(bytes32)
mode: public(uint256)  # 0 honest, 1 reverts, 2 burns all gas


@deploy
def __init__(digest: bytes32, mode: uint256):
    self.digest = digest
    self.mode = mode


@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[8192]) -> bytes4:
    assert self.mode != 1, "no"
    if self.mode == 2:
        spent: bytes32 = digest
        for _i: uint256 in range(10_000_000):
            spent = keccak256(spent)
    if digest == self.digest and len(signature) == 65:
        return MAGIC
    return 0xffffffff
