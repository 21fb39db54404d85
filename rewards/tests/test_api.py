import pytest
from rest_framework.test import APIClient

from accounts.models import Membership, Role
from rewards.models import ChainIntent, Deposit, Payout, SettlementBatch
from rewards.tests.factories import earn, make_earner, make_escrow, make_funded_escrow, make_user

pytestmark = pytest.mark.django_db


def as_person(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_balances_say_amounts_as_text_with_their_token():
    worker, escrow = make_earner(), make_funded_escrow(rewards_minor=10**24, fee_bps=0)
    earn(escrow, {worker: 10**23})

    (balance,) = as_person(worker).get("/api/v1/me/balances/").json()

    token = {"symbol": "TEST", "decimals": 6, "address": escrow.token.address, "chain_id": 31337}
    assert balance["earned"] == {"minor": "100000000000000000000000", "token": token}
    assert balance["paid"]["minor"] == "0"


def test_earnings_list_work_with_its_pay_and_only_ones_own():
    worker, other, escrow = make_earner(), make_earner(), make_funded_escrow()
    earn(escrow, {worker: 1_000, other: 2_000})

    (row,) = as_person(worker).get("/api/v1/me/earnings/").json()["results"]

    assert (row["amount"]["minor"], row["reason"], row["payout_state"]) == ("1000", "answer", None)


OPEN_TO_PEOPLE = [
    *["me/balances", "me/earnings", "me/payouts", "me/claims"],
    *["tokens", "chains", "escrows", "settlement/batches"],
]


@pytest.mark.parametrize("path", OPEN_TO_PEOPLE)
def test_nobody_reads_without_signing_in(path):
    assert APIClient().get(f"/api/v1/{path}/").status_code in {401, 403}
    assert as_person(make_user()).get(f"/api/v1/{path}/").status_code == 200


@pytest.mark.parametrize("path", ["settlement/intents", "settlement/ledger"])
def test_the_finance_desk_is_for_finance_admins(path, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = False

    assert as_person(make_user()).get(f"/api/v1/{path}/").status_code == 403
    assert as_person(make_user(is_finance_admin=True)).get(f"/api/v1/{path}/").status_code == 200


@pytest.mark.parametrize(
    ("role", "read", "announce"),
    [(Role.OWNER, 200, 201), (Role.MANAGER, 200, 201), (Role.VIEWER, 200, 404), (None, 404, 404)],
)
def test_an_escrow_is_its_teams(role, read, announce):
    escrow, person = make_escrow(), make_user()
    if role:
        Membership.objects.create(team=escrow.team, user=person, role=role)
    client, address = as_person(person), f"/api/v1/escrows/{escrow.pk}/"

    assert client.get(address).status_code == read
    assert client.get(address + "deposits/").status_code == read
    given = {"transaction_hash": "0x" + "cd" * 32}
    assert client.post(address + "deposits/", given, format="json").status_code == announce
    assert Deposit.objects.count() == (announce == 201)
    assert client.get(address + "funding/").status_code == (200 if announce == 201 else 404)


def test_a_refusal_names_the_field():
    escrow, owner = make_escrow(), make_user()
    Membership.objects.create(team=escrow.team, user=owner, role=Role.OWNER)

    answer = as_person(owner).post(
        f"/api/v1/escrows/{escrow.pk}/deposits/", {"transaction_hash": "0x12"}, format="json"
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "transaction_hash"


def test_the_escrows_figures_add_up():
    escrow, owner = make_funded_escrow(), make_user()
    Membership.objects.create(team=escrow.team, user=owner, role=Role.OWNER)
    earn(escrow, {make_earner(): 100_000})

    figures = as_person(owner).get(f"/api/v1/escrows/{escrow.pk}/").json()["figures"]

    minor = {name: int(value["minor"]) for name, value in figures.items()}
    assert minor["deposited"] == sum(minor[name] for name in ("free", "committed", "rewarded", "fees", "refunded"))


@pytest.mark.parametrize("address", ["0x12", "vitalik.eth", "0x" + "zz" * 20])
def test_the_faucet_refuses_what_is_no_address(address):
    answer = as_person(make_user()).post("/api/v1/faucet/", {"address": address}, format="json")

    assert answer.status_code == 422


def test_everything_about_a_settled_batch_can_be_read(scene, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    settings.DEMO = True
    worker = scene.earners(1)[0]
    client, admin = as_person(worker), as_person(make_user(is_finance_admin=True))
    batch = scene.settle()
    assert len(admin.get("/api/v1/settlement/intents/").json()["results"]) == 3
    assert (
        admin.post(f"/api/v1/settlement/batches/{batch.pk}/hold/", {"reason": "A look."}, format="json").json()["state"]
        == "held"
    )
    assert admin.post(f"/api/v1/settlement/batches/{batch.pk}/resumption/", {}, format="json").status_code == 422
    admin.post(f"/api/v1/settlement/batches/{batch.pk}/resumption/", {"reason": "Fine."}, format="json")
    scene.go_on()

    (payout,) = client.get("/api/v1/me/payouts/").json()["results"]
    (shown,) = client.get("/api/v1/settlement/batches/").json()["results"]
    leaves = client.get(f"/api/v1/settlement/batches/{batch.pk}/leaves/").json()

    assert (payout["state"], payout["amount"]["minor"]) == ("paid", "1000")
    assert payout["transaction_hash"] == ChainIntent.objects.get(kind="pay").transaction_hash
    assert (shown["state"], shown["payment_count"], shown["refused"]) == ("final", 1, 0)
    assert leaves["payments"] == {scene.token.address.lower(): [[payout["address"].lower(), "1000"]]}


def test_a_suspended_person_gets_the_call_that_claims(scene):
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    address = people[0].wallets.get().address
    scene.block_recipient(token, address)
    for _ in range(4):
        scene.settle_to_the_end()
    people[0].is_suspended = True
    people[0].save()
    scene.block_recipient(token, address, on=False)

    (claim,) = as_person(people[0]).get("/api/v1/me/claims/").json()
    scene.send(claim["to"], claim["data"])
    scene.mine()
    scene.index()

    assert claim["amount"]["minor"] == "1000"
    assert scene.on_chain(address, token) == 1_000
    assert as_person(people[0]).get("/api/v1/me/claims/").json() == []
    assert Payout.objects.exclude(state="paid").count() == 0
    assert SettlementBatch.objects.count() == 4
    scene.check()


def test_the_faucet_pours_and_is_limited(scene, settings, monkeypatch):
    from rewards.api.public import FaucetThrottle

    settings.DEMO = True
    settings.CHAIN_ID = 31337
    monkeypatch.setattr(FaucetThrottle, "rate", "2/hour")
    client, address = as_person(make_user()), "0x" + "ab" * 20

    answers = [client.post("/api/v1/faucet/", {"address": address}, format="json") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert scene.on_chain(address) == 2 * 10_000 * 10**6


def test_metrics_tell_age_intents_and_balance(scene, client):
    from lib.metrics import exposition

    scene.earners(1)
    scene.settle()

    said = exposition("").decode()

    assert 'foggara_intents{chain="31337",state="new"} 3.0' in said
    assert 'foggara_chain_stopped{chain="31337"} 0.0' in said
    assert "foggara_settlement_age_seconds" in said
    assert "foggara_ledger_imbalance" in said
