import pytest

from accounts.domain import audit  # noqa: F401
from rewards.chain import calldata
from rewards.domain import indexing, ledger
from rewards.domain.escrows import announce_deposit, begin_refund, void_reservations
from rewards.models import ChainEvent, Deposit, Escrow
from rewards.tests.factories import make_user


def test_a_deposit_is_credited_when_it_is_deep_enough(scene):
    escrow = scene.quoted()
    transaction_hash = scene.pay_in(escrow)

    scene.index()
    escrow.refresh_from_db()
    assert (escrow.state, escrow.deposited) == (Escrow.State.QUOTED, 0)

    scene.mine()
    scene.index()
    escrow.refresh_from_db()
    assert (escrow.state, escrow.deposited) == (Escrow.State.FUNDED, escrow.required)
    assert escrow.opened_transaction == transaction_hash
    assert ledger.balance(scene.token, ledger.free_of(escrow.pk)) == escrow.required
    scene.check()


def test_indexing_again_changes_nothing(scene):
    escrow = scene.funded()

    assert scene.index() == 0
    scene.chain.indexed_block = -1
    scene.chain.save()
    scene.chain.blocks.all().delete()
    assert scene.index() == 0

    escrow.refresh_from_db()
    assert escrow.deposited == escrow.required
    scene.check()


def test_an_announced_deposit_is_the_one_that_is_credited(scene):
    escrow, admin = scene.quoted(), make_user()
    transaction_hash = scene.pay_in(escrow)
    announced = announce_deposit(escrow, transaction_hash=transaction_hash, by=admin, note="Invoice 17")

    scene.mine()
    scene.index()

    announced.refresh_from_db()
    assert announced.amount == escrow.required
    assert announced.transfer is not None
    assert Deposit.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [({"fee_bps": 1}, "fee of 1 basis points"), ({"daily_cap": 5}, "daily cap"), ({"token": None}, "token")],
)
def test_an_escrow_that_was_opened_otherwise_than_quoted_is_not_accepted(scene, change, words):
    escrow = scene.quoted()
    token = scene.faulty_token() if "token" in change else scene.token
    scene.mint(token, scene.funder, escrow.required)
    scene.send(token.address, "0x" + calldata.approve(scene.chain.escrow_address, escrow.required).hex())
    terms = {"fee_bps": escrow.fee_bps, "daily_cap": escrow.daily_cap} | {k: v for k, v in change.items() if v}
    opening = calldata.open_project(
        salt=bytes.fromhex(escrow.salt[2:]), token=token.address, amount=escrow.required,
        fee_bps=terms["fee_bps"], cap=terms["daily_cap"],
    )  # fmt: skip
    scene.send(scene.chain.escrow_address, "0x" + opening.hex())
    scene.mine()
    scene.index()

    deposit = Deposit.objects.get()
    escrow.refresh_from_db()
    assert words in deposit.refused_reason
    assert words in escrow.refused_reason
    assert (escrow.state, escrow.deposited, deposit.transfer) == (Escrow.State.QUOTED, 0, None)
    scene.check()


def test_a_strangers_escrow_is_nobody_of_ours(scene):
    scene.mint(scene.token, scene.funder, 100)
    scene.send(scene.token.address, "0x" + calldata.approve(scene.chain.escrow_address, 100).hex())
    opening = calldata.open_project(salt=bytes(32), token=scene.token.address, amount=100, fee_bps=0, cap=100)
    scene.send(scene.chain.escrow_address, "0x" + opening.hex())
    scene.mine()

    scene.index()

    assert Deposit.objects.count() == 0
    scene.check()


def test_a_deposit_that_is_reorganised_away_before_it_is_deep_is_forgotten(scene):
    escrow = scene.quoted()
    scene.pay_in(escrow)
    scene.index()
    assert ChainEvent.objects.filter(name="Funded").count() == 1

    scene.rpc("anvil_reorg", 3, [])
    scene.mine(6)
    scene.index()

    escrow.refresh_from_db()
    assert ChainEvent.objects.filter(name="Funded").count() == 0
    assert (escrow.deposited, scene.chain.stopped_reason) == (0, "")


