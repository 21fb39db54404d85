# pragma version 0.4.3
"""
@title A pause that ends by itself
@license Apache-2.0
@notice Guardian or admin may stop money for PAUSE_SECONDS. It ends without anybody's help, and it cannot be
        renewed before PAUSE_REST_SECONDS have passed in which everything works: nobody can freeze funds for ever.
"""
from src import roles

uses: roles


event Paused:
    by: indexed(address)
    until: uint256

event Unpaused:
    by: indexed(address)


PAUSE_SECONDS: public(constant(uint256)) = 3 * 86400
PAUSE_REST_SECONDS: public(constant(uint256)) = 3 * 86400

# The second at which the last pause ends or ended; 0 when there was none.
paused_until: public(uint256)


@external
def pause():
    """
    @notice Starts a pause. Refused while one runs and in the rest after it.
    """
    roles._only_guardian_or_admin()
    until: uint256 = self.paused_until
    assert until == 0 or block.timestamp >= until + PAUSE_REST_SECONDS, "pause rests"
    self.paused_until = block.timestamp + PAUSE_SECONDS
    log Paused(by=msg.sender, until=self.paused_until)


@external
def unpause():
    """
    @notice Ends a pause early. The rest starts now.
    """
    roles._only_guardian_or_admin()
    assert block.timestamp < self.paused_until, "not paused"
    self.paused_until = block.timestamp
    log Unpaused(by=msg.sender)


@external
@view
def paused() -> bool:
    return self._is_paused()


@internal
@view
def _is_paused() -> bool:
    return block.timestamp < self.paused_until


@internal
@view
def _when_running():
    assert block.timestamp >= self.paused_until, "paused"
