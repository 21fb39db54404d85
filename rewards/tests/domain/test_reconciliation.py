"""Against a real chain: what differs is found, named by account and transaction, and stops the chain."""

from uuid import UUID

import pytest
import rlp
from django.db import connection
from eth_utils import keccak, to_checksum_address

from rewards.chain import calldata, log_ranges
from rewards.chain.client import ChainClient
from rewards.chain.epoch_tree import EpochTree, Payment
from rewards.domain import deliveries, deployment, leaf_file
from rewards.domain.deployment import allow_token
from rewards.domain.escrows import begin_refund, void_reservations
from rewards.domain.incidents import MOST_AT_ONCE, Difference, open_incidents, resolve_incident
from rewards.domain.reconciliation import reconcile
from rewards.exceptions import RewardsError
from rewards.models import (
    Checkpoint,
    Earning,
    Entry,
    Incident,
    Payout,
    Reconciliation,
    SettlementBatch,
    Token,
    Transfer,
)
from rewards.tests.factories import earn, make_address, make_chain, make_earner, make_user

Kind = Incident.Kind


def compared(scene) -> Reconciliation:
    scene.mine()
    scene.index()
    done = reconcile(scene.chain, scene.client)
    scene.chain.refresh_from_db()
    assert done is not None
    return done


def kinds() -> set[str]:
    return set(Incident.objects.values_list("kind", flat=True))


def surplus(done: Reconciliation, token) -> int:
    (said,) = [{name: int(minor) for name, minor in one.items() if name != "token"}
               for one in done.figures if UUID(one["token"]) == token.pk]  # fmt: skip
    locked = said["escrow"] + said["settlement"] - said["others"]
    return locked - said["clients"] - said["people"] - said["fees"]


def as_operator(scene, to: str, data: bytes) -> str:
    scene.rpc("anvil_impersonateAccount", scene.signer.address)
    return scene.send(to, "0x" + data.hex(), sender=scene.signer.address)


