import pytest
from django.conf import settings

from rewards.chain import calldata
from rewards.domain.refused_funds import refused_funds
from rewards.models import Escrow
from rewards.tests.factories import make_escrow


def open_otherwise(scene, escrow, token=None):
    """The funder's wallet opens the escrow with a fee that was not quoted."""
    token = token or scene.token
    scene.mint(token, scene.funder, escrow.required)
    scene.send(token.address, "0x" + calldata.approve(scene.chain.escrow_address, escrow.required).hex())
    opening = calldata.open_project(
        salt=bytes.fromhex(escrow.salt[2:]), token=token.address, amount=escrow.required, fee_bps=1,
        cap=escrow.daily_cap,
    )  # fmt: skip
    scene.send(scene.chain.escrow_address, "0x" + opening.hex())
    scene.mine()
    scene.index()
    escrow.refresh_from_db()


def send_next(scene, escrow):
    (funds,) = refused_funds(escrow)
    call = funds.next_call(scene.chain.escrow_address)
    scene.send(call["to"], call["data"])
    scene.index()
    return call["label"]


@pytest.fixture
def escrow(scene):
    quoted = scene.quoted()
    open_otherwise(scene, quoted)
    return quoted


def test_money_that_was_refused_waits_for_its_clients_close_and_then_for_the_end_of_the_notice(scene, escrow):
    (funds,) = refused_funds(escrow)
    assert (funds.amount_minor, funds.token, funds.client.lower()) == (
        escrow.required, scene.token, scene.funder.lower()
    )  # fmt: skip
    assert "fee of 1 basis points" in funds.reason

    assert send_next(scene, escrow) == "Close the escrow"
    (waiting,) = refused_funds(escrow)
    assert waiting.is_waiting
    assert waiting.next_call(scene.chain.escrow_address) is None


def test_after_the_notice_the_refund_is_offered_and_then_it_is_back(scene, escrow, monkeypatch):
    send_next(scene, escrow)
    scene.rpc("evm_increaseTime", settings.CHAIN_CLOSE_NOTICE_SECONDS + 1)
    scene.mine(1)
    monkeypatch.setattr("rewards.domain.refused_funds.RefusedFunds.is_waiting", False)

    assert send_next(scene, escrow) == "Send the money back"

    (funds,) = refused_funds(escrow)
    assert funds.is_back
    assert funds.next_call(scene.chain.escrow_address) is None
    assert scene.on_chain(scene.funder) == escrow.required


def test_taking_refused_money_back_does_not_end_the_undertaking(scene, escrow):
    send_next(scene, escrow)
    scene.mine()
    scene.index()

    escrow.refresh_from_db()

    assert escrow.client_closing_at is None
    assert escrow.state == Escrow.State.QUOTED


def test_it_can_be_taken_back_under_a_new_quote_too_and_from_a_token_that_nobody_knows(scene):
    escrow = scene.quoted()
    unknown = scene.faulty_token()
    open_otherwise(scene, escrow, token=unknown)
    address = unknown.address
    unknown.delete()
    again = make_escrow(
        scene.token, rewards_minor=1_000_000, funder_address=scene.funder, reference_id=escrow.reference_id
    )

    (funds,) = refused_funds(again)

    assert again.pk == escrow.pk
    assert again.chain_key != funds.key
    assert (funds.token, funds.token_address.lower()) == (None, address.lower())


def test_what_was_never_refused_has_nothing_to_take_back(scene):
    assert refused_funds(scene.funded()) == []
