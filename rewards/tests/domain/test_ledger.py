from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from rewards.domain import ledger
from rewards.domain.books import check_books
from rewards.models import Entry, LedgerAccount, Payout, SettlementBatch, Transfer
from rewards.tests.factories import make_earner, make_token, make_user

pytestmark = pytest.mark.django_db
ABOUT = ledger.Reference("test", "1")


def post(token, movements, transfer_id=None, code=Transfer.Code.DEPOSIT):
    return ledger.post(transfer_id or uuid4(), code, token, ABOUT, movements)


def test_post_moves_value_between_accounts():
    token, worker = make_token(), make_earner()

    post(token, [(ledger.DEPOSITS, -70), (ledger.earned_by(worker.pk), 70)])

    assert ledger.balance(token, ledger.earned_by(worker.pk)) == 70
    assert ledger.balance(token, ledger.DEPOSITS) == -70
    assert check_books() != []  # nothing was earned for it: the books notice


def test_post_with_the_same_id_and_content_returns_the_first_transfer():
    token, transfer_id = make_token(), uuid4()
    movements = [(ledger.DEPOSITS, -70), (ledger.FEES, 70)]

    first = post(token, movements, transfer_id)
    again = post(token, list(reversed(movements)), transfer_id)

    assert again == first
    assert ledger.balance(token, ledger.FEES) == 70
    assert Entry.objects.count() == 2


@pytest.mark.parametrize("minor", [71, 69])
def test_post_with_the_same_id_and_other_content_is_refused(minor):
    token, transfer_id = make_token(), uuid4()
    post(token, [(ledger.DEPOSITS, -70), (ledger.FEES, 70)], transfer_id)

    with pytest.raises(ledger.LedgerConflict):
        post(token, [(ledger.DEPOSITS, -minor), (ledger.FEES, minor)], transfer_id)


@pytest.mark.parametrize("movements", [[], [(ledger.FEES, 5)], [(ledger.DEPOSITS, -5), (ledger.FEES, 4)]])
def test_post_refuses_movements_that_do_not_balance(movements):
    with pytest.raises(ValueError, match="balance"):
        post(make_token(), movements)


@pytest.mark.parametrize("minor", [1.0, True])
def test_post_refuses_anything_but_whole_numbers(minor):
    with pytest.raises(TypeError):
        post(make_token(), [(ledger.DEPOSITS, -minor), (ledger.FEES, minor)])


def test_post_refuses_to_overdraw():
    token, worker = make_token(), make_earner()

    with pytest.raises(ledger.Overdrawn), transaction.atomic():
        post(token, [(ledger.earned_by(worker.pk), -1), (ledger.FEES, 1)])

    assert Transfer.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_post_refuses_to_run_outside_a_transaction():
    token = make_token()

    with pytest.raises(TransactionManagementError):
        post(token, [(ledger.DEPOSITS, -1), (ledger.FEES, 1)])


def test_post_keeps_amounts_of_256_bits():
    token, huge = make_token(decimals=18), 2**256 - 1

    post(token, [(ledger.DEPOSITS, -huge), (ledger.FEES, huge)])

    assert ledger.balance(token, ledger.FEES) == huge


def test_posting_takes_as_many_statements_for_a_thousand_accounts_as_for_two():
    token = make_token()
    workers = [make_earner() for _ in range(30)]

    def statements(count):
        movements = [(ledger.DEPOSITS, -count), *((ledger.earned_by(worker.pk), 1) for worker in workers[:count])]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            post(token, movements)
        return len(queries)

    first = statements(2)

    assert statements(30) == first


def test_the_database_refuses_entries_that_do_not_balance():
    token = make_token()
    transfer = post(token, [(ledger.DEPOSITS, -5), (ledger.FEES, 5)])
    account = LedgerAccount.objects.get(token=token, kind="fees")

    with pytest.raises(IntegrityError, match="unbalanced by 1"), transaction.atomic():
        Entry.objects.create(transfer=transfer, account=account, amount=1)


def test_the_database_refuses_a_transfer_without_entries_at_commit():
    token = make_token()

    with pytest.raises(IntegrityError, match="unbalanced: 0 entries"), transaction.atomic():  # noqa: PT012
        Transfer.objects.create(code="deposit", token=token, reference_kind="test", reference_id="1")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_a_transfer_of_two_assets():
    one, other = make_token(), make_token()
    transfer = post(one, [(ledger.DEPOSITS, -5), (ledger.FEES, 5)])
    post(other, [(ledger.DEPOSITS, -5), (ledger.FEES, 5)])
    accounts = [LedgerAccount.objects.get(token=token, kind="fees") for token in (one, other)]

    with pytest.raises(IntegrityError, match="more than one asset"), transaction.atomic():
        Entry.objects.bulk_create(
            [
                Entry(transfer=transfer, account=accounts[0], amount=1),
                Entry(transfer=transfer, account=accounts[1], amount=-1),
            ]
        )


