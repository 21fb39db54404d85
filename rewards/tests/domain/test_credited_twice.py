"""A refused payment that was credited, and a reorganisation that reaches back before its epoch was over."""

import pytest

from rewards.domain.credited_twice import NotYet
from rewards.models import ChainIntent, Incident, Payout, SettlementBatch
from rewards.tests.domain.test_reorganisations import DEEP, admin, reorganise, resume

__all__ = ["admin"]


@pytest.fixture
def module_devchain(fresh_devchain):
    return fresh_devchain


@pytest.fixture
def credited(scene):
    """A payment that was refused in epoch 1 and credited in epoch 4, which is confirmed."""
    scene.mine(40)
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    blocked = people[0].wallets.get().address
    scene.block_recipient(token, blocked)
    for _ in range(4):
        scene.settle_to_the_end()
    payout = Payout.objects.get(address=blocked)
    assert (payout.state, payout.credit_batch.epoch) == ("claimable", 4)
    return payout


def block_of(epoch, kind):
    return ChainIntent.objects.get(batch__epoch=epoch, kind=kind).block_number


def claim(scene, payout):
    from rewards.domain.claims import ready_claims

    (ready,) = ready_claims(payout.user)
    scene.send(ready.to, ready.data)
    scene.mine()
    scene.index()


def test_a_credited_payment_whose_epoch_is_open_again_does_not_let_the_chain_go_on(scene, admin, credited):
    reorganise(scene, depth=scene.client.block_number() - block_of(3, "propose") + 1, blocks=DEEP + 40)
    scene.index()

    with pytest.raises(NotYet, match="Epoch 1 is not over on the new branch"):
        resume(scene, admin)
    scene.mine()
    resume(scene, admin)
    scene.go_on()

    credited.refresh_from_db()
    assert credited.state == "claimable"
    scene.block_recipient(credited.token, credited.address, on=False)
    claim(scene, credited)
    assert scene.on_chain(credited.address, credited.token) == credited.amount
    scene.check()


def test_a_credited_payment_that_the_new_branch_made_good_is_an_incident(scene, admin, credited):
    reorganise(scene, depth=scene.client.block_number() - block_of(1, "pay") + 1, blocks=DEEP + 60)
    scene.block_recipient(credited.token, credited.address, on=False)
    scene.index()
    with pytest.raises(NotYet):
        resume(scene, admin)  # nothing of ours is there: it is sent again
    scene.mine()
    assert scene.on_chain(credited.address, credited.token) == credited.amount

    with pytest.raises(NotYet, match="see the incidents"):
        resume(scene, admin)

    incident = Incident.objects.get()
    assert (incident.kind, incident.account) == ("paid_twice", credited.address)
    assert "were refused and then credited in epoch 4" in incident.detail
    scene.chain.refresh_from_db()
    assert scene.chain.stopped_reason != ""
    assert (scene.advance(), scene.settle()) == (0, None)
    assert scene.on_chain(credited.address, credited.token) == credited.amount


def test_a_credited_payment_far_below_a_reorganisation_is_in_nobodys_way(scene, admin, credited):
    scene.earners(1)
    batch = scene.settle_to_the_end()

    reorganise(scene, depth=scene.client.block_number() - block_of(batch.epoch, "propose") + 1, blocks=DEEP + 20)
    scene.index()
    resume(scene, admin)
    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FINAL
    scene.check()
