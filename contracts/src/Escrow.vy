# pragma version 0.4.3
"""
@title Escrow: holds each client's money for one project
@license Apache-2.0
@notice Money leaves a project in three ways only: to SETTLEMENT (what contributors earned), to TREASURY (a fee fixed
        when the project was opened, never above MAX_FEE_BPS), or back to its client.
        Per project, always: rewarded + fee(rewarded) + refunded <= funded.
        Who can do what:
        - anyone: open a project of its own, add money to any open one, refund a closed one (to the client only),
          hand over fees (to the treasury only);
        - client: close; the rest may be refunded once NOTICE has passed, also while paused and with everybody else gone;
        - operator: release earnings up to the client's daily cap; close without notice (money goes back to the client);
        - guardian or admin: pause (which stops open, top_up and release, never close or refund), revoke the operator;
        - admin: nominate the roles. There is no withdrawal, no sweep and no upgrade, for anyone.
        What can be stuck: the money of a project whose client lost its key while the operator is gone too (nobody closes
        it), or whose token refuses the client; tokens sent here without `open` or `top_up`; what the token itself takes away.
        Tokens that keep a fee on transfer are refused at the deposit, and at release and refund should they begin to later.
        A rebasing token cannot be told apart and must not be offered; should one shrink what lies here, nothing is
        released any more, and refunds go on as long as the money lasts.
@custom:kill Guardian or admin calls `revoke_operator`: nothing can be released any more, and every client can close and be
        refunded.
"""
from ethereum.ercs import IERC20
from interfaces import IEscrow

from src import pausable
from src import permits
from src import roles

implements: IEscrow
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


event Opened:
    project: indexed(bytes32)
    client: indexed(address)
    token: indexed(address)
    salt: bytes32
    fee_bps: uint256
    cap: uint256

event Funded:
    project: indexed(bytes32)
    payer: indexed(address)
    amount: uint256
    funded: uint256

event Released:
    batch: indexed(bytes32)
    project: indexed(bytes32)
    amount: uint256
    fee: uint256
    rewarded: uint256

event Unreleased:
    batch: indexed(bytes32)
    project: indexed(bytes32)
    rewarded: uint256
    reason: IEscrow.Refusal

event Closing:
    project: indexed(bytes32)
    by: indexed(address)
    at: uint256

event Refunded:
    project: indexed(bytes32)
    client: indexed(address)
    amount: uint256

event FeesHeld:
    token: indexed(address)
    amount: uint256

event FeesCollected:
    token: indexed(address)
    amount: uint256


MAX_FEE_BPS: public(constant(uint256)) = 2000
MAX_NOTICE: public(constant(uint256)) = 30 * 86400
MAX_DUES: constant(uint256) = 256
DAY: constant(uint256) = 86400
SPENT_BITS: constant(uint256) = 192
SPENT_MASK: constant(uint256) = 2**192 - 1

SETTLEMENT: public(immutable(address))
TREASURY: public(immutable(address))
NOTICE: public(immutable(uint256))

projects: public(HashMap[bytes32, IEscrow.Project])
held: public(HashMap[address, uint256])  # token -> what is owed to all its projects together
fees_due: public(HashMap[address, uint256])  # token -> fees that the treasury could not take when they were released
_spent: HashMap[bytes32, uint256]  # project -> day number << 192 | released on that day


@deploy
def __init__(admin: address, operator: address, guardian: address, settlement: address, treasury: address, notice: uint256):
    assert settlement.is_contract, "no settlement"
    assert treasury != empty(address), "no treasury"
    assert notice <= MAX_NOTICE, "notice"
    roles.__init__(admin, operator, guardian)
    SETTLEMENT = settlement
    TREASURY = treasury
    NOTICE = notice


@external
@nonreentrant
def open(salt: bytes32, token: address, amount: uint256, fee_bps: uint256, cap: uint256) -> bytes32:
    """
    @notice Opens a project for the caller and takes its first deposit.
    @param salt Free; the key is hash(caller, salt), so nobody can take the key that another client will use.
    @param cap The most that may be released on one UTC day, fee included.
    """
    return self._open(salt, token, amount, fee_bps, cap)


@external
@nonreentrant
def open_with_permit(
    salt: bytes32,
    token: address,
    amount: uint256,
    fee_bps: uint256,
    cap: uint256,
    deadline: uint256,
    v: uint8,
    r: bytes32,
    s: bytes32,
) -> bytes32:
    """
    @notice `open` in one transaction, for a token with EIP-2612. The caller signs a permit for this contract and `amount`.
    @dev Whoever sees the signature may hand it to the token first. The permit fails here then, but the allowance it
         gave is there, and only the caller can open with it.
    """
    permits._take(token, amount, deadline, v, r, s)
    return self._open(salt, token, amount, fee_bps, cap)


