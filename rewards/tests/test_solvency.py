"""The public page and its API, on what a real comparison found; and incidents, page and API."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from rewards.chain import calldata
from rewards.domain.reconciliation import reconcile
from rewards.models import Incident, LedgerAccount, Reconciliation
from rewards.tests.factories import earn, make_chain, make_earner, make_user


@pytest.fixture
def compared(scene):
    escrow = scene.funded(rewards_minor=1_000_000)
    earn(escrow, {make_earner(): 200_000, make_user(): 300_000})
    scene.settle_to_the_end()
    scene.mine()
    scene.index()
    done = reconcile(scene.chain, scene.client)
    assert done is not None
    return done


@pytest.fixture
def finance(db, client):
    person = make_user(is_finance_admin=True)
    client.force_login(person)
    return client


def holdings(client) -> dict:
    answer = client.get(reverse("api-solvency"))
    assert answer.status_code == 200
    return answer.json()[0]


def test_anybody_sees_what_is_owed_beside_what_is_locked(client, compared, scene):
    said = holdings(client)
    page = client.get(reverse("solvency")).content.decode()

    (held,) = said["holdings"]
    assert {name: held["ledger"][name]["minor"] for name in ("clients", "people", "fees", "owed")} == {
        "clients": "525000", "people": "300000", "fees": "0", "owed": "825000",
    }  # fmt: skip
    assert {name: held["chain"][name]["minor"] for name in ("escrow", "settlement", "others", "locked")} == {
        "escrow": "525000", "settlement": "300000", "others": "0", "locked": "825000",
    }  # fmt: skip
    assert scene.on_chain(scene.chain.settlement_address) == 300_000
    assert (held["surplus"]["minor"], held["is_short"], said["is_sound"]) == ("0", False, True)
    assert (said["caip2"], said["block_hash"]) == ("eip155:31337", compared.block_hash)
    assert held["token"]["asset"] == f"eip155:31337/erc20:{scene.token.address}"
    for words in (compared.block_hash, str(compared.block_number), "Covered", "by our ledger", "by the chain"):
        assert words in page
    assert "Short" not in page


def test_what_other_people_lock_in_our_contract_is_not_counted(client, compared, scene):
    stranger = scene.harness.accounts[8]
    scene.mint(scene.token, stranger, 500)
    scene.send(scene.token.address, "0x" + calldata.approve(scene.chain.escrow_address, 500).hex(), sender=stranger)
    opening = calldata.open_project(salt=bytes(32), token=scene.token.address, amount=500, fee_bps=0, cap=500)
    scene.send(scene.chain.escrow_address, "0x" + opening.hex(), sender=stranger)
    scene.mine()
    scene.index()

    assert reconcile(scene.chain, scene.client).is_sound

    (held,) = holdings(client)["holdings"]
    assert (held["chain"]["escrow"]["minor"], held["chain"]["others"]["minor"]) == ("525500", "500")
    assert held["surplus"]["minor"] == "0"


def test_a_token_that_takes_money_away_is_short(client, scene):
    token = scene.faulty_token()
    scene.funded(rewards_minor=1_000, token=token)
    from eth_utils import keccak

    burn = keccak(text="burn_from(address,uint256)")[:4].hex() + f"{int(scene.chain.escrow_address, 16):064x}{50:064x}"
    scene.send(token.address, "0x" + burn)
    scene.mine()
    scene.index()

    reconcile(scene.chain, scene.client)

    said = holdings(client)
    (held,) = [one for one in said["holdings"] if one["token"]["symbol"] == "FAULT"]
    assert (held["surplus"]["minor"], held["is_short"], said["is_short"], said["is_stopped"]) == (
        "-50",
        True,
        True,
        True,
    )
    page = client.get(reverse("solvency")).content.decode()
    assert "Less is locked than is owed" in page
    assert "Short by" in page
    kinds = set(Incident.objects.values_list("kind", flat=True))
    assert kinds == {Incident.Kind.BALANCE_DIFFERS}


def test_when_the_chain_does_not_answer_the_last_figures_stay_and_it_is_said(client, compared, scene, settings):
    settings.CHAIN_RPC_URL = "http://127.0.0.1:1"
    from rewards import tasks

    tasks.index_chain()

    page = client.get(reverse("solvency")).content.decode()
    assert "The chain does not answer" in page
    assert compared.block_hash in page
    assert holdings(client)["silent_since"] is not None


@pytest.mark.django_db
def test_before_the_first_comparison_nothing_is_claimed(client):
    make_chain()

    page = client.get(reverse("solvency")).content.decode()

    assert "Not compared yet" in page
    assert "Covered" not in page
    assert holdings(client)["block_number"] is None


@pytest.mark.django_db
def test_without_any_chain_the_page_says_so(client):
    assert "No chain yet" in client.get(reverse("solvency")).content.decode()
    assert client.get(reverse("api-solvency")).json() == []


@pytest.mark.django_db
def test_the_page_asks_as_much_for_three_chains_as_it_must(client, django_assert_max_num_queries):
    for chain_id in (1, 2, 3):
        chain = make_chain(chain_id=chain_id)
        Reconciliation.objects.create(
            chain=chain, block_number=1, block_hash="0x1", block_time=timezone.now(), is_sound=True, figures=[]
        )

    with django_assert_max_num_queries(2 + 2 * 3):
        client.get(reverse("solvency"))


@pytest.fixture
def incident(db):
    chain = make_chain(stopped_reason="Reconciliation at block 7: …")
    return Incident.objects.create(
        chain=chain, kind=Incident.Kind.MISSING_PAYMENT, account="0xabc", transaction="0xdef",
        detail="5 units never arrived.", block_number=7,
    )  # fmt: skip


def test_a_finance_admin_sees_and_resolves_an_incident(finance, incident):
    page = finance.get(reverse("finance-incidents")).content.decode()
    for words in ("The books say paid", "0xabc", "0xdef", "5 units never arrived.", "Resolve"):
        assert words in page
    resolution = reverse("finance-incident-resolution", args=[incident.pk])

    finance.post(resolution, {"reason": ""})
    incident.refresh_from_db()
    assert incident.resolved_at is None
    finance.post(resolution, {"reason": "A test of the alarm."})

    incident.refresh_from_db()
    assert (incident.resolution, incident.chain.stopped_reason) == ("A test of the alarm.", "")
    assert AuditEntry.objects.get(action="incident.resolved").reason == "A test of the alarm."
    assert AuditEntry.objects.filter(action="chain.resumed").exists()
    assert "A test of the alarm." in finance.get(reverse("finance-incidents")).content.decode()


def test_the_chain_stays_stopped_while_another_incident_is_open(finance, incident):
    Incident.objects.create(chain=incident.chain, kind=Incident.Kind.BOOKS, detail="1 <> 2", block_number=7)

    finance.post(reverse("finance-incident-resolution", args=[incident.pk]), {"reason": "This one is clear."})

    incident.chain.refresh_from_db()
    assert incident.chain.stopped_reason != ""


def test_a_chain_that_a_person_stopped_is_not_resumed_by_an_incident(finance, incident):
    incident.chain.stopped_reason = "I am looking at the key."
    incident.chain.save()

    finance.post(reverse("finance-incident-resolution", args=[incident.pk]), {"reason": "Clear."})

    incident.chain.refresh_from_db()
    assert incident.chain.stopped_reason == "I am looking at the key."


def test_incidents_over_the_api(finance, incident):
    (said,) = finance.get(reverse("api-incidents")).json()["results"]
    assert (said["kind"], said["account"], said["transaction"]) == ("missing_payment", "0xabc", "0xdef")
    resolution = reverse("api-incident-resolution", args=[incident.pk])

    refused = finance.post(resolution, {"reason": " "}, content_type="application/json")
    done = finance.post(resolution, {"reason": "Seen."}, content_type="application/json")
    again = finance.post(resolution, {"reason": "Seen."}, content_type="application/json")

    assert (refused.status_code, done.status_code, again.status_code) == (422, 200, 409)
    assert done.json()["resolution"] == "Seen."


def test_an_outsider_sees_no_incident(client, incident):
    client.force_login(make_user())

    assert client.get(reverse("finance-incidents")).status_code == 404
    assert client.get(reverse("api-incidents")).status_code == 403
    assert client.post(reverse("finance-incident-resolution", args=[incident.pk]), {"reason": "x"}).status_code == 404


def test_the_list_of_chains_shows_tokens_and_changes_nothing(finance, incident):
    page = finance.get(reverse("finance-chains")).content.decode()

    assert "eip155:31337" in page
    assert "sync_chains" in page
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert LedgerAccount.objects.count() == 0
