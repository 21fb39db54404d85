"""A project that pays in two tokens, as its client and its annotators see it: on pages and over the API."""

import pytest

from annotation.domain.second_pay import set_second_pay
from annotation.models import Answer, Project, SecondPay
from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import make_answer, make_draft, make_project, make_team, make_token, make_user
from rewards.models import Escrow

pytestmark = pytest.mark.django_db
FUNDER = "0x" + "12" * 20
PRICES = {"price": "0.05", "review_price": "0.01", "second_price": "20", "second_review_price": "2"}


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def usd():
    return make_token(symbol="USD")


@pytest.fixture
def draft(owner):
    return make_draft(owner=owner, team=make_team(owner=owner), review_price_minor=10_000)


def price_form(project, usd, **changes):
    return PRICES | {"token": str(project.token_id), "second_token": str(usd.pk)} | changes


def in_two_tokens(project, usd, *, price_minor=20_000_000):
    return SecondPay.objects.create(project=project, token=usd, price_minor=price_minor, review_price_minor=0)


def of_project(project):
    """Without the one that the factory made up."""
    return Escrow.objects.filter(reference_id=project.pk).order_by("part")


def test_the_price_step_saves_both_prices_and_takes_the_second_back(draft, usd):
    client, address = signed_in(draft.created_by), f"/projects/{draft.pk}/setup/price/"

    saved = client.post(address, price_form(draft, usd))
    second = SecondPay.objects.get()
    shown = client.get(address).content.decode()
    removed = client.post(address, price_form(draft, usd, second_token="", second_price="", second_review_price=""))

    assert (saved.status_code, removed.status_code) == (302, 302)
    assert (second.token, second.price_minor, second.review_price_minor) == (usd, 20_000_000, 2_000_000)
    assert 'value="20"' in shown
    assert SecondPay.objects.count() == 0


def test_the_quote_adds_up_in_each_token_before_anything_is_saved(draft, usd):
    page = signed_in(draft.created_by).post(
        f"/projects/{draft.pk}/setup/price/", price_form(draft, usd), headers={"HX-Request": "true"}
    )

    text = page.content.decode()
    # 3 items of 3 answers: 9 × 20 + 18 reviews × 2, and 5 % of it; and 9 × 0.05 + 18 × 0.01, and 5 %.
    assert "To lock in USD" in text
    assert "226.80" in text
    assert "0.6615" in text
    assert SecondPay.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"second_price": "0"}, "above zero"),
        ({"second_price": "much"}, "plain number"),
        ({"second_token": ""}, "Choose the token"),
        ({"review_price": "0"}, "only where the first one pays them too"),
    ],
)
def test_what_cannot_be_paid_is_explained_and_nothing_is_saved(draft, usd, changes, words):
    page = signed_in(draft.created_by).post(f"/projects/{draft.pk}/setup/price/", price_form(draft, usd, **changes))

    assert page.status_code == 422
    assert words in page.content.decode()
    draft.refresh_from_db()
    assert (draft.price_minor, SecondPay.objects.count()) == (50_000, 0)


def test_both_tokens_the_same_is_refused(draft, usd):
    page = signed_in(draft.created_by).post(
        f"/projects/{draft.pk}/setup/price/", price_form(draft, usd, second_token=str(draft.token_id))
    )

    assert page.status_code == 422
    assert "Choose another token than the first" in page.content.decode()


def test_a_first_token_that_was_changed_to_the_second_is_a_thing_missing(draft, usd):
    in_two_tokens(draft, usd)
    Project.objects.filter(pk=draft.pk).update(token=usd)

    missing = signed_in(draft.created_by).get(f"/api/v1/projects/{draft.pk}/quote/").json()["missing"]

    assert [each["field"] for each in missing] == ["second_token"]
    assert signed_in(draft.created_by).get(f"/projects/{draft.pk}/setup/")["Location"].endswith("/setup/price/")


def test_the_funding_page_shows_both_escrows_and_each_ones_calls(draft, usd):
    in_two_tokens(draft, usd)
    client = signed_in(draft.created_by)

    client.post(f"/projects/{draft.pk}/setup/funding/request/", {"funder_address": FUNDER})
    page = client.get(f"/projects/{draft.pk}/setup/funding/").content.decode()

    first, second = of_project(draft)
    assert (first.token, second.token) == (draft.token, usd)
    assert "TEST on its way" in page
    assert "USD on its way" in page
    assert page.count("data:  0x") == 4
    assert "Lock the USD" in page


def test_a_deposit_is_announced_for_the_escrow_that_it_pays(draft, usd):
    in_two_tokens(draft, usd)
    client = signed_in(draft.created_by)
    client.post(f"/projects/{draft.pk}/setup/funding/request/", {"funder_address": FUNDER})

    client.post(f"/projects/{draft.pk}/setup/funding/deposit/", {"transaction_hash": "0x" + "ab" * 32, "part": "1"})

    assert [escrow.deposits.count() for escrow in of_project(draft)] == [0, 1]


