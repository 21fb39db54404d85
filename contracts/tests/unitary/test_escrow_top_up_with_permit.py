import pytest
from eth_account import Account

from contracts.tests.harness import Reverted
from contracts.tests.permits import Permit, sign_permit
from contracts.tests.scenes import open_project

CLIENT_KEY = "0x" + "c2" * 32


@pytest.fixture
def client(chain, token) -> str:
    """A wallet whose key the test has, with 1,000 tokens and gas."""
    address = Account.from_key(CLIENT_KEY).address
    chain.devchain.rpc("anvil_setBalance", address, hex(10**18))
    chain.devchain.rpc("anvil_impersonateAccount", address)
    token.mint(address, 1_000, sender=address)
    return address


@pytest.fixture
def key(escrow, token, project_owner):
    return open_project(escrow, token, project_owner)


def test_a_client_adds_to_a_project_in_one_transaction(escrow, token, client, key):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 50)

    sent = escrow.top_up_with_permit(key, 50, *permit.parts, sender=client)

    assert escrow.events(sent) == [("Funded", key, client, 50, 1_050)]
    assert escrow.held(token.address) == 1_050
    assert token.allowance(client, escrow.address) == 0


def test_it_goes_on_when_somebody_handed_the_signature_in_first(escrow, token, client, key, attacker):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 50)
    token.permit(client, escrow.address, 50, *permit.parts, sender=attacker)

    escrow.top_up_with_permit(key, 50, *permit.parts, sender=client)

    assert escrow.left(key) == 1_050


def test_nobody_else_can_add_with_a_clients_signature(escrow, token, client, key, attacker):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 50)

    with pytest.raises(Reverted, match="permit"):
        escrow.top_up_with_permit(key, 50, *permit.parts, sender=attacker)
    token.permit(client, escrow.address, 50, *permit.parts, sender=attacker)
    with pytest.raises(Reverted, match="permit"):
        escrow.top_up_with_permit(key, 50, *permit.parts, sender=attacker)

    assert token.balanceOf(client) == 1_000


def test_a_signature_for_less_or_expired_or_broken_adds_nothing(escrow, token, client, key, chain):
    for permit in (
        sign_permit(token, CLIENT_KEY, escrow.address, 49),
        sign_permit(token, CLIENT_KEY, escrow.address, 50, deadline=chain.now() - 1),
        Permit(2**48, 27, bytes(32), bytes(32)),
    ):
        with pytest.raises(Reverted, match="permit"):
            escrow.top_up_with_permit(key, 50, *permit.parts, sender=client)

    assert escrow.left(key) == 1_000


def test_it_refuses_what_top_up_refuses(escrow, token, client, key, project_owner, guardian):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 50)

    with pytest.raises(Reverted, match="unknown"):
        escrow.top_up_with_permit(b"\x09" * 32, 50, *permit.parts, sender=client)
    escrow.pause(sender=guardian)
    with pytest.raises(Reverted, match="paused"):
        escrow.top_up_with_permit(key, 50, *permit.parts, sender=client)
    escrow.unpause(sender=guardian)
    escrow.close(key, sender=project_owner)
    with pytest.raises(Reverted, match="closing"):
        escrow.top_up_with_permit(key, 50, *permit.parts, sender=client)

    assert token.nonces(client) == 0
