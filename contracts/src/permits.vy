# pragma version 0.4.3
"""
@title permits: the caller's signed approval (EIP-2612), handed to its token
@license Apache-2.0
"""
from ethereum.ercs import IERC20


@internal
def _take(token: address, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32):
    """
    @notice After this, `token` lets this contract take `amount` from the caller; else it reverts.
    @dev Whoever sees the signature may hand it to the token first. The permit fails here then, but the allowance it
         gave is there, and only the caller's own call goes on to use it.
    """
    permitted: bool = raw_call(
        token,
        abi_encode(
            msg.sender,
            self,
            amount,
            deadline,
            v,
            r,
            s,
            method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ),
        revert_on_failure=False,
    )
    if not permitted:
        assert staticcall IERC20(token).allowance(msg.sender, self) >= amount, "permit"
