import pytest
from eth_account import Account

from contracts.tests.harness import Reverted
from contracts.tests.permits import Permit, domain_of, sign_permit
from contracts.tests.scenes import CAP, SALT

CLIENT_KEY = "0x" + "c1" * 32
TERMS = (500, CAP)


@pytest.fixture
def client(chain, token) -> str:
    """A wallet whose key the test has, with 1,000 tokens and gas."""
    address = Account.from_key(CLIENT_KEY).address
    chain.devchain.rpc("anvil_setBalance", address, hex(10**18))
    chain.devchain.rpc("anvil_impersonateAccount", address)
    token.mint(address, 1_000, sender=address)
    return address


def test_a_client_opens_and_funds_in_one_transaction(escrow, token, client):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 1_000)

    sent = escrow.open_with_permit(SALT, token.address, 1_000, *TERMS, *permit.parts, sender=client)

    key = escrow.project_key(client, SALT)
    assert escrow.events(sent) == [
        ("Opened", key, client, token.address, SALT, *TERMS),
        ("Funded", key, client, 1_000, 1_000),
    ]
    assert token.allowance(client, escrow.address) == 0
    assert token.balanceOf(escrow.address) == escrow.held(token.address) == 1_000


def test_it_goes_on_when_somebody_handed_the_signature_in_first(escrow, token, client, attacker):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 1_000)
    token.permit(client, escrow.address, 1_000, *permit.parts, sender=attacker)

    escrow.open_with_permit(SALT, token.address, 1_000, *TERMS, *permit.parts, sender=client)

    assert escrow.left(escrow.project_key(client, SALT)) == 1_000


def test_nobody_else_can_open_with_a_clients_signature(escrow, token, client, attacker):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 1_000)

    with pytest.raises(Reverted, match="permit"):
        escrow.open_with_permit(SALT, token.address, 1_000, *TERMS, *permit.parts, sender=attacker)
    token.permit(client, escrow.address, 1_000, *permit.parts, sender=attacker)
    with pytest.raises(Reverted, match="permit"):
        escrow.open_with_permit(SALT, token.address, 1_000, *TERMS, *permit.parts, sender=attacker)

    assert token.balanceOf(client) == 1_000


def test_a_signature_for_less_or_expired_or_broken_opens_nothing(escrow, token, client, chain):
    for permit in (
        sign_permit(token, CLIENT_KEY, escrow.address, 999),
        sign_permit(token, CLIENT_KEY, escrow.address, 1_000, deadline=chain.now() - 1),
        sign_permit(token, CLIENT_KEY, escrow.address, 1_000, nonce=1),
        Permit(2**48, 27, bytes(32), bytes(32)),
    ):
        with pytest.raises(Reverted, match="permit"):
            escrow.open_with_permit(SALT, token.address, 1_000, *TERMS, *permit.parts, sender=client)


def test_a_token_without_permit_is_opened_with_an_earlier_approval_or_not_at_all(escrow, silent, faulty, project_owner):
    parts = Permit(2**48, 27, bytes(32), bytes(32)).parts
    for token in (silent, faulty):
        token.mint(project_owner, 1_000, sender=project_owner)
        salt = bytes.fromhex(token.address[2:].rjust(64, "0"))
        with pytest.raises(Reverted, match="permit"):
            escrow.open_with_permit(salt, token.address, 1_000, *TERMS, *parts, sender=project_owner)
        token.approve(escrow.address, 1_000, sender=project_owner)

        escrow.open_with_permit(salt, token.address, 1_000, *TERMS, *parts, sender=project_owner)

        assert escrow.held(token.address) == 1_000


def test_an_address_without_code_is_refused(escrow, outsider, project_owner):
    parts = Permit(2**48, 27, bytes(32), bytes(32)).parts

    with pytest.raises(Reverted, match="no token"):
        escrow.open_with_permit(SALT, outsider, 1_000, *TERMS, *parts, sender=project_owner)


def test_it_refuses_while_paused_and_the_terms_that_open_refuses(escrow, token, client, guardian):
    permit = sign_permit(token, CLIENT_KEY, escrow.address, 1_000)

    with pytest.raises(Reverted, match="fee"):
        escrow.open_with_permit(SALT, token.address, 1_000, 2001, CAP, *permit.parts, sender=client)
    escrow.pause(sender=guardian)
    with pytest.raises(Reverted, match="paused"):
        escrow.open_with_permit(SALT, token.address, 1_000, *TERMS, *permit.parts, sender=client)

    assert token.nonces(client) == 0


def test_a_permit_counts_once_for_its_owner_spender_amount_chain_and_token(chain, token, client, outsider, attacker):
    permit = sign_permit(token, CLIENT_KEY, outsider, 7)
    other = chain.deploy("TestToken", "Test token", "TEST", 6)

    for target, owner, spender, amount in (
        (token, client, attacker, 7),
        (token, client, outsider, 8),
        (token, attacker, outsider, 7),
        (other, client, outsider, 7),
    ):
        with pytest.raises(Reverted, match="signature"):
            target.permit(owner, spender, amount, *permit.parts, sender=attacker)
    token.permit(client, outsider, 7, *permit.parts, sender=attacker)
    with pytest.raises(Reverted, match="signature"):
        token.permit(client, outsider, 7, *permit.parts, sender=attacker)

    assert token.allowance(client, outsider) == 7
    assert token.nonces(client) == 1


def test_a_permit_refuses_the_second_form_of_a_signature_and_no_signature(token, client, outsider):
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    permit = sign_permit(token, CLIENT_KEY, outsider, 7)
    turned = Permit(permit.deadline, 55 - permit.v, permit.r, (order - int.from_bytes(permit.s)).to_bytes(32))

    for broken in (turned, Permit(permit.deadline, 29, permit.r, permit.s)):
        with pytest.raises(Reverted, match="signature"):
            token.permit(client, outsider, 7, *broken.parts, sender=client)
    with pytest.raises(Reverted, match="signature"):
        token.permit("0x" + "00" * 20, outsider, 7, permit.deadline, 29, permit.r, permit.s, sender=client)


def test_a_permit_ends_with_its_deadline(token, client, outsider, chain):
    permit = sign_permit(token, CLIENT_KEY, outsider, 7, deadline=chain.now() + 60)
    chain.pass_time(120)

    with pytest.raises(Reverted, match="expired"):
        token.permit(client, outsider, 7, *permit.parts, sender=client)


def test_the_tokens_domain_is_the_one_that_pages_build(token):
    assert token.DOMAIN_SEPARATOR() == domain_of(token).separator
