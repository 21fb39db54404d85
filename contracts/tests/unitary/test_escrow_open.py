import pytest
from eth_utils import keccak

from contracts.tests.harness import Reverted
from contracts.tests.scenes import CAP, SALT, open_project
from rewards.chain import abi


def test_open_takes_the_deposit_and_fixes_the_terms(escrow, token, project_owner):
    token.mint(project_owner, 1_000, sender=project_owner)
    token.approve(escrow.address, 1_000, sender=project_owner)

    sent = escrow.open(SALT, token.address, 1_000, 500, CAP, sender=project_owner)

    key = keccak(abi.encode_values(["address", "bytes32"], [project_owner, SALT]))
    assert escrow.project_key(project_owner, SALT) == key
    assert escrow.events(sent) == [
        ("Opened", key, project_owner, token.address, SALT, 500, CAP),
        ("Funded", key, project_owner, 1_000, 1_000),
    ]
    assert escrow.projects(key) == (project_owner, token.address, 500, CAP, 1_000, 0, 0, 0)
    assert escrow.held(token.address) == 1_000
    assert escrow.left(key) == 1_000


def test_open_refuses_the_same_salt_twice_but_not_from_another_client(escrow, token, project_owner, outsider):
    open_project(escrow, token, project_owner)

    with pytest.raises(Reverted, match="exists"):
        open_project(escrow, token, project_owner)
    open_project(escrow, token, outsider)

    assert escrow.held(token.address) == 2_000


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"fee_bps": 2001}, "fee"), ({"cap": 0}, "cap"), ({"cap": 2**192}, "cap"), ({"amount": 0}, "amount")],
)
def test_open_refuses_terms_out_of_bounds(escrow, token, project_owner, options, reason):
    with pytest.raises(Reverted, match=reason):
        open_project(escrow, token, project_owner, **options)


def test_open_accepts_terms_at_their_bounds(escrow, token, project_owner):
    key = open_project(escrow, token, project_owner, fee_bps=2000, cap=2**192 - 1, amount=1)

    assert escrow.projects(key)[2:5] == (2000, 2**192 - 1, 1)


def test_open_refuses_a_token_that_keeps_a_fee_or_adds_a_bonus(escrow, faulty, project_owner):
    for keep, bonus in ((100, 0), (0, 7)):
        faulty.set_fee(keep, sender=project_owner)
        faulty.set_bonus(bonus, sender=project_owner)
        with pytest.raises(Reverted, match="fee on transfer"):
            open_project(escrow, faulty, project_owner)


def test_open_refuses_a_token_that_answers_false(escrow, faulty, project_owner):
    faulty.set_answers_false(True, sender=project_owner)

    with pytest.raises(Reverted, match="transfer"):
        open_project(escrow, faulty, project_owner)


def test_open_accepts_a_token_that_answers_nothing(escrow, silent, project_owner):
    key = open_project(escrow, silent, project_owner)

    assert escrow.left(key) == 1_000


def test_open_refuses_an_address_without_code(escrow, project_owner, attacker):
    with pytest.raises(Reverted, match="no token"):
        escrow.open(SALT, attacker, 1, 0, 1, sender=project_owner)


def test_open_refuses_without_the_money(escrow, token, project_owner):
    with pytest.raises(Reverted):
        escrow.open(SALT, token.address, 1_000, 500, CAP, sender=project_owner)


def test_open_refuses_while_paused(escrow, token, project_owner, guardian):
    escrow.pause(sender=guardian)

    with pytest.raises(Reverted, match="paused"):
        open_project(escrow, token, project_owner)
