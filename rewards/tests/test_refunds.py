"""A client asks for what is unused, on the escrow's page and over the API, and sees how far it is."""

from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role
from rewards import references
from rewards.domain import ledger
from rewards.domain.escrows import begin_refund, void_reservations
from rewards.models import ChainEvent, Escrow
from rewards.queries import escrow_statement
from rewards.references import Undertaking
from rewards.refunds import Stage, refund_of
from rewards.tests.factories import earn, fund, make_earner, make_escrow, make_funded_escrow, make_user
from rewards.tests.test_api import as_person

pytestmark = pytest.mark.django_db
KIND = "voyage"


class Voyages:
    """A room that pays from escrows, as small as can be. Ending one gives its money back."""

    def __init__(self) -> None:
        self.ended: dict[UUID, str] = {}

    def undertakings(self, ids):
        return {pk: Undertaking("A voyage", "/voyage/", timezone.now() if pk in self.ended else None) for pk in ids}

    def end(self, reference_id, *, actor, reason):
        self.ended[reference_id] = reason


@pytest.fixture
def voyages(monkeypatch):
    found = Voyages()
    monkeypatch.setattr(references, "_referents", {KIND: found})
    return found


@pytest.fixture
def escrow(voyages):
    return make_funded_escrow(reference_kind=KIND, reference_id=uuid4(), rewards_minor=1_000_000)


@pytest.fixture
def owner(escrow):
    person = make_user()
    Membership.objects.create(team=escrow.team, user=person, role=Role.OWNER)
    return person


def stage(escrow):
    escrow.refresh_from_db()
    found = refund_of(escrow, escrow_statement(escrow), references.undertaking_of(escrow))
    return found.stage, found.least_minor, found.most_minor


def test_the_page_offers_a_refund_and_asks_for_it(client, escrow, owner, voyages):
    client.force_login(owner)
    address = reverse("escrow", args=[escrow.pk])

    before = client.get(address).content.decode()
    answer = client.post(reverse("escrow-refund", args=[escrow.pk]), {"reason": "Enough."}, follow=True)

    assert "Refund what is unused" in before
    assert 'data-confirm="refund-dialog"' in before
    assert voyages.ended == {escrow.reference_id: "Enough."}
    page = answer.content.decode()
    assert "Work on its way is judged and paid first" in page
    assert "Refund what is unused" not in page


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OWNER, 302), (Role.MANAGER, 302), (Role.REVIEWER, 404), (Role.VIEWER, 404), (None, 404)]
)
def test_only_owners_and_managers_ask(client, escrow, voyages, role, status):
    person = make_user()
    if role:
        Membership.objects.create(team=escrow.team, user=person, role=role)
    client.force_login(person)

    assert client.post(reverse("escrow-refund", args=[escrow.pk])).status_code == status
    assert bool(voyages.ended) == (status == 302)


def test_a_finance_admin_sees_the_money_and_cannot_ask(client, escrow, voyages):
    client.force_login(make_user(is_finance_admin=True))

    page = client.get(reverse("escrow", args=[escrow.pk])).content.decode()

    assert "An owner or manager of the team can ask for it." in page
    assert client.post(reverse("escrow-refund", args=[escrow.pk])).status_code == 404


def test_a_program_asks_and_follows(escrow, owner, voyages):
    program, address = as_person(owner), f"/api/v1/escrows/{escrow.pk}/refund/"

    before = program.get(address).json()
    after = program.post(address, {"reason": "Enough."}, format="json").json()

    assert (before["stage"], before["least"]["minor"], before["most"]["minor"]) == ("possible", "0", "1050000")
    assert (after["stage"], after["asked_at"] is None) == ("work", False)


def test_every_stage_on_the_way_back(voyages):
    quoted = make_escrow(reference_kind=KIND, reference_id=uuid4())
    assert stage(quoted)[0] == Stage.NOTHING
    escrow = make_funded_escrow(reference_kind=KIND, reference_id=uuid4(), rewards_minor=1_000_000)
    earn(escrow, {make_earner(): 400_000})
    assert stage(escrow) == (Stage.POSSIBLE, 0, 630_000)
    voyages.end(escrow.reference_id, actor=None, reason="")
    assert stage(escrow)[0] == Stage.WORK
    void_reservations(escrow)
    begin_refund(escrow, actor=None)
    assert stage(escrow) == (Stage.SENDING, 630_000, 630_000)
    ChainEvent.objects.create(
        chain=escrow.token.chain, name="Refunded", arguments={"project": escrow.chain_key, "amount": "630000"},
        block_number=1, block_hash="0xb", transaction_hash="0x" + "ef" * 32, log_index=1,
    )  # fmt: skip
    assert stage(escrow)[0] == Stage.SENT
    Escrow.objects.filter(pk=escrow.pk).update(state=Escrow.State.CLOSED)
    assert stage(escrow)[0] == Stage.DONE


def test_the_page_links_the_transaction_that_gave_it_back(client, escrow, owner):
    hash = "0x" + "ef" * 32
    ChainEvent.objects.create(
        chain=escrow.token.chain, name="Refunded", arguments={"project": escrow.chain_key, "amount": "1"},
        block_number=1, block_hash="0xb", transaction_hash=hash, log_index=1,
    )  # fmt: skip
    Escrow.objects.filter(pk=escrow.pk).update(state=Escrow.State.CLOSED)
    client.force_login(owner)

    page = client.get(reverse("escrow", args=[escrow.pk])).content.decode()

    assert hash in page
    assert "Given back" in page


def test_an_escrow_of_nobody_known_offers_no_button(client, owner, escrow, monkeypatch):
    monkeypatch.setattr(references, "_referents", {})
    client.force_login(owner)

    page = client.get(reverse("escrow", args=[escrow.pk])).content.decode()
    answer = client.post(reverse("escrow-refund", args=[escrow.pk]), follow=True).content.decode()

    assert "Refund what is unused" not in page
    assert "Nobody knows what this escrow was for." in answer


def test_the_finance_list_names_the_project_beside_the_team(client, escrow, settings, django_assert_max_num_queries):
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    for _number in range(3):
        fund(make_escrow(escrow.token, reference_kind=KIND, reference_id=uuid4()))
    client.force_login(make_user(is_finance_admin=True))

    with django_assert_max_num_queries(10):
        page = client.get(reverse("finance-escrows")).content.decode()

    assert page.count("A voyage") == 4
    assert escrow.team.name in page
    assert ledger.balance(escrow.token, ledger.free_of(escrow.pk)) == 0
