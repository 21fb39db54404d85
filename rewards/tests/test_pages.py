import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role
from lib.metrics import exposition
from rewards.domain import deliveries
from rewards.models import ChainIntent, Deposit, Earning, Payout, PayoutPreference, PayoutRequest, SettlementBatch
from rewards.tests.factories import (
    earn,
    make_address,
    make_chain,
    make_earner,
    make_escrow,
    make_funded_escrow,
    make_user,
)

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


@pytest.mark.parametrize(("minutes", "read_to", "is_told"), [(3, 9, True), (1, 9, False), (3, 10, False)])
def test_finance_says_that_settlement_waits_for_the_reading_of_the_chain(client, admin, minutes, read_to, is_told):
    chain = make_chain(indexed_block=read_to)
    mined = ChainIntent.objects.create(
        chain=chain, kind="release", to=make_address(), data="0x", gas=1, effect={}, state="mined", block_number=10
    )
    ChainIntent.objects.filter(pk=mined.pk).update(updated_at=timezone.now() - timedelta(minutes=minutes))
    client.force_login(admin)

    page = client.get(reverse("finance")).content.decode()

    assert ("Settlement waits until the chain is read" in page) is is_told
    waits = re.search(r"foggara_chain_unread_seconds\{[^}]*\} (\S+)", exposition("").decode())
    assert (float(waits[1]) > 100) is is_told


def test_finance_says_that_no_node_answers(client, admin):
    make_chain(silent_since=timezone.now())
    client.force_login(admin)

    page = client.get(reverse("finance")).content.decode()

    assert "No node has answered since" in page


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


def test_a_person_sets_a_threshold_and_takes_it_back(client):
    worker, token = make_earner(), make_funded_escrow().token
    client.force_login(worker)
    address = reverse("payout-threshold", args=[token.pk])

    client.post(address, {"threshold": "2.5"})
    assert PayoutPreference.objects.get(user=worker).threshold == 2_500_000
    wrong = client.post(address, {"threshold": "a lot"}, follow=True)
    client.post(address, {"threshold": ""})

    assert "plain number" in wrong.content.decode()
    assert not PayoutPreference.objects.exists()


def test_below_the_threshold_the_page_says_what_is_missing_and_from_when_it_can_be_claimed(client):
    worker, escrow = make_earner(), make_funded_escrow()
    earn(escrow, {worker: 100_000})
    PayoutPreference.objects.create(user=worker, token=escrow.token, threshold=1_000_000)
    client.force_login(worker)

    page = client.get(reverse("earnings")).content.decode()

    assert "0.9" in page
    assert "short of being sent" in page


def test_a_person_asks_to_be_paid_now_once(client):
    worker, escrow = make_earner(), make_funded_escrow()
    earn(escrow, {worker: 1_000})
    client.force_login(worker)
    address = reverse("payout-request", args=[escrow.token.chain.chain_id])

    assert "Pay me now" in client.get(reverse("earnings")).content.decode()
    client.post(address)
    again = client.post(address, follow=True).content.decode()

    assert PayoutRequest.objects.count() == 1
    assert "You have asked already" in again
    assert "Asked." in again


def test_settlements_and_their_files_are_public(client, scene):
    people = scene.earners(2)
    batch = scene.settle_to_the_end()

    page = client.get(reverse("settlements")).content.decode()
    file = client.get(reverse("leaf-file", args=[batch.leaf_file_sha256]))
    content = b"".join(file.streaming_content)

    assert batch.root in page
    assert batch.intents.get(kind="propose").transaction_hash in page
    assert sha256(content).hexdigest() == batch.leaf_file_sha256
    assert people[0].wallets.get().address.lower() in content.decode()
    assert "immutable" in file["Cache-Control"]
    assert client.get(reverse("leaf-file", args=["0" * 64])).status_code == 404


def test_a_client_sees_balance_and_forecast_and_an_outsider_nothing(client):
    escrow, owner = make_funded_escrow(rewards_minor=100_000_000), make_user()
    Membership.objects.create(team=escrow.team, user=owner, role=Role.OWNER)
    earn(escrow, {make_earner(): 1_000_000})
    Earning.objects.update(created_at=timezone.now() - timedelta(days=2))
    client.force_login(owner)

    page = client.get(reverse("escrow", args=[escrow.pk])).content.decode()

    assert "more days" in page
    client.force_login(make_user())
    assert client.get(reverse("escrow", args=[escrow.pk])).status_code == 404


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("0x12", "no EVM address"),
        ("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "no EVM address"),  # a letter of the checksum is wrong
        ("0x" + "00" * 20, "Nothing can be sent there"),
    ],
)
def test_a_receiver_that_cannot_be_is_refused(client, to, words):
    from rewards.forms import ReceiverForm

    form = ReceiverForm({"to": to})

    assert not form.is_valid()
    assert words in form.errors["to"][0]


def test_a_refused_payment_is_told_and_can_be_claimed_to_another_address(client, scene, mailoutbox):
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    address, elsewhere = people[0].wallets.get().address, make_address()
    scene.block_recipient(token, address)
    client.force_login(people[0])
    batch = scene.settle_to_the_end()

    deliveries.tell(batch, [0])
    (letter,) = mailoutbox
    assert address in letter.body
    assert "refused a payment" in client.get(reverse("earnings")).content.decode()
    for _ in range(3):
        scene.settle_to_the_end()
    assert "claim what waits for you" in client.get(reverse("earnings")).content.decode()
    page = client.get(reverse("claim"), {"to": elsewhere})

    (group,) = page.context["chains"]
    (call,) = group["config"]["calls"]
    assert call["only"] == address
    scene.rpc("anvil_impersonateAccount", address)
    scene.rpc("anvil_setBalance", address, hex(10**18))
    scene.send(call["to"], call["data"], sender=address)
    scene.mine()
    scene.index()
    assert scene.on_chain(elsewhere, token) == 1_000
    assert Payout.objects.get(user=people[0]).state == "paid"
