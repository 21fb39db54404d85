# pragma version 0.4.3
"""
@title TestToken: money for a development chain, worth nothing
@license Apache-2.0
@notice An ordinary ERC-20 that anybody may mint, up to FAUCET_TOKENS whole tokens a call. It refuses to be deployed
        anywhere but on a development chain.
@custom:kill Not needed: it holds nothing.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

implements: IERC20
implements: IERC20Detailed


FAUCET_TOKENS: public(constant(uint256)) = 1_000_000

name: public(String[32])
symbol: public(String[32])
decimals: public(uint8)
totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])


@deploy
def __init__(name: String[32], symbol: String[32], decimals: uint8):
    assert chain.id == 31337 or chain.id == 1337, "development chain only"
    assert decimals <= 36, "decimals"
    self.name = name
    self.symbol = symbol
    self.decimals = decimals


@external
def mint(to: address, amount: uint256):
    """
    @notice The faucet: anyone, to anyone.
    """
    assert amount <= FAUCET_TOKENS * 10 ** convert(self.decimals, uint256), "too much"
    assert to != empty(address), "to"
    self.totalSupply += amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=empty(address), receiver=to, value=amount)


@external
def transfer(to: address, amount: uint256) -> bool:
    self._transfer(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    allowed: uint256 = self.allowance[owner][msg.sender]
    if allowed != max_value(uint256):
        self.allowance[owner][msg.sender] = allowed - amount
    self._transfer(owner, to, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    log IERC20.Approval(owner=msg.sender, spender=spender, value=amount)
    return True


@internal
def _transfer(owner: address, to: address, amount: uint256):
    assert to != empty(address), "to"
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
