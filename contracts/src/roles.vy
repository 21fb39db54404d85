# pragma version 0.4.3
"""
@title Who may act: one admin, one operator, one guardian
@license Apache-2.0
@notice The admin appoints; the operator runs the daily business; the guardian can only stop things.
        - A role moves in two steps: the admin nominates, the nominee accepts with its own key, so a mistyped address
          takes nothing. The admin's own role moves the same way.
        - A new guardian can accept only GUARDIAN_NOTICE after the nomination: a stolen admin key cannot put
          a guardian of its own in place before people have noticed.
        - Guardian and admin may revoke the operator at once. Nobody is left who can act until a new operator accepts.
        - Operator and guardian are never the same address: who proposes does not also approve.
"""

flag Role:
    ADMIN
    OPERATOR
    GUARDIAN


event Nominated:
    role: indexed(Role)
    nominee: indexed(address)
    acceptable_at: uint256

event RoleMoved:
    role: indexed(Role)
    holder: indexed(address)
    former: indexed(address)


GUARDIAN_NOTICE: public(constant(uint256)) = 3 * 86400

_holder: HashMap[Role, address]
nominee: public(HashMap[Role, address])
acceptable_at: public(HashMap[Role, uint256])


@deploy
def __init__(admin: address, operator: address, guardian: address):
    assert admin != empty(address), "no admin"
    assert operator != empty(address), "no operator"
    assert guardian != empty(address), "no guardian"
    assert operator != guardian, "operator is guardian"
    self._move(Role.ADMIN, admin)
    self._move(Role.OPERATOR, operator)
    self._move(Role.GUARDIAN, guardian)


@external
def nominate(role: Role, nominee: address):
    """
    @notice The admin names who may take a role. A second nomination replaces the first; the empty address withdraws it.
    """
    self._only_admin()
    assert role == Role.ADMIN or role == Role.OPERATOR or role == Role.GUARDIAN, "one role"
    at: uint256 = block.timestamp
    if role == Role.GUARDIAN:
        at += GUARDIAN_NOTICE
    self.nominee[role] = nominee
    self.acceptable_at[role] = at
    log Nominated(role=role, nominee=nominee, acceptable_at=at)


@external
def accept(role: Role):
    """
    @notice The nominee takes the role.
    """
    assert msg.sender == self.nominee[role], "not nominee"
    assert block.timestamp >= self.acceptable_at[role], "too early"
    self.nominee[role] = empty(address)
    self._move(role, msg.sender)
    assert self._holder[Role.OPERATOR] != self._holder[Role.GUARDIAN], "operator is guardian"


@external
def revoke_operator():
    """
    @notice Takes the operator's power away in the same block, and drops whoever was nominated to follow.
    """
    self._only_guardian_or_admin()
    self.nominee[Role.OPERATOR] = empty(address)
    self._move(Role.OPERATOR, empty(address))


@external
@view
def admin() -> address:
    return self._holder[Role.ADMIN]


@external
@view
def operator() -> address:
    return self._holder[Role.OPERATOR]


@external
@view
def guardian() -> address:
    return self._holder[Role.GUARDIAN]


@internal
def _move(role: Role, holder: address):
    log RoleMoved(role=role, holder=holder, former=self._holder[role])
    self._holder[role] = holder


@internal
@view
def _only_admin():
    assert msg.sender == self._holder[Role.ADMIN], "not admin"


@internal
@view
def _only_operator():
    assert msg.sender == self._holder[Role.OPERATOR], "not operator"


@internal
@view
def _is_operator(who: address) -> bool:
    return who == self._holder[Role.OPERATOR]


@internal
@view
def _only_guardian_or_admin():
    assert msg.sender == self._holder[Role.GUARDIAN] or msg.sender == self._holder[Role.ADMIN], "not guardian"