def test_a_program_sets_quotes_and_funds_both(draft, usd):
    client, address = signed_in(draft.created_by), f"/api/v1/projects/{draft.pk}/"
    given = {"token": str(usd.pk), "price_minor": "20000000"}

    assert client.get(address + "second-pay/").status_code == 404
    said = client.put(address + "second-pay/", given, content_type="application/json").json()
    quote = client.get(address + "quote/").json()["quote"]
    funding = client.post(address + "funding/", {"funder_address": FUNDER}, content_type="application/json").json()

    assert said == {"token": str(usd.pk), "price_minor": "20000000", "review_price_minor": "0", "escrow": None}
    assert quote["second"]["total"] == funding["second"]["required"]
    assert funding["second"]["required"]["minor"] == str(9 * 20_000_000 * 105 // 100)
    assert funding["second"]["required"]["token"]["symbol"] == "USD"
    assert len(funding["calls"]) == len(funding["second"]["calls"]) == 2
    assert client.delete(address + "second-pay/").status_code == 204
    assert client.get(address + "funding/").json()["second"] is None


def test_a_program_is_told_at_the_field_what_cannot_be(draft):
    answer = signed_in(draft.created_by).put(
        f"/api/v1/projects/{draft.pk}/second-pay/",
        {"token": str(draft.token_id), "price_minor": "1"},
        content_type="application/json",
    )

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["token"]


def test_an_annotator_sees_both_in_the_list_the_workbench_and_the_api(usd):
    project = make_project()
    in_two_tokens(project, usd)
    client = signed_in(make_user("worker"))

    lists = [client.get(address).content.decode() for address in ("/work/", "/dashboard/")]
    (row,) = client.get("/api/v1/work/projects/").json()["results"]
    state = client.get(f"/api/v1/work/projects/{project.pk}/").json()

    for page in lists:
        assert "0.05" in page
        assert "20.00" in page
        assert "USD" in page
    assert row["second_price"] == state["second_price"]
    assert state["second_price"]["minor"] == "20000000"


def test_the_list_of_work_takes_no_statement_more_for_a_second_token(usd, django_assert_num_queries, client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _number in range(2):
        make_project()
    person = signed_in(make_user("worker"))
    person.get("/work/")
    with CaptureQueriesContext(connection) as before:
        person.get("/work/")
    for project in Project.objects.all():
        in_two_tokens(project, usd)

    with django_assert_num_queries(len(before)):
        person.get("/work/")


def test_ones_own_answer_tells_both_prices_and_what_waits_for_a_verdict(usd):
    project, worker = make_project(), make_user("worker")
    in_two_tokens(project, usd)
    answer = make_answer(project.items.first(), worker)
    client = signed_in(worker)

    for address in ("/me/answers/", f"/me/answers/{answer.pk}/", "/dashboard/"):
        page = client.get(address).content.decode()
        assert "20.00" in page
        assert "USD" in page


def test_an_earning_of_each_token_is_told_with_its_own_way(usd):
    from annotation.domain.accrual import accrue_earnings
    from annotation.tests.domain.test_second_pay import opened

    project, _first, _second = opened()
    worker = make_user("worker")
    answer = make_answer(project.items.first(), worker, state=Answer.State.ACCEPTED)
    accrue_earnings()

    client = signed_in(worker)
    pay = client.get(f"/api/v1/me/answers/{answer.pk}/").json()["pay"]

    assert (pay["amount"]["minor"], pay["second"]["amount"]["minor"]) == ("50000", "700")
    assert client.get(f"/me/answers/{answer.pk}/").content.decode().count("In the ledger") == 2


def test_the_client_sees_the_money_of_both_and_gets_both_back(owner, usd):
    project = make_project(owner=owner, team=make_team(owner=owner))
    second = in_two_tokens(project, usd)
    second.escrow = Escrow.objects.create(
        reference_kind="project", reference_id=project.pk, part=1, team=project.team, token=usd, fee_bps=500,
        required=10, deposited=10, state=Escrow.State.FUNDED, chain_key="0x" + "77" * 32, salt="0x" + "77" * 32,
        funder_address=FUNDER,
    )  # fmt: skip
    second.save()
    client = signed_in(owner)

    overview = client.get(f"/projects/{project.pk}/").content.decode()
    closure = client.get(f"/projects/{project.pk}/closure/").content.decode()
    escrow = client.get(f"/escrows/{second.escrow.pk}/").content.decode()

    for other in (project.escrow, second.escrow):
        assert f"/escrows/{other.pk}/" in overview
    assert closure.count("To the wallet that paid:") == 2
    assert f"/escrows/{project.escrow.pk}/" in escrow
    assert project.title in escrow


def test_a_second_token_cannot_be_set_by_a_viewer(draft, usd):
    viewer = make_user("viewer")
    draft.team.memberships.create(user=viewer, role="viewer")

    answer = signed_in(viewer).put(
        f"/api/v1/projects/{draft.pk}/second-pay/", {"token": str(usd.pk), "price_minor": "1"},
        content_type="application/json",
    )  # fmt: skip

    assert answer.status_code == 404
    assert set_second_pay(draft, actor=draft.created_by, token=usd, price_minor=1).price_minor == 1
