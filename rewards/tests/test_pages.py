import pytest
from django.urls import reverse

from rewards.models import Deposit, SettlementBatch
from rewards.tests.factories import earn, make_chain, make_earner, make_escrow, make_funded_escrow, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    return make_user(is_finance_admin=True)


@pytest.mark.parametrize("name", ["earnings", "earning-list", "claim"])
def test_a_persons_money_pages_open_before_anything_was_earned(client, name):
    client.force_login(make_user())

    assert client.get(reverse(name)).status_code == 200


def test_earnings_show_what_was_earned(client):
    worker = make_earner()
    earn(make_funded_escrow(), {worker: 1_250_000 // 10})
    client.force_login(worker)

    page = client.get(reverse("earnings")).content.decode()

    assert "0.125" in page
    assert "Next settlement" in page


def test_the_earnings_page_takes_as_many_statements_for_three_rows_as_for_one(client, django_assert_max_num_queries):
    worker = make_earner()
    client.force_login(worker)
    for _ in range(3):
        earn(make_funded_escrow(), {worker: 1_000})

    with django_assert_max_num_queries(14):
        client.get(reverse("earnings"))


FINANCE = ["finance", "finance-batches", "finance-escrows"]


@pytest.mark.parametrize("name", FINANCE)
def test_finance_pages_open_for_finance_admins_only(client, admin, name):
    make_chain()
    make_escrow()
    client.force_login(admin)
    assert client.get(reverse(name)).status_code == 200

    client.force_login(make_user())
    assert client.get(reverse(name)).status_code == 404
    client.logout()
    assert client.get(reverse(name)).status_code == 302


def test_an_outsider_cannot_see_an_escrow(client, admin):
    escrow = make_escrow()
    client.force_login(make_user())

    assert client.get(reverse("finance-escrow", args=[escrow.pk])).status_code == 404


def test_a_finance_admin_announces_a_deposit(client, admin):
    escrow = make_escrow()
    client.force_login(admin)
    address = reverse("finance-escrow", args=[escrow.pk])

    wrong = client.post(address, {"transaction_hash": "0x12"})
    right = client.post(address, {"transaction_hash": "0x" + "ab" * 32, "note": "Invoice 17"})

    assert "0x and 64" in wrong.content.decode()
    assert right.status_code == 302
    assert Deposit.objects.get().announced_by == admin


def test_a_chain_is_stopped_and_resumed_with_a_reason(client, admin):
    chain = make_chain()
    client.force_login(admin)

    client.post(reverse("finance-chain-stop", args=[chain.chain_id]), {"reason": ""})
    chain.refresh_from_db()
    assert chain.stopped_reason == ""
    client.post(reverse("finance-chain-stop", args=[chain.chain_id]), {"reason": "A drill."})
    chain.refresh_from_db()
    assert chain.stopped_reason == "A drill."
    client.post(reverse("finance-chain-resumption", args=[chain.chain_id]), {"reason": "Drill over."})
    chain.refresh_from_db()
    assert chain.stopped_reason == ""


def test_a_batch_page_shows_its_state(client, admin):
    chain = make_chain()
    batch = SettlementBatch.objects.create(
        chain=chain, epoch=1, batch_key="0x1", root="0x2", leaf_file="leaves/x.json", leaf_file_sha256="0" * 64,
        state="held", held_reason="Looking at it.",
    )  # fmt: skip
    client.force_login(admin)

    page = client.get(reverse("finance-batch", args=[batch.pk])).content.decode()

    assert "Looking at it." in page
    assert "Resume the batch" in page
