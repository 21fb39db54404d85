"""From which amount on a payment is sent by itself: set by finance admins, with a reason."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from rewards.domain.tokens import LARGEST_PUSH, set_smallest_push
from rewards.exceptions import RewardsError
from rewards.tests.factories import make_chain, make_token, make_user
from rewards.tests.test_api import as_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    return make_user(is_finance_admin=True)


@pytest.fixture
def token():
    return make_token(make_chain())


def test_a_finance_admin_sets_it_with_a_reason_and_it_is_audited(client, admin, token):
    client.force_login(admin)
    address = reverse("finance-token-smallest-push", args=[token.pk])

    page = client.get(reverse("finance-tokens")).content.decode()
    client.post(address, {"amount": "0.25", "reason": "Gas is dear."})
    client.post(address, {"amount": "0.25", "reason": "Again."})

    token.refresh_from_db()
    (entry,) = AuditEntry.objects.filter(action="token.smallest_push_set")
    assert 'data-confirm="token-dialog"' in page
    assert token.smallest_push == 250_000
    assert (entry.actor, entry.reason, entry.changes) == (admin, "Gas is dear.", {"smallest_push": ["0", "250000"]})
    assert "0.25" in client.get(reverse("finance-tokens")).content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"amount": "0.25"}, "required"),
        ({"amount": "a lot", "reason": "x"}, "plain number"),
        ({"amount": "0.0000001", "reason": "x"}, "decimal places"),
        ({"amount": str(10**30), "reason": "x"}, "more than one payment can carry"),
    ],
)
def test_what_makes_no_sense_is_explained_and_changes_nothing(client, admin, token, given, words):
    client.force_login(admin)

    page = client.post(reverse("finance-token-smallest-push", args=[token.pk]), given, follow=True).content.decode()

    assert words in page
    token.refresh_from_db()
    assert token.smallest_push == 0


def test_a_program_sets_and_reads_it(admin, token):
    program = as_person(admin)

    answer = program.put(
        f"/api/v1/tokens/{token.pk}/smallest-push/", {"minor": "250000", "reason": "Gas is dear."}, format="json"
    )

    assert (answer.status_code, answer.json()["smallest_push"]) == (200, "250000")
    assert program.get("/api/v1/tokens/").json()[0]["smallest_push"] == "250000"


def test_nobody_else_sets_it(token):
    person = as_person(make_user())

    answer = person.put(f"/api/v1/tokens/{token.pk}/smallest-push/", {"minor": "1", "reason": "x"}, format="json")

    assert answer.status_code == 403


@pytest.mark.parametrize("minor", [-1, LARGEST_PUSH + 1])
def test_the_verb_refuses_what_no_payment_can_be(admin, token, minor):
    with pytest.raises(RewardsError):
        set_smallest_push(token, actor=admin, minor=minor, reason="x")