def test_a_credited_deposit_that_is_reorganised_away_stops_the_chain(scene):
    escrow = scene.quoted()
    scene.pay_in(escrow)
    scene.mine(3)
    scene.index()

    scene.rpc("anvil_reorg", 6, [])
    scene.mine(2)
    scene.index()

    assert "reorganisation" in scene.chain.stopped_reason
    assert scene.settle() is None
    assert scene.advance() == 0


def test_what_is_not_spent_is_refunded(scene):
    escrow = scene.funded()
    void_reservations(escrow)
    begin_refund(escrow, actor=None)

    scene.go_on()

    escrow.refresh_from_db()
    assert (escrow.state, escrow.refunded) == (Escrow.State.CLOSED, escrow.required)
    assert scene.on_chain(scene.funder) == escrow.required
    assert ledger.balance(scene.token, ledger.REFUNDS) == escrow.required
    scene.check()


def test_what_people_earned_is_released_before_the_rest_is_refunded(scene):
    escrow = scene.funded(rewards_minor=10_000)
    people = scene.earners(3, escrow, minor=1_000)
    people[0].wallets.all().delete()
    void_reservations(escrow)
    begin_refund(escrow, actor=None)

    scene.go_on()

    escrow.refresh_from_db()
    assert (escrow.state, escrow.released) == (Escrow.State.CLOSED, 3_003)
    assert scene.on_chain(scene.funder) == 10_500 - 3_003 - 150
    scene.settle_to_the_end()
    assert scene.on_chain(people[2].wallets.get().address) == 1_002
    scene.check()


def test_a_client_that_closes_by_itself_gets_what_nobody_earned(scene):
    escrow = scene.funded(rewards_minor=10_000)
    people = scene.earners(2, escrow, minor=1_000)
    scene.settle_to_the_end()
    project = bytes.fromhex(escrow.chain_key[2:])

    scene.send(scene.chain.escrow_address, "0x" + calldata.close(project).hex())
    scene.mine()
    scene.index()
    escrow.refresh_from_db()
    assert escrow.client_closing_at is not None
    scene.devchain.pass_time(3 * 86_400)
    scene.send(scene.chain.escrow_address, "0x" + calldata.refund(project).hex())
    scene.mine()
    scene.index()

    escrow.refresh_from_db()
    assert escrow.refunded == 10_500 - 2_001 - 100
    assert ledger.balance(scene.token, ledger.committed_of(escrow.pk)) == 0
    assert scene.on_chain(people[1].wallets.get().address) == 1_001
    scene.check()


def test_money_that_arrives_after_closing_goes_back(scene):
    escrow = scene.quoted()
    scene.pay_in(escrow)
    begin_refund(escrow, actor=None)
    escrow.refresh_from_db()
    assert escrow.state == Escrow.State.CLOSED
    scene.mine()
    scene.index()

    scene.go_on()

    escrow.refresh_from_db()
    assert scene.on_chain(scene.funder) in {0, escrow.required}
    scene.check()


@pytest.mark.parametrize("moment", ["_forget_what_is_gone", "_events_of"])
def test_a_chain_that_is_reorganised_while_it_is_read_is_believed_in_nothing(scene, monkeypatch, moment):
    """Else the end of the new branch would stand upon the old one, and nobody would ever see that it is another."""
    scene.mine(20)
    escrow = scene.quoted()
    before = scene.client.block_number()
    transaction_hash = scene.pay_in(escrow)
    if moment == "_forget_what_is_gone":
        scene.index()  # the old branch, and then the end of the new one
        scene.mine(1)
    original, left = getattr(indexing, moment), [1]

    def then_reorganised(*args):
        answer = original(*args)
        if left:
            left.pop()
            scene.rpc("anvil_reorg", scene.client.block_number() - before, [])
        return answer

    monkeypatch.setattr(indexing, moment, then_reorganised)
    scene.index()
    scene.rpc("anvil_dropAllTransactions")
    scene.mine()
    scene.index()

    escrow.refresh_from_db()
    assert (escrow.state, escrow.deposited) == (Escrow.State.QUOTED, 0)
    assert not ChainEvent.objects.filter(transaction_hash=transaction_hash).exists()
    for block in scene.chain.blocks.all():
        assert scene.client.block_hash(block.number) == block.block_hash
    scene.check()
