"""Who is in the next batch, and when it is frozen."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rewards.chain import company
from rewards.domain import ledger, payees
from rewards.domain.claims import ready_claims
from rewards.domain.wishes import ask_to_be_paid, set_threshold
from rewards.exceptions import RewardsError
from rewards.models import ChainIntent, ClaimBalance, Earning, Payout, PayoutRequest, Token
from rewards.tests.factories import earn, make_earner, make_user


def age(days: float) -> None:
    """Everything earned so far was earned so long ago."""
    Earning.objects.filter(payout=None).update(created_at=timezone.now() - timedelta(days=days))


@pytest.fixture
def patient(settings):
    settings.SETTLEMENT_LONGEST_WAIT_SECONDS = 3_600


def test_a_few_wait_for_company_up_to_the_longest_wait(scene, patient):
    scene.earners(3)
    assert scene.settle() is None

    age(2 / 24)

    assert scene.settle().payment_count == 3


def test_enough_people_do_not_wait(scene, patient, settings):
    settings.SETTLEMENT_OVERHEAD_PERCENT = 1000
    wanted = company.wanted(1, overhead_percent=1000)

    escrow = scene.funded()
    scene.earners(wanted - 1, escrow)
    assert scene.settle() is None
    scene.earners(1, escrow)

    assert scene.settle().payment_count == wanted


def test_the_command_and_a_failed_push_do_not_wait(scene, patient):
    from rewards.domain.settlement import settle

    token = scene.faulty_token()
    (person,) = scene.earners(1, scene.funded(token=token))
    scene.block_recipient(token, person.wallets.get().address)

    assert settle(scene.chain, scene.client, now=True).epoch == 1
    scene.go_on()

    assert scene.settle_to_the_end().epoch == 2


def test_below_ones_own_threshold_nothing_is_sent(scene):
    escrow, person = scene.funded(), make_earner()
    set_threshold(person, scene.token, minor=1_000)
    earn(escrow, {person: 400})
    assert scene.settle() is None

    earn(escrow, {person: 700})

    assert scene.settle_to_the_end().payment_count == 1
    assert scene.on_chain(person.wallets.get().address) == 1_100
    scene.check()


def test_a_threshold_that_is_taken_back_holds_nothing_back(scene):
    person = make_earner()
    set_threshold(person, scene.token, minor=1_000)
    set_threshold(person, scene.token, minor=0)
    earn(scene.funded(), {person: 400})

    assert scene.settle().payment_count == 1


def test_one_is_due_since_the_threshold_was_reached(scene, patient):
    escrow, person = scene.funded(), make_earner()
    set_threshold(person, scene.token, minor=1_000)
    earn(escrow, {person: 400})
    age(10)
    earn(escrow, {person: 700})

    assert scene.settle() is None  # due since now, not since ten days
    assert payees.look(scene.chain).people == 1


def test_the_tokens_own_threshold_holds_too(scene):
    Token.objects.update(smallest_push=500)
    escrow, little, enough = scene.funded(), make_earner(), make_earner()
    earn(escrow, {little: 499, enough: 500})

    batch = scene.settle()

    assert list(batch.payouts.values_list("user_id", "lane")) == [(enough.pk, "pay")]


def test_who_asks_is_paid_with_the_next_batch_whatever_the_threshold(scene, patient):
    escrow, person, other = scene.funded(), make_earner(), make_earner()
    set_threshold(person, scene.token, minor=1_000)
    earn(escrow, {person: 400, other: 300})

    ask_to_be_paid(person, scene.chain)
    batch = scene.settle_to_the_end()

    assert scene.on_chain(person.wallets.get().address) == 400
    assert scene.on_chain(other.wallets.get().address) == 300  # company is taken along
    assert PayoutRequest.objects.get().batch == batch
    earn(escrow, {person: 400})
    assert scene.settle() is None


def test_asking_is_limited_and_says_until_when(scene, settings):
    settings.PAY_NOW_INTERVAL_SECONDS = 3_600
    person = make_earner()
    earn(scene.funded(), {person: 400})
    ask_to_be_paid(person, scene.chain)

    with pytest.raises(RewardsError, match="already"):
        ask_to_be_paid(person, scene.chain)
    scene.settle_to_the_end()
    with pytest.raises(RewardsError, match="again"):
        ask_to_be_paid(person, scene.chain)

    settings.PAY_NOW_INTERVAL_SECONDS = 0
    with pytest.raises(RewardsError, match="nothing"):
        ask_to_be_paid(person, scene.chain)


def test_who_has_no_wallet_cannot_ask(scene):
    with pytest.raises(RewardsError, match="wallet"):
        ask_to_be_paid(make_user(), scene.chain)


def test_old_dust_becomes_a_credit_that_its_owner_claims(scene):
    escrow, person, other = scene.funded(), make_earner(), make_earner()
    set_threshold(person, scene.token, minor=1_000)
    earn(escrow, {person: 400})
    age(31)
    earn(escrow, {other: 300})

    batch = scene.settle_to_the_end()

    payout = Payout.objects.get(user=person)
    assert (payout.lane, payout.state, payout.index, payout.credit_batch) == ("claim", "claimable", None, batch)
    assert ledger.balance(scene.token, ledger.unclaimed_by(person.pk)) == 400
    scene.check()
    (claim,) = ready_claims(person)
    scene.send(claim.to, claim.data)
    scene.mine()
    scene.index()
    assert scene.on_chain(person.wallets.get().address) == 400
    assert ready_claims(person) == []
    scene.check()


def test_dust_alone_is_credited_too_after_the_longest_wait(scene, patient):
    person = make_earner()
    set_threshold(person, scene.token, minor=1_000)
    earn(scene.funded(), {person: 400})
    age(29)
    assert scene.settle() is None
    age(31)

    batch = scene.settle_to_the_end()

    assert batch.intents.filter(kind="pay").count() == 0
    assert ClaimBalance.objects.get(address=person.wallets.get().address).cumulative == 400
    scene.check()


def test_dust_is_added_to_what_is_credited_already(scene):
    escrow, person = scene.funded(), make_earner()
    set_threshold(person, scene.token, minor=1_000)
    for minor in (400, 50):
        earn(escrow, {person: minor})
        age(31)
        scene.settle_to_the_end()

    assert ClaimBalance.objects.get(address=person.wallets.get().address).cumulative == 450
    assert [claim.amount_minor for claim in ready_claims(person)] == [450]


def test_what_a_run_cannot_carry_is_credited(scene, monkeypatch):
    monkeypatch.setattr(payees, "MAX_PAYMENT", 999)
    escrow, person, other = scene.funded(), make_earner(), make_earner()
    earn(escrow, {person: 1_000, other: 999})

    scene.settle_to_the_end()

    assert [claim.amount_minor for claim in ready_claims(person)] == [1_000]
    assert scene.on_chain(other.wallets.get().address) == 999
    scene.check()


@pytest.mark.parametrize(("projects", "percent"), [(1, 25), (10, 25), (100, 10), (0, 100)])
def test_wanted_is_the_fewest_for_whom_the_fixed_part_is_small_enough(projects, percent):
    n = company.wanted(projects, overhead_percent=percent)

    fixed = company.fixed_gas(max(projects, 1))
    assert fixed / n <= company.PER_PERSON * percent / 100 < fixed / (n - 1)


def test_the_arithmetic_of_company_is_what_a_real_chain_charges(scene):
    """Within a tenth, for people who hold the token and projects that have paid before."""
    escrows, people = [scene.funded() for _ in range(6)], [make_earner() for _ in range(101)]

    def used(some, projects):
        for escrow in projects:
            earn(escrow, dict.fromkeys(some, 1_000))
        batch = scene.settle_to_the_end()
        return dict(ChainIntent.objects.filter(batch=batch).values_list("kind", "gas_used"))

    used(people, escrows)
    many, one = used(people, escrows), used(people[:1], escrows[:1])

    per_person, per_project = (many["pay"] - one["pay"]) / 100, (many["release"] - one["release"]) / 5
    found = (one["propose"], one["release"] - per_project, per_project, one["pay"] - per_person, per_person)
    said = (company.PROPOSE, company.RELEASE, company.RELEASE_PER_PROJECT, company.RUN, company.PER_PERSON)
    assert said == pytest.approx(found, rel=0.1)


def test_an_address_that_changed_hands_is_claimed_by_whoever_has_something_there(scene):
    """The claim pays the address; whose the parts are, the payouts say."""
    escrow, former, present = scene.funded(), make_earner(), make_user()
    wallet = former.wallets.get()
    for person, minor in ((former, 400), (present, 50)):
        wallet.user = person
        wallet.save()
        set_threshold(person, scene.token, minor=1_000)
        earn(escrow, {person: minor})
        age(31)
        scene.settle_to_the_end()

    for person in (former, present):
        assert [(claim.address, claim.amount_minor) for claim in ready_claims(person)] == [(wallet.address, 450)]
    (claim,) = ready_claims(present)
    scene.send(claim.to, claim.data)
    scene.mine()
    scene.index()

    assert ready_claims(former) == ready_claims(present) == []
    assert ledger.balance(scene.token, ledger.claimed_by(former.pk)) == 400
    assert ledger.balance(scene.token, ledger.claimed_by(present.pk)) == 50
    scene.check()


def test_a_claim_is_found_by_indexes_however_many_there_are(scene):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    escrow, person = scene.funded(), make_earner()
    set_threshold(person, scene.token, minor=1_000)
    earn(escrow, {person: 400})
    age(31)
    scene.settle_to_the_end()
    (claim,) = ready_claims(person)
    scene.send(claim.to, claim.data)
    scene.mine()

    with CaptureQueriesContext(connection) as queries:
        scene.index()

    # Among enough others: which index serves two rows is the planner's mood.
    paid, balance = Payout.objects.get(), ClaimBalance.objects.get()
    for number in range(200):
        address = f"0x{number:040x}"
        paid.pk, paid.user, paid.address, paid.credit_batch = None, make_earner(), address, paid.batch
        paid.save()
        balance.pk, balance.address = None, address
        balance.save()
    asked = [query["sql"] for query in queries if '"address" = ' in query["sql"] or "UPPER" in query["sql"]]
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rewards_payout, rewards_claimbalance")
        cursor.execute("SET enable_seqscan = off")
        for sql in asked:
            if sql.startswith("SELECT"):
                cursor.execute("EXPLAIN " + sql.replace(" FOR UPDATE", "").split(" OF ")[0])
                plans.append(" ".join(row[0] for row in cursor.fetchall()))
        cursor.execute("RESET enable_seqscan")
    assert len(plans) >= 2
    assert any("one_claim_balance_per_token_and_address" in plan for plan in plans)
    assert any("payouts_credited_by_address" in plan for plan in plans)
    assert not any("UPPER" in sql.upper() and "address" in sql for sql in asked if "UPPER(" in sql)