def without_guards(statement: str, *values: object) -> None:
    """What somebody with the database's own rights could do."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rewards_entry DISABLE TRIGGER ALL")
        try:
            cursor.execute(statement, values)
            assert cursor.rowcount
        finally:
            cursor.execute("ALTER TABLE rewards_entry ENABLE TRIGGER ALL")
            cursor.execute("ALTER TABLE rewards_entry DISABLE TRIGGER entry_is_never_truncated")


def test_a_whole_life_is_sound_at_every_step(scene):
    token = scene.faulty_token()
    first, second = scene.funded(rewards_minor=50_000), scene.funded(rewards_minor=50_000, token=token)
    assert compared(scene).is_sound
    people = [make_earner() for _ in range(3)]
    blocked = people[1].wallets.get().address
    scene.block_recipient(token, blocked)
    for escrow in (first, second):
        earn(escrow, {person: 1_000 + i for i, person in enumerate(people)})
    assert compared(scene).is_sound
    scene.settle()
    for _ in range(12):  # also in the middle of a batch
        scene.advance()
        scene.mine(1)
        scene.index()
        done = reconcile(scene.chain, scene.client)
        assert done is not None
        assert done.is_sound, list(Incident.objects.values())
    scene.go_on()
    for _ in range(3):
        scene.settle_to_the_end()
        assert compared(scene).is_sound
    scene.block_recipient(token, blocked, on=False)
    claim = leaf_file.tree_of(SettlementBatch.objects.latest("epoch")).claim(blocked, token.address)
    scene.send(scene.chain.settlement_address, "0x" + calldata.claim(claim).hex())
    assert compared(scene).is_sound
    void_reservations(first)
    begin_refund(first, actor=None)
    scene.go_on()

    done = compared(scene)

    assert done.is_sound
    assert kinds() == set()
    assert {surplus(done, scene.token), surplus(done, token)} == {0}
    assert done.block_hash == scene.client.block_hash(done.block_number)
    assert Payout.objects.filter(state=Payout.State.PAID).count() == 6
    scene.check()


@pytest.mark.parametrize("contract", ["escrow_address", "settlement_address"])
def test_money_sent_straight_to_a_contract_is_found(scene, contract, settings):
    settings.UNASKED_TRANSFERS_STOP = True
    scene.earners(2)
    scene.settle_to_the_end()
    stranger = scene.harness.accounts[7]
    scene.mint(scene.token, stranger, 77)
    to = getattr(scene.chain, contract)
    sent = scene.send(scene.token.address, "0x" + calldata.transfer(to, 77).hex(), sender=stranger)

    done = compared(scene)

    incident = Incident.objects.get()
    assert (incident.kind, incident.account, incident.transaction) == (Kind.UNASKED_TRANSFER, stranger, sent)
    assert "77 units came" in incident.detail
    assert sent in scene.chain.stopped_reason
    assert not done.is_sound
    assert scene.settle() is None
    assert surplus(done, scene.token) == 77

    admin = make_user(is_finance_admin=True)
    with pytest.raises(RewardsError, match="Say why"):
        resolve_incident(incident, actor=admin, reason=" ")
    resolve_incident(incident, actor=admin, reason="A gift; it stays where it is.")
    scene.chain.refresh_from_db()
    assert scene.chain.stopped_reason == ""
    assert compared(scene).is_sound  # the same gift is not found twice
    assert Incident.objects.count() == 1


def test_a_gift_is_told_but_stops_no_wages(scene):
    scene.funded()
    scene.mint(scene.token, scene.chain.settlement_address, 5)

    compared(scene)

    assert kinds() == {Kind.UNASKED_TRANSFER}
    assert scene.chain.stopped_reason == ""


@pytest.mark.django_db
def test_many_gifts_hide_no_theft():
    chain = make_chain()
    gifts = [Difference(Kind.UNASKED_TRANSFER, None, f"{n}", f"0x{n}", "1 unit") for n in range(MOST_AT_ONCE)]
    theft = Difference(Kind.UNKNOWN_PAYMENT, None, "thief", "0xbad", "all of it")

    open_incidents(chain, [*gifts, theft], block_number=7)

    assert Incident.objects.filter(account="thief").exists()
    assert Incident.objects.count() == MOST_AT_ONCE


def test_a_payment_out_that_the_books_do_not_have_is_found(scene):
    """The operator's key was stolen: it proposes a root that pays the thief, and pays."""
    escrow = scene.funded()
    earn(escrow, {make_earner(): 100, make_user(): 5_000})
    scene.settle_to_the_end()  # who has no wallet yet is released, and not paid
    thief, chain = make_address(), scene.chain
    tree = EpochTree(
        chain_id=chain.chain_id, settlement=chain.settlement_address, epoch=2,
        payments={scene.token.address: [Payment(thief, 1_500)]},
    )  # fmt: skip
    propose = calldata.propose(epoch=2, root=tree.root, batch=bytes(31) + b"\1", uri_hash=bytes(32))
    proposed = as_operator(scene, chain.settlement_address, propose)
    (run,) = tree.runs()
    paid = scene.send(chain.settlement_address, "0x" + calldata.pay(run).hex())
    assert scene.on_chain(thief) == 1_500

    compared(scene)

    payment = Incident.objects.get(kind=Kind.UNKNOWN_PAYMENT)
    assert (payment.account, payment.transaction, payment.token) == (thief, paid, scene.token)
    assert Incident.objects.get(kind=Kind.UNKNOWN_ROOT).transaction == proposed
    assert scene.chain.stopped_reason != ""
    assert scene.advance() == 0


def test_a_release_that_nobody_earned_is_found(scene):
    escrow = scene.funded(rewards_minor=10_000)
    due = calldata.Due(bytes.fromhex(escrow.chain_key[2:]), 4_000)
    data = calldata.release(batch=bytes(32), token=scene.token.address, dues=[due])
    sent = as_operator(scene, scene.chain.escrow_address, data)

    compared(scene)

    incident = Incident.objects.get()
    assert (incident.kind, incident.transaction) == (Kind.UNEARNED_RELEASE, sent)
    assert incident.account == f"project {escrow.chain_key}"