@pytest.mark.parametrize("model", [Entry, Transfer])
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_database_refuses_to_change_what_is_written(model, deed):
    token = make_token()
    post(token, [(ledger.DEPOSITS, -5), (ledger.FEES, 5)])
    table = model._meta.db_table
    statement = {"update": f"UPDATE {table} SET id = id", "delete": f"DELETE FROM {table}"}[deed]

    with (
        pytest.raises((IntegrityError, InternalError), match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["rewards_entry", "rewards_transfer"])
def test_the_database_refuses_to_empty_the_ledger(table):
    trigger = f"{table.removeprefix('rewards_')}_is_never_truncated"

    with (  # noqa: PT012
        pytest.raises((IntegrityError, InternalError), match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_check_ledger_finds_a_balance_that_was_altered_by_hand(capsys):
    token = make_token()
    post(token, [(ledger.DEPOSITS, -5), (ledger.FEES, 5)])
    call_command("check_ledger")

    LedgerAccount.objects.filter(kind="fees").update(balance=6)

    with pytest.raises(CommandError, match="do not add up"):
        call_command("check_ledger")
    assert "6 <> 5" in capsys.readouterr().err


@pytest.fixture
def earned():
    """Two people of one token, with 5 and 7 earned."""
    token, people = make_token(), [make_user(), make_user()]
    movements = [(ledger.DEPOSITS, -12), (ledger.earned_by(people[0].pk), 5), (ledger.earned_by(people[1].pk), 7)]
    with transaction.atomic():
        ledger.post(uuid4(), Transfer.Code.DEPOSIT, token, ledger.Reference("test", "1"), movements)
    return token, people


def freeze(token, people, transfer_id, code=Transfer.Code.FREEZE):
    payouts = make_payouts(token, people)
    with transaction.atomic():
        ledger.move_all(
            transfer_id,
            code,
            token,
            ledger.Reference("batch", "1"),
            leaving="earned",
            entering="unclaimed",
            owed=payouts,
        )


def make_payouts(token, people):
    batch, _ = SettlementBatch.objects.get_or_create(
        chain=token.chain, epoch=1, batch_key="0x1", root="0x2", leaf_file="x", leaf_file_sha256="0" * 64
    )
    for index, person in enumerate(people):
        Payout.objects.get_or_create(
            batch=batch,
            user=person,
            token=token,
            defaults={"address": "0x" + "ab" * 20, "amount": 5 + 2 * index, "index": index},
        )
    return Payout.objects.filter(batch=batch).values_list("user_id", "amount")


def test_moving_all_moves_what_each_is_owed(earned):
    token, people = earned

    freeze(token, people, uuid4())

    places = [place for person in people for place in (ledger.earned_by(person.pk), ledger.unclaimed_by(person.pk))]
    assert list(ledger.balances(token, places).values()) == [0, 5, 0, 7]
    assert Entry.objects.filter(transfer__code="freeze").count() == 4


def test_moving_all_twice_moves_once(earned):
    token, people = earned
    transfer_id = uuid4()

    for _ in range(2):
        freeze(token, people, transfer_id)

    assert ledger.balance(token, ledger.unclaimed_by(people[1].pk)) == 7
    with pytest.raises(ledger.LedgerConflict):
        freeze(token, people, transfer_id, Transfer.Code.DELIVER)
    Payout.objects.filter(user=people[0]).update(amount=6)  # it says something else now
    with pytest.raises(ledger.LedgerConflict):
        freeze(token, people, transfer_id)


def test_moving_all_never_overdraws(earned):
    token, people = earned
    make_payouts(token, people)
    Payout.objects.filter(user=people[0]).update(amount=6)

    with pytest.raises(ledger.Overdrawn), transaction.atomic():
        ledger.move_all(
            uuid4(), "freeze", token, ledger.Reference("batch", "1"), leaving="earned", entering="unclaimed",
            owed=Payout.objects.values_list("user_id", "amount"),
        )  # fmt: skip

    assert ledger.balance(token, ledger.earned_by(people[0].pk)) == 5
