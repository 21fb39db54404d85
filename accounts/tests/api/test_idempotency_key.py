"""Idempotency-Key over HTTP, by session and by key."""

import pytest
from django.test import Client

from accounts.models import IdempotencyRecord, Scope, Team
from accounts.tests.factories import make_key, make_person


def create(client, name="Oasis", **headers):
    return client.post("/api/v1/teams/", {"name": name}, content_type="application/json", headers=headers)


@pytest.fixture(params=["session", "key"])
def caller(request):
    person, client = make_person(), Client()
    if request.param == "session":
        client.force_login(person)
        return client, {}
    return client, {"Authorization": f"Bearer {make_key(person, Scope.ACCOUNT, Scope.READ)[1]}"}


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer_and_writes_nothing(caller):
    client, headers = caller
    headers |= {"Idempotency-Key": "one"}

    first, second = create(client, **headers), create(client, **headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert Team.objects.count() == 1


@pytest.mark.django_db
def test_other_content_is_refused_as_a_problem(caller):
    client, headers = caller
    headers |= {"Idempotency-Key": "one"}
    create(client, **headers)

    answer = create(client, name="Other", **headers)

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "idempotency_key_reused"


@pytest.mark.django_db
def test_running_call_is_409_with_retry_after(caller):
    client, headers = caller
    headers |= {"Idempotency-Key": "one"}
    create(client, **headers)
    IdempotencyRecord.objects.update(status=None)

    answer = create(client, **headers)

    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (409, "2", "still_running")


@pytest.mark.django_db
def test_refusals_are_replayed_too(caller):
    client, headers = caller
    headers |= {"Idempotency-Key": "one"}

    first, second = create(client, name="", **headers), create(client, name="", **headers)

    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (422, 422, "true")
    assert second["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_secrets_are_never_kept_for_repeats():
    client = Client()
    client.force_login(make_person())

    client.post(
        "/api/v1/me/keys/", {"scopes": ["read"]}, content_type="application/json", headers={"Idempotency-Key": "k"}
    )

    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.django_db
def test_strangers_and_readers_leave_no_record():
    create(Client(), **{"Idempotency-Key": "k"})
    client = Client()
    client.force_login(make_person())
    client.get("/api/v1/me/", headers={"Idempotency-Key": "k"})

    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.django_db
def test_a_repeat_costs_a_bounded_number_of_statements(django_assert_max_num_queries):
    headers = {"Authorization": f"Bearer {make_key(make_person())[1]}", "Idempotency-Key": "one"}
    create(Client(), **headers)

    # Who asks, a refused insert and a locked read, each of the two inside a savepoint.
    with django_assert_max_num_queries(8):
        create(Client(), **headers)
