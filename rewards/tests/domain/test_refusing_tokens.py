"""A token that cannot be moved any more holds up what was earned in it, and nothing else."""

import pytest
from django.core import mail

from rewards.domain import ledger
from rewards.models import Escrow, SettlementBatch
from rewards.tests.factories import earn, make_earner, make_user

State = SettlementBatch.State


def tell(scene, token, name, value):
    data = scene.harness.deploy("FaultyToken").data(name, value)
    scene.send(token.address, "0x" + data.hex())


def balance(scene, person, token=None):
    return scene.on_chain(person.wallets.get().address, token)


@pytest.fixture
def admin(db):
    return make_user(is_finance_admin=True, email="finance@example.org")


@pytest.fixture
def mixed(scene):
    """One person earns in two tokens, of which one stands still from now on."""
    token = scene.faulty_token()
    bad, good = scene.funded(token=token), scene.funded()
    person = make_earner()
    earn(bad, {person: 300})
    earn(good, {person: 500})
    tell(scene, token, "set_stands_still", True)
    return token, person, bad


def test_a_token_that_refuses_at_release_waits_alone_and_the_others_are_paid(scene, admin, mixed):
    token, person, bad = mixed
    frozen = scene.settle()

    scene.go_on()
    assert not SettlementBatch.objects.filter(pk=frozen.pk).exists()
    batch = scene.settle_to_the_end()

    assert (batch.epoch, batch.payment_count) == (1, 1)
    assert balance(scene, person) == 500
    assert ledger.balance(token, ledger.earned_by(person.pk)) == 300
    bad.refresh_from_db()
    assert "cannot be moved: stands still" in bad.release_refused
    assert [letter.subject for letter in mail.outbox] == ["A token cannot be moved: what was earned in it waits"]
    assert not scene.chain.intents.exclude(state="confirmed").exists()
    assert scene.settle() is None  # and is not frozen again and again
    scene.check()


def test_a_token_that_moves_again_is_paid_without_anybody_asking(scene, admin, mixed):
    token, person, _bad = mixed
    scene.settle()
    scene.go_on()
    scene.settle_to_the_end()

    tell(scene, token, "set_stands_still", False)
    batch = scene.settle_to_the_end()

    assert batch.payment_count == 1
    assert balance(scene, person, token) == 300
    assert set(Escrow.objects.values_list("release_refused", flat=True)) == {""}
    scene.check()


def test_every_project_that_pays_in_the_token_waits(scene, admin, mixed):
    token, person, _bad = mixed
    tell(scene, token, "set_stands_still", False)
    another = scene.funded(token=token)
    earn(another, {person: 40})
    tell(scene, token, "set_stands_still", True)
    scene.settle()
    scene.go_on()

    scene.settle_to_the_end()

    assert Escrow.objects.filter(token=token, release_refused="").count() == 0
    assert balance(scene, person) == 500
    tell(scene, token, "set_stands_still", False)
    scene.settle_to_the_end()
    assert balance(scene, person, token) == 340
    scene.check()


def test_a_release_that_became_heavier_is_given_more_gas(scene, mixed):
    token, person, _bad = mixed
    tell(scene, token, "set_stands_still", False)
    tell(scene, token, "set_weight", 1)
    batch = scene.settle()
    tell(scene, token, "set_weight", 20)

    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == State.FINAL
    assert (balance(scene, person), balance(scene, person, token)) == (500, 300)
    scene.check()
