import pytest

from rewards.domain import intents, leaf_file, ledger
from rewards.domain.holds import hold_batch, resume_batch
from rewards.exceptions import RewardsError
from rewards.models import ChainIntent, ClaimBalance, Earning, Payout, SettlementBatch
from rewards.tests.factories import earn, make_earner, make_user, make_wallet

State = SettlementBatch.State


@pytest.mark.parametrize("count", [1, 99, 100, 101, pytest.param(10_000, marks=pytest.mark.slow)])
def test_everyone_is_paid_to_the_unit(scene, count):
    people = scene.earners(count)

    batch = scene.settle_to_the_end()

    assert batch.state == State.FINAL
    assert [scene.on_chain(person.wallets.get().address) for person in people] == [1_000 + i for i in range(count)]
    assert Payout.objects.filter(state=Payout.State.PAID).exclude(transaction_hash="").count() == count
    assert Earning.objects.filter(payout=None).count() == 0
    assert ledger.balance(scene.token, ledger.claimed_by(people[-1].pk)) == 1_000 + count - 1
    scene.check()


def test_nothing_due_freezes_nothing(scene):
    scene.funded()

    assert scene.settle() is None
    assert ChainIntent.objects.count() == 0


def test_a_person_without_a_wallet_waits_and_is_paid_later(scene):
    escrow, homeless = scene.funded(), make_user()
    scene.earners(1, escrow)
    earn(escrow, {homeless: 500})
    scene.settle_to_the_end()
    assert ledger.balance(scene.token, ledger.earned_by(homeless.pk)) == 500

    wallet = make_wallet(homeless)
    scene.settle_to_the_end()

    assert scene.on_chain(wallet.address) == 500
    scene.check()


def test_a_suspended_person_is_paid_what_was_earned(scene):
    (person,) = scene.earners(1)
    person.is_suspended = True
    person.save()

    scene.settle_to_the_end()

    assert scene.on_chain(person.wallets.get().address) == 1_000


def test_users_keep_earning_while_a_batch_is_on_its_way(scene):
    escrow, person = scene.funded(), make_earner()
    earn(escrow, {person: 1_000})
    batch = scene.settle()

    earn(escrow, {person: 234})
    assert scene.settle() is None  # one batch at a time
    scene.go_on()

    batch.refresh_from_db()
    address = person.wallets.get().address
    assert (batch.state, scene.on_chain(address)) == (State.FINAL, 1_000)
    assert ledger.balance(scene.token, ledger.earned_by(person.pk)) == 234
    scene.settle_to_the_end()
    assert scene.on_chain(address) == 1_234
    scene.check()


def test_two_tokens_and_two_escrows_are_settled_in_one_batch(scene):
    other = scene.faulty_token()
    first, second, third = scene.funded(), scene.funded(), scene.funded(token=other)
    people = [make_earner() for _ in range(5)]
    for escrow in (first, second, third):
        earn(escrow, {person: 100 + i for i, person in enumerate(people)})

    scene.settle_to_the_end()

    for i, person in enumerate(people):
        address = person.wallets.get().address
        assert (scene.on_chain(address), scene.on_chain(address, other)) == (2 * (100 + i), 100 + i)
    assert {escrow.released for escrow in (first, second, third) if escrow.refresh_from_db() is None} == {510}
    scene.check()


def test_releases_are_confirmed_before_the_root_and_the_root_before_the_runs(scene):
    scene.earners(3)
    scene.settle()
    seen = []
    for _ in range(30):
        scene.advance()
        open_now = ChainIntent.objects.filter(state__in=["signed", "sent", "mined"]).values_list("kind", flat=True)
        assert len(open_now) <= 1
        seen += [kind for kind in open_now if kind not in seen]
        scene.mine(1)

    assert seen == ["release", "propose", "pay"]
    assert list(ChainIntent.objects.order_by("block_number").values_list("kind", flat=True)) == seen


