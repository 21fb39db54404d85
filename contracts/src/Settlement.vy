# pragma version 0.4.3
"""
@title Settlement: pays contributors what the published roots say
@license Apache-2.0
@notice One Merkle root per epoch covers every account and every token, in two lanes. An earning is in exactly one.
        - Lane 1, `pay`: this epoch's payments, one bit each. A whole run of up to MAX_RUN payments is one leaf:
          leaf = H(H(abi.encode(domain, start, payments))), domain = H(chain, this contract, epoch, token);
          a payment is one word, account << 96 | amount.
          Payable only while the epoch's root is current or previous. A recipient whose token refuses is skipped.
        - Lane 2, `claim`: what an account has been credited with since the beginning, cumulative.
          leaf = H(H(chain, this contract, account, token, cumulative)).
        Who can do what:
        - anyone: activate a root whose delay is over; pay a run; claim for an account (money goes to that account only);
        - an account: claim_to another receiver, for its own earnings;
        - operator: propose the next root; nothing else, and it takes effect after DELAY;
        - guardian or admin: veto a pending root, pause, revoke the operator; admin: nominate the roles.
        Nobody can withdraw, sweep or upgrade. Money leaves only to accounts named in a root.
        A root that should never have become active is pushed out by two good ones: proposing works while paused, and
        twice MAX_DELAY is shorter than one pause.
        What can be stuck: tokens sent here that no root gives to anyone; earnings of an account whose token refuses it and
        whose key is lost; whole-token losses that the token itself causes (rebasing, seizure).
@custom:kill Guardian or admin calls `pause` (ends by itself) and `revoke_operator`: then no new root can appear, and
        the last two stay claimable for ever.
"""
from ethereum.ercs import IERC20
from interfaces import ISettlement

from src import merkle
from src import pausable
from src import roles

implements: ISettlement
initializes: roles
initializes: pausable[roles := roles]

exports: (
    roles.nominate,
    roles.accept,
    roles.revoke_operator,
    roles.admin,
    roles.operator,
    roles.guardian,
    roles.nominee,
    roles.acceptable_at,
    roles.GUARDIAN_NOTICE,
    pausable.pause,
    pausable.unpause,
    pausable.paused,
    pausable.paused_until,
    pausable.PAUSE_SECONDS,
    pausable.PAUSE_REST_SECONDS,
)


event RootProposed:
    epoch: indexed(uint256)
    batch: indexed(bytes32)
    root: bytes32
    uri_hash: bytes32
    ready_at: uint256

event RootActive:
    epoch: indexed(uint256)
    root: bytes32

event RootVetoed:
    epoch: indexed(uint256)
    root: bytes32
    by: indexed(address)

event RunPaid:
    epoch: indexed(uint256)
    token: indexed(address)
    start: uint256
    count: uint256
    skipped: uint256

event Unpaid:
    epoch: indexed(uint256)
    account: indexed(address)
    index: uint256

event Claimed:
    account: indexed(address)
    token: indexed(address)
    to: indexed(address)
    amount: uint256
    cumulative: uint256


MAX_RUN: public(constant(uint256)) = 512
MAX_DELAY: public(constant(uint256)) = 86400
MAX_INDEX: constant(uint256) = 2**64
AMOUNT_MASK: constant(uint256) = 2**96 - 1  # a larger payment belongs into lane 2

DELAY: public(immutable(uint256))

epoch: public(uint256)  # the last one proposed
root: public(bytes32)
live: public(uint256)  # the epoch of `root`
previous: public(bytes32)  # still honoured, so that a proof fetched just before an update keeps working
previous_epoch: public(uint256)
pending: public(bytes32)
ready_at: public(uint256)  # when `pending`, which is always of `epoch`, may become active
batch_epoch: public(HashMap[bytes32, uint256])  # deterministic batch id -> epoch: has this proposal landed?
paid: public(HashMap[uint256, HashMap[uint256, uint256]])  # epoch -> index // 256 -> one bit per payment
claimed: public(HashMap[address, HashMap[address, uint256]])  # account -> token -> cumulative


@deploy
def __init__(admin: address, operator: address, guardian: address, delay: uint256):
    assert delay <= MAX_DELAY, "delay"
    roles.__init__(admin, operator, guardian)
    DELAY = delay


@external
def propose(epoch: uint256, root: bytes32, batch: bytes32, uri_hash: bytes32):
    """
    @notice Publishes the next root. Safe to send twice: the epoch and the batch id are each taken once.
    @param epoch The number after the last proposed one, vetoed ones included.
    @param batch The id the operator derived before sending; `batch_epoch` tells whether it landed.
    @param uri_hash Hash of the published leaf file that rebuilds the root.
    """
    roles._only_operator()
    assert root != empty(bytes32), "no root"
    assert self.batch_epoch[batch] == 0, "batch done"
    self._roll()
    assert self.pending == empty(bytes32), "pending"
    assert epoch == self.epoch + 1, "epoch"
    self.epoch = epoch
    self.batch_epoch[batch] = epoch
    self.pending = root
    self.ready_at = block.timestamp + DELAY
    log RootProposed(epoch=epoch, batch=batch, root=root, uri_hash=uri_hash, ready_at=self.ready_at)
    self._roll()


@external
def activate():
    """
    @notice Makes the pending root the current one once its delay is over. Anyone; otherwise does nothing.
    """
    self._roll()