@external
@nonreentrant
def top_up(project: bytes32, amount: uint256):
    """
    @notice Adds money to an open project. Anyone may; it belongs to the project's client from then on.
    """
    self._top_up(project, amount)


@external
@nonreentrant
def top_up_with_permit(project: bytes32, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32):
    """
    @notice `top_up` in one transaction, for a token with EIP-2612. The caller signs a permit for this contract and `amount`.
    @dev As in `open_with_permit`: a signature that somebody else handed in first still counts, and only the caller pays.
    """
    permits._take(self.projects[project].token, amount, deadline, v, r, s)
    self._top_up(project, amount)


@external
@nonreentrant
def release(batch: bytes32, token: address, dues: DynArray[IEscrow.Due, MAX_DUES]):
    """
    @notice Moves what contributors earned to SETTLEMENT, and the fee on it to TREASURY.
            Dues are cumulative, so a release sent twice moves nothing the second time.
            A project that cannot pay its due is passed over whole and named in `Unreleased`: what a client does with
            its own project, like taking a refund just before this call, holds up nobody else's.
    @param batch A label for the logs.
    """
    roles._only_operator()
    pausable._when_running()
    assert token.is_contract, "no token"
    rewards: uint256 = 0
    fees: uint256 = 0
    for due: IEscrow.Due in dues:
        was: uint256 = self.projects[due.project].rewarded
        if due.rewarded <= was:
            continue
        refusal: IEscrow.Refusal = empty(IEscrow.Refusal)
        fee: uint256 = 0
        refusal, fee = self._reserve(due, token, was)
        if refusal != empty(IEscrow.Refusal):
            log Unreleased(batch=batch, project=due.project, rewarded=due.rewarded, reason=refusal)
            continue
        amount: uint256 = due.rewarded - was
        self.projects[due.project].rewarded = due.rewarded
        rewards += amount
        fees += fee
        log Released(batch=batch, project=due.project, amount=amount, fee=fee, rewarded=due.rewarded)
    if rewards == 0:
        return
    self.held[token] -= rewards + fees
    before: uint256 = staticcall IERC20(token).balanceOf(SETTLEMENT)
    assert extcall IERC20(token).transfer(SETTLEMENT, rewards, default_return_value=True), "transfer"
    # Else SETTLEMENT would owe more than it got, as when a token begins to keep a fee.
    assert staticcall IERC20(token).balanceOf(SETTLEMENT) >= before + rewards, "fee on transfer"
    if fees != 0:
        self._hand_over(token, fees)
    # Else one project's money would pay for another's, as when a token charges the sender on top, or shrinks.
    assert staticcall IERC20(token).balanceOf(self) >= self.held[token] + self.fees_due[token], "short"


@external
@nonreentrant
def close(project: bytes32):
    """
    @notice Ends a project. Called by the client, the rest may be refunded after NOTICE, in which accepted work is
            still released. The operator may waive the notice.
    """
    p: IEscrow.Project = self.projects[project]
    assert p.client != empty(address), "unknown"
    at: uint256 = block.timestamp
    if not roles._is_operator(msg.sender):
        assert msg.sender == p.client, "not client"
        assert p.closing_at == 0, "closing"
        at += NOTICE
    self.projects[project].closing_at = at
    log Closing(project=project, by=msg.sender, at=at)


@external
@nonreentrant
def refund(project: bytes32):
    """
    @notice Sends the rest of a closed project back to its client. Anyone may call; never stopped by a pause.
    """
    p: IEscrow.Project = self.projects[project]
    assert p.closing_at != 0, "open"
    assert block.timestamp >= p.closing_at, "notice"
    amount: uint256 = self._left(p)
    assert amount != 0, "nothing left"
    self.projects[project].refunded = p.refunded + amount
    self.held[p.token] -= amount
    before: uint256 = staticcall IERC20(p.token).balanceOf(self)
    assert extcall IERC20(p.token).transfer(p.client, amount, default_return_value=True), "transfer"
    assert staticcall IERC20(p.token).balanceOf(self) + amount >= before, "fee on transfer"
    log Refunded(project=project, client=p.client, amount=amount)


@external
@nonreentrant
def collect_fees(token: address):
    """
    @notice Hands over fees that the treasury could not take earlier. Anyone may call; the treasury receives.
    """
    amount: uint256 = self.fees_due[token]
    assert amount != 0, "no fees"
    self.fees_due[token] = 0
    assert extcall IERC20(token).transfer(TREASURY, amount, default_return_value=True), "transfer"
    log FeesCollected(token=token, amount=amount)