def test_a_refused_recipient_is_skipped_and_can_claim_three_epochs_later(scene):
    token = scene.faulty_token()
    escrow = scene.funded(token=token)
    people = scene.earners(3, escrow)
    blocked = people[1].wallets.get().address
    scene.block_recipient(token, blocked)

    first = scene.settle_to_the_end()

    assert [scene.on_chain(person.wallets.get().address, token) for person in people] == [1_000, 0, 1_002]
    payout = Payout.objects.get(user=people[1])
    assert (payout.lane, payout.state) == (Payout.Lane.CLAIM, Payout.State.FROZEN)
    for epoch in (2, 3):
        assert scene.settle_to_the_end().epoch == epoch
        payout.refresh_from_db()
        assert payout.state == Payout.State.FROZEN
    assert scene.settle_to_the_end().epoch == 4
    payout.refresh_from_db()
    assert payout.state == Payout.State.CLAIMABLE
    assert scene.settle() is None  # nothing left to wait for
    assert first.payouts.filter(state=Payout.State.PAID).count() == 2

    scene.block_recipient(token, blocked, on=False)
    claim = leaf_file.tree_of(SettlementBatch.objects.get(epoch=4)).claim(blocked, token.address)
    from rewards.chain import calldata

    for _ in range(2):  # a claim sent twice pays once
        scene.send(scene.chain.settlement_address, "0x" + calldata.claim(claim).hex())
    scene.mine()
    scene.index()

    payout.refresh_from_db()
    assert (payout.state, scene.on_chain(blocked, token)) == (Payout.State.PAID, 1_001)
    assert ClaimBalance.objects.get().claimed == 1_001
    assert ledger.balance(token, ledger.claimed_by(people[1].pk)) == 1_001
    scene.check()


def test_a_push_that_somebody_else_makes_good_is_not_credited_again(scene):
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    blocked = people[0].wallets.get().address
    scene.block_recipient(token, blocked)
    scene.settle_to_the_end()
    scene.settle_to_the_end()

    scene.block_recipient(token, blocked, on=False)
    pay = ChainIntent.objects.get(kind="pay")
    sent = scene.send(pay.to, pay.data)
    for _ in range(3):
        scene.settle()
        scene.go_on()

    payout = Payout.objects.get(user=people[0])
    assert (payout.state, payout.transaction_hash) == (Payout.State.PAID, sent)
    assert ClaimBalance.objects.get().cumulative == 0
    scene.check()


def test_a_delay_is_waited_out_before_anything_is_paid(scene, settings):
    settings.SETTLEMENT_DELAY_SECONDS = 3600
    scene.chain.settlement_address = scene.chain.escrow_address = "0x" + "00" * 20
    scene.chain.save()
    from rewards.domain import deployment

    scene.chain = deployment.deploy(scene.client, scene.signer).chain
    scene.token = scene.chain.tokens.get(is_active=True)
    (person,) = scene.earners(1)
    batch = scene.settle()

    scene.go_on(10)
    batch.refresh_from_db()
    assert batch.state == State.PROPOSED
    scene.devchain.pass_time(3601)
    scene.go_on()

    batch.refresh_from_db()
    assert (batch.state, scene.on_chain(person.wallets.get().address)) == (State.FINAL, 1_000)
    scene.check()


def test_a_held_batch_sends_nothing_until_it_is_resumed(scene):
    scene.earners(2)
    batch, admin = scene.settle(), make_user(is_finance_admin=True)
    hold_batch(batch, actor=admin, reason="Looking at it.")

    scene.go_on(3)
    assert ChainIntent.objects.exclude(state="new").count() == 0
    with pytest.raises(RewardsError, match="Say why"):
        resume_batch(batch, actor=admin, reason=" ")
    resume_batch(batch, actor=admin, reason="It was nothing.")
    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == State.FINAL
    scene.check()


def test_the_leaf_file_alone_gives_the_root(scene):
    scene.earners(5)
    batch = scene.settle()

    tree = leaf_file.tree_of(batch)

    assert "0x" + tree.root.hex() == batch.root
    assert batch.leaf_file == f"leaves/{batch.leaf_file_sha256}.json"


def test_a_thousand_earners_take_as_many_statements_as_ten(scene):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def statements(count):
        scene.earners(count)
        with CaptureQueriesContext(connection) as queries:
            scene.settle()
        scene.go_on()
        return len(queries)

    few = statements(10)

    assert statements(1_000) == few


def test_a_batch_of_more_than_one_run_is_paid(scene, monkeypatch):
    monkeypatch.setattr(intents.gas, "max_run", lambda **_of: 16)
    people = scene.earners(40)

    batch = scene.settle_to_the_end()

    assert batch.intents.filter(kind="pay").count() == 3
    assert sum(scene.on_chain(person.wallets.get().address) for person in people) == sum(range(1_000, 1_040))
    scene.check()