@external
def veto(epoch: uint256):
    """
    @notice Throws a pending root away, also after its delay as long as nobody has activated it. Its epoch stays used.
    """
    roles._only_guardian_or_admin()
    assert self.pending != empty(bytes32), "nothing pending"
    assert epoch == self.epoch, "epoch"
    log RootVetoed(epoch=epoch, root=self.pending, by=msg.sender)
    self.pending = empty(bytes32)


@external
@nonreentrant
def pay(
    epoch: uint256,
    start: uint256,
    token: address,
    payments: DynArray[uint256, MAX_RUN],
    proof: DynArray[bytes32, merkle.MAX_DEPTH],
    first: uint256,
    count: uint256,
):
    """
    @notice Pays `count` payments of a run, from its `first` on. Anyone may send it: the root fixes who gets what.
            A payment already made is passed over, a refused one leaves its bit unset and can be tried again.
    @param start The index of payments[0] in the epoch.
    @param payments The whole run as it was published; each word is account << 96 | amount.
    @param first Where to begin within the run. With `count` it leads around a recipient that burns all gas.
    @dev A caller who gives too little gas can make transfers fail, but a failed one is never marked as paid.
    """
    pausable._when_running()
    assert token.is_contract, "no token"  # a call to an address without code succeeds and moves nothing
    assert start < MAX_INDEX, "start"
    assert count != 0 and first < len(payments) and count <= len(payments) - first, "window"
    domain: bytes32 = keccak256(abi_encode(chain.id, self, epoch, token))
    leaf: bytes32 = keccak256(keccak256(abi_encode(domain, start, payments)))
    assert self._is_root_of(epoch, merkle._climb(leaf, proof)), "proof"

    # `start` is below MAX_INDEX and a run at most MAX_RUN long, so that no index can wrap around.
    index: uint256 = unsafe_add(start, first)
    bits: uint256 = self.paid[epoch][index >> 8]
    skipped: uint256 = 0
    ok: bool = False
    answer: Bytes[32] = b""
    for i: uint256 in range(first, unsafe_add(first, count), bound=MAX_RUN):
        if (bits >> (index & 255)) & 1 == 0:
            payment: uint256 = payments[i]
            ok, answer = raw_call(
                token,
                abi_encode(payment >> 96, payment & AMOUNT_MASK, method_id=method_id("transfer(address,uint256)")),
                max_outsize=32,
                revert_on_failure=False,
            )
            # Some tokens answer nothing, some answer false instead of reverting.
            if ok and (len(answer) == 0 or convert(answer, uint256) != 0):
                bits |= 1 << (index & 255)
            else:
                skipped = unsafe_add(skipped, 1)
                log Unpaid(epoch=epoch, account=convert(payment >> 96, address), index=index)
        index = unsafe_add(index, 1)
        if index & 255 == 0:
            self.paid[epoch][unsafe_sub(index, 1) >> 8] = bits
            bits = self.paid[epoch][index >> 8]
    self.paid[epoch][index >> 8] = bits
    log RunPaid(epoch=epoch, token=token, start=unsafe_add(start, first), count=count, skipped=skipped)


@external
@nonreentrant
def claim(account: address, token: address, cumulative: uint256, proof: DynArray[bytes32, merkle.MAX_DEPTH]):
    """
    @notice Pays an account what it has not yet claimed. Anyone may send it, the money goes to the account.
            An older proof than the last claimed one pays nothing.
    """
    self._claim(account, token, cumulative, proof, account)


@external
@nonreentrant
def claim_to(to: address, token: address, cumulative: uint256, proof: DynArray[bytes32, merkle.MAX_DEPTH]):
    """
    @notice The caller's own earnings, to a receiver of its choice: the way out for an account that a token blocks.
    """
    assert to != empty(address) and to != self, "to"
    self._claim(msg.sender, token, cumulative, proof, to)


@external
@view
def status() -> ISettlement.Status:
    """
    @notice Everything a worker must know before it acts, read in one block.
    """
    return ISettlement.Status(
        epoch=self.epoch,
        root=self.root,
        live=self.live,
        previous=self.previous,
        previous_epoch=self.previous_epoch,
        pending=self.pending,
        ready_at=self.ready_at,
        delay=DELAY,
        paused_until=pausable.paused_until,
        now=block.timestamp,
    )


@internal
def _roll():
    if self.pending == empty(bytes32) or block.timestamp < self.ready_at:
        return
    self.previous = self.root
    self.previous_epoch = self.live
    self.root = self.pending
    self.live = self.epoch
    self.pending = empty(bytes32)
    log RootActive(epoch=self.live, root=self.root)


@internal
def _claim(
    account: address, token: address, cumulative: uint256, proof: DynArray[bytes32, merkle.MAX_DEPTH], to: address
):
    pausable._when_running()
    assert token.is_contract, "no token"
    leaf: bytes32 = keccak256(keccak256(abi_encode(chain.id, self, account, token, cumulative)))
    node: bytes32 = merkle._climb(leaf, proof)
    # `node` is a hash and never empty, so an unset `previous` matches nothing.
    assert node == self.root or node == self.previous, "proof"
    was: uint256 = self.claimed[account][token]
    if cumulative <= was:
        return
    amount: uint256 = unsafe_sub(cumulative, was)
    self.claimed[account][token] = cumulative
    assert extcall IERC20(token).transfer(to, amount, default_return_value=True), "transfer"
    log Claimed(account=account, token=token, to=to, amount=amount, cumulative=cumulative)


@internal
@view
def _is_root_of(epoch: uint256, node: bytes32) -> bool:
    # `node` is a hash and never empty, so the unset roots of epoch 0 match nothing.
    return (epoch == self.live and node == self.root) or (epoch == self.previous_epoch and node == self.previous)
