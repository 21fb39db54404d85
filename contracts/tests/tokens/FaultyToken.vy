# pragma version 0.4.3
"""
@title FaultyToken: an ERC-20 that misbehaves on request, for tests
@license Apache-2.0
"""
from ethereum.ercs import IERC20

balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
blocked: public(HashMap[address, bool])
answers_false_to: public(address)  # the same, but only when it is the receiver
answers_false: public(bool)  # moves nothing and says so by returning false
fee_bps: public(uint256)  # kept from every transfer
tax: public(uint256)  # taken from the sender on top
bonus: public(uint256)  # credited to the receiver on top
stands_still: public(bool)  # every transfer reverts
weight: public(uint256)  # so many slots are written anew on each transfer, 22,000 gas each
hog: public(address)  # a transfer to it burns all the gas
_heap: HashMap[uint256, uint256]
_heaped: uint256
reenters: public(address)  # called with `reenter_data` on every transfer
reenter_data: public(Bytes[1024])
reentered: public(bool)  # did the call go through?


@external
def mint(to: address, amount: uint256):
    self.balanceOf[to] += amount


@external
def set_blocked(who: address, on: bool):
    self.blocked[who] = on


@external
def set_answers_false(on: bool):
    self.answers_false = on


@external
def set_answers_false_to(receiver: address):
    self.answers_false_to = receiver


@external
def set_stands_still(on: bool):
    self.stands_still = on


@external
def set_weight(slots: uint256):
    self.weight = slots


@external
def set_hog(receiver: address):
    self.hog = receiver


@external
def set_fee(bps: uint256):
    self.fee_bps = bps


@external
def set_tax(amount: uint256):
    self.tax = amount


@external
def set_bonus(amount: uint256):
    self.bonus = amount


@external
def set_reentry(target: address, data: Bytes[1024]):
    self.reenters = target
    self.reenter_data = data


@external
def burn_from(who: address, amount: uint256):
    self.balanceOf[who] -= amount


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True


@external
def transfer(to: address, amount: uint256) -> bool:
    return self._move(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    self.allowance[owner][msg.sender] -= amount
    return self._move(owner, to, amount)


@internal
def _move(owner: address, to: address, amount: uint256) -> bool:
    assert not self.stands_still, "stands still"
    assert not self.blocked[to], "blocked"
    if to == self.hog and to != empty(address):
        for turn: uint256 in range(2**64):
            self._heap[turn] += 1
    for slot: uint256 in range(self.weight, bound=1000):
        self._heap[self._heaped] = 1
        self._heaped += 1
    if self.answers_false or (to == self.answers_false_to and to != empty(address)):
        return False
    if self.reenters != empty(address):
        self.reentered = raw_call(self.reenters, self.reenter_data, revert_on_failure=False)
    self.balanceOf[owner] -= amount + self.tax
    self.balanceOf[to] += amount - amount * self.fee_bps // 10000 + self.bonus
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
    return True