def test_a_payment_that_the_chain_never_saw_is_found(scene):
    people = scene.earners(3)
    scene.settle_to_the_end()
    escrow = scene.funded()
    earn(escrow, {people[1]: 500})
    batch = scene.settle()
    assert batch is not None
    invented = "0x" + "ab" * 32
    from django.db import transaction

    with transaction.atomic():
        deliveries.record_run(batch, start=0, flags=[True], transaction_hash=invented)

    compared(scene)

    incident = Incident.objects.get(kind=Kind.MISSING_PAYMENT)
    assert (incident.account, incident.transaction) == (people[1].wallets.get().address, invented)
    assert kinds() == {Kind.MISSING_PAYMENT}
    assert scene.settle() is None


def test_a_payment_long_ago_that_is_made_up_later_is_found(scene):
    """Of an epoch whose bits are compared no more: the sum differs, then all are asked."""
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    blocked = people[0].wallets.get().address
    scene.block_recipient(token, blocked)
    for _ in range(4):
        scene.settle_to_the_end()
    assert compared(scene).is_sound
    assert Checkpoint.objects.get(token=token).closed_epoch >= 1
    Payout.objects.filter(address=blocked).update(lane="pay", state="paid", credit_batch=None, transaction_hash="0x1")

    compared(scene)

    assert Incident.objects.filter(kind=Kind.MISSING_PAYMENT, account=blocked).exists()


def test_a_ledger_entry_altered_by_sql_is_found(scene):
    (person,) = scene.earners(1)
    scene.settle_to_the_end()
    assert compared(scene).is_sound
    entry = Entry.objects.get(account__kind="earned", account__user=person, amount__gt=0)

    without_guards("UPDATE rewards_entry SET amount = amount + 5 WHERE id = %s", entry.pk)
    compared(scene)

    found = Incident.objects.filter(kind=Kind.BOOKS)
    assert found.filter(account__contains=f"person {person.pk} (account {entry.account_id})").exists()
    assert found.filter(transaction=f"earn {entry.transfer_id}").exists()
    assert scene.chain.stopped_reason != ""
    assert scene.settle() is None


def test_a_deposit_altered_by_sql_so_that_the_books_still_balance_is_found(scene):
    """Everything in the database agrees; the chain does not."""
    escrow = scene.funded(rewards_minor=10_000)
    deposit = Transfer.objects.get(code="deposit")
    assert compared(scene).is_sound
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rewards_escrow SET deposited = deposited + 900 WHERE id = %s", [escrow.pk])
        cursor.execute("UPDATE rewards_deposit SET amount = amount + 900 WHERE transfer_id = %s", [deposit.pk])
        cursor.execute("UPDATE rewards_ledgeraccount SET balance = balance - 900 WHERE kind = 'deposits'")
        cursor.execute("UPDATE rewards_ledgeraccount SET balance = balance + 900 WHERE kind = 'escrow'")
    for sign, kind in ((-1, "deposits"), (1, "escrow")):
        without_guards(
            "UPDATE rewards_entry SET amount = amount + %s FROM rewards_ledgeraccount account"
            " WHERE account.id = account_id AND account.kind = %s AND transfer_id = %s",
            sign * 900, kind, deposit.pk,
        )  # fmt: skip
    from rewards.domain.books import check_books

    assert check_books() == []

    done = compared(scene)

    one = Incident.objects.get(kind=Kind.ESCROW_DIFFERS)
    assert (one.account, one.transaction) == (f"escrow {escrow.pk}", escrow.opened_transaction)
    assert f"{escrow.deposited + 900} by the ledger, {escrow.deposited} by the contract" in one.detail
    assert Incident.objects.filter(kind=Kind.TOTAL_DIFFERS, account="deposits").exists()
    assert surplus(done, scene.token) == -900