@external
@view
def project_key(client: address, salt: bytes32) -> bytes32:
    return self._key(client, salt)


@external
@view
def left(project: bytes32) -> uint256:
    """
    @notice What a refund would return now.
    """
    return self._left(self.projects[project])


@external
@view
def spent_today(project: bytes32) -> uint256:
    return self._spent_on(project, block.timestamp // DAY)


@internal
def _open(salt: bytes32, token: address, amount: uint256, fee_bps: uint256, cap: uint256) -> bytes32:
    pausable._when_running()
    project: bytes32 = self._key(msg.sender, salt)
    assert self.projects[project].client == empty(address), "exists"
    assert fee_bps <= MAX_FEE_BPS, "fee"
    assert cap != 0 and cap <= SPENT_MASK, "cap"
    self.projects[project] = IEscrow.Project(
        client=msg.sender, token=token, fee_bps=fee_bps, cap=cap, funded=0, rewarded=0, refunded=0, closing_at=0
    )
    log Opened(project=project, client=msg.sender, token=token, salt=salt, fee_bps=fee_bps, cap=cap)
    self._deposit(project, token, amount)
    return project


@internal
def _top_up(project: bytes32, amount: uint256):
    pausable._when_running()
    assert self.projects[project].client != empty(address), "unknown"
    assert self.projects[project].closing_at == 0, "closing"
    self._deposit(project, self.projects[project].token, amount)


@internal
def _deposit(project: bytes32, token: address, amount: uint256):
    assert token.is_contract, "no token"
    assert amount != 0, "amount"
    before: uint256 = staticcall IERC20(token).balanceOf(self)
    assert extcall IERC20(token).transferFrom(msg.sender, self, amount, default_return_value=True), "transfer"
    # Not less, as with a fee on transfer, and not more, as with a token that credits twice.
    assert staticcall IERC20(token).balanceOf(self) - before == amount, "fee on transfer"
    funded: uint256 = self.projects[project].funded + amount
    self.projects[project].funded = funded
    self.held[token] += amount
    log Funded(project=project, payer=msg.sender, amount=amount, funded=funded)


@internal
def _hand_over(token: address, fees: uint256):
    # A treasury that a token blocks must not hold back wages: its fees wait in `fees_due`.
    ok: bool = False
    answer: Bytes[32] = b""
    ok, answer = raw_call(
        token,
        abi_encode(TREASURY, fees, method_id=method_id("transfer(address,uint256)")),
        max_outsize=32,
        revert_on_failure=False,
    )
    if not (ok and (len(answer) == 0 or convert(answer, uint256) != 0)):
        self.fees_due[token] += fees
        log FeesHeld(token=token, amount=fees)


@internal
def _reserve(due: IEscrow.Due, token: address, was: uint256) -> (IEscrow.Refusal, uint256):
    """
    @notice Counts a due against the day's cap and says its fee; or says why it cannot be released, changing nothing.
    """
    # Field by field: to copy the whole struct would read two slots that are not needed.
    if self.projects[due.project].token != token:
        return IEscrow.Refusal.TOKEN, 0
    funded: uint256 = self.projects[due.project].funded
    if due.rewarded > funded:
        return IEscrow.Refusal.FUNDS, 0
    fee_bps: uint256 = self.projects[due.project].fee_bps
    fee_after: uint256 = self._fee(due.rewarded, fee_bps)
    if due.rewarded + fee_after + self.projects[due.project].refunded > funded:
        return IEscrow.Refusal.FUNDS, 0
    fee: uint256 = fee_after - self._fee(was, fee_bps)
    today: uint256 = block.timestamp // DAY
    spent: uint256 = self._spent_on(due.project, today) + due.rewarded - was + fee
    if spent > self.projects[due.project].cap:
        return IEscrow.Refusal.CAP, 0
    # `cap` fits in SPENT_BITS, so `spent` cannot run into the day number.
    self._spent[due.project] = today << SPENT_BITS | spent
    return empty(IEscrow.Refusal), fee


@internal
@view
def _spent_on(project: bytes32, day: uint256) -> uint256:
    word: uint256 = self._spent[project]
    if word >> SPENT_BITS == day:
        return word & SPENT_MASK
    return 0


@internal
@pure
def _fee(rewarded: uint256, fee_bps: uint256) -> uint256:
    # Of the running total, not of each release: splitting a release differently never changes the fee.
    return rewarded * fee_bps // 10000


@internal
@view
def _left(p: IEscrow.Project) -> uint256:
    return p.funded - p.rewarded - self._fee(p.rewarded, p.fee_bps) - p.refunded


@internal
@pure
def _key(client: address, salt: bytes32) -> bytes32:
    return keccak256(abi_encode(client, salt))
