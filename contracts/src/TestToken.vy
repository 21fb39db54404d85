# pragma version 0.4.3
"""
@title TestToken: money for a development chain, worth nothing
@license Apache-2.0
@notice An ordinary ERC-20 that anybody may mint, up to FAUCET_TOKENS whole tokens a call. It refuses to be deployed
        anywhere but on a development chain. It takes a signature for an approval (EIP-2612).
@custom:kill Not needed: it holds nothing.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

implements: IERC20
implements: IERC20Detailed


DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
PERMIT_TYPE: constant(bytes32) = keccak256(
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
# Of the two signatures over one digest only the one with the lower s counts.
HIGHEST_S: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168

FAUCET_TOKENS: public(constant(uint256)) = 1_000_000

name: public(String[32])
symbol: public(String[32])
decimals: public(uint8)
totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])


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


@external
def permit(owner: address, spender: address, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32):
    """
    @notice EIP-2612: an approval that the owner signed and anyone may hand in, once.
    """
    assert block.timestamp <= deadline, "expired"
    assert convert(s, uint256) <= HIGHEST_S, "signature"
    nonce: uint256 = self.nonces[owner]
    message: bytes32 = keccak256(abi_encode(PERMIT_TYPE, owner, spender, amount, nonce, deadline))
    digest: bytes32 = keccak256(concat(b"\x19\x01", self._domain(), message))
    signer: address = ecrecover(digest, v, r, s)
    assert signer != empty(address) and signer == owner, "signature"
    self.nonces[owner] = nonce + 1
    self.allowance[owner][spender] = amount
    log IERC20.Approval(owner=owner, spender=spender, value=amount)


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    return self._domain()


@external
@pure
def version() -> String[1]:
    return "1"


@internal
@view
def _domain() -> bytes32:
    return keccak256(abi_encode(DOMAIN_TYPE, keccak256(self.name), keccak256("1"), chain.id, self))


@internal
def _transfer(owner: address, to: address, amount: uint256):
    assert to != empty(address), "to"
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