def test_an_earning_moved_to_another_person_by_sql_is_found(scene):
    escrow = scene.funded()
    victim, thief = make_earner(), make_earner()
    earn(escrow, {victim: 700, thief: 1})
    accounts = dict(Entry.objects.filter(account__kind="earned").values_list("account__user", "account"))
    for who, minor in ((victim, -600), (thief, 600)):
        without_guards("UPDATE rewards_entry SET amount = amount + %s WHERE account_id = %s", minor, accounts[who.pk])
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE rewards_ledgeraccount SET balance = balance + %s WHERE id = %s", [minor, accounts[who.pk]]
            )

    compared(scene)

    transfer = Earning.objects.values_list("transfer", flat=True).distinct().get()
    named = Incident.objects.filter(kind=Kind.BOOKS, transaction=f"earn {transfer}").values_list("account", flat=True)
    assert {f"person {victim.pk} " in name or f"person {thief.pk} " in name for name in named} == {True}
    assert len(named) == 2


class Listening(ChainClient):
    """Notes which blocks are asked for."""

    asked: list[tuple[int, int]]

    def transfers(self, tokens, first, last, **parties):
        self.asked.append((first, last))
        return super().transfers(tokens, first, last, **parties)


def test_blocks_are_read_once_and_in_bounded_ranges(scene, monkeypatch):
    monkeypatch.setattr(log_ranges, "MOST_BLOCKS", 10)
    listening = Listening(scene.devchain.url, scene.chain.chain_id)
    listening.asked = []
    scene.funded()
    scene.mine(40)
    scene.index()

    first = reconcile(scene.chain, listening)
    asked = set(listening.asked)
    assert {last - first + 1 <= 10 for first, last in asked} == {True}
    assert min(asked)[0] == scene.chain.deployed_block
    listening.asked.clear()
    scene.mine(5)
    scene.index()
    second = reconcile(scene.chain, listening)

    assert min(listening.asked)[0] == first.block_number + 1
    assert second.block_number == first.block_number + 5
    assert len(asked) > 3


def test_a_finality_tag_is_followed(scene):
    scene.chain.finality = "finalized"
    scene.chain.save()
    scene.funded()
    scene.mine(70)
    scene.index()

    done = reconcile(scene.chain, scene.client)

    assert done is not None
    assert done.block_number == scene.client.block("finalized").number < scene.client.block_number() - 3
    assert done.is_sound


def test_an_event_that_the_books_lost_is_found(scene):
    scene.funded()
    scene.mine()
    lost = scene.chain.events.get(name="Funded")
    lost.delete()

    done = reconcile(scene.chain, scene.client)

    assert done is not None
    assert not done.is_sound
    assert Incident.objects.get(kind=Kind.EVENT_DIFFERS).transaction == lost.transaction_hash


def test_an_incident_is_not_opened_twice(scene):
    scene.earners(1)
    entry = Entry.objects.filter(account__kind="earned").latest("pk")
    without_guards("UPDATE rewards_entry SET amount = amount + 5 WHERE id = %s", entry.pk)
    compared(scene)
    count = Incident.objects.count()

    reconcile(scene.chain, scene.client)

    assert Incident.objects.count() == count > 0


def test_what_lay_at_the_contracts_addresses_before_they_were_there_differs_from_nothing(scene):
    token = allow_token(scene.chain, scene.client, scene.harness.deploy("TestToken", "Early", "ERL", 6).address)
    nonce = scene.client.nonce(scene.signer.address)
    for later in range(4):
        scene.mint(token, contract_address(scene.signer.address, nonce + later), 1)
    scene.mine(2)
    scene.chain.settlement_address = "0x" + "00" * 20
    scene.chain.save()
    scene.chain = deployment.deploy(scene.client, scene.signer).chain
    Token.objects.filter(pk=token.pk).update(is_active=True)
    assert scene.on_chain(scene.chain.escrow_address, token) == scene.on_chain(scene.chain.settlement_address, token)
    assert scene.on_chain(scene.chain.escrow_address, token) == 1

    done = compared(scene)

    assert done.is_sound, list(Incident.objects.values())
    assert surplus(done, token) == 2


def contract_address(creator: str, nonce: int) -> str:
    encoded = rlp.encode([bytes.fromhex(creator[2:]), nonce])
    return to_checksum_address(keccak(encoded)[12:])
