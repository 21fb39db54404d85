from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from accounts.domain import idempotency
from accounts.domain.forgetting import forget_expired
from accounts.exceptions import IdempotencyRefused
from accounts.models import IdempotencyRecord
from accounts.tests.factories import make_person


def claim(user, key="k", fingerprint="f"):
    return idempotency.claim_key(user, key=key, fingerprint=fingerprint)


@pytest.mark.django_db
def test_first_answer_is_given_again():
    person = make_person()
    idempotency.settle_claim(claim(person), JsonResponse({"id": 1}, status=201))

    again = claim(person)

    assert isinstance(again, HttpResponse)
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (201, b'{"id": 1}', "true")
    assert again["Content-Type"] == "application/json"


@pytest.mark.django_db
def test_keys_of_two_people_do_not_meet():
    claim(make_person())

    assert isinstance(claim(make_person()), idempotency.Claim)


@pytest.mark.django_db
def test_other_content_under_the_same_key_is_refused():
    person = make_person()
    idempotency.settle_claim(claim(person), HttpResponse(status=204))

    with pytest.raises(IdempotencyRefused) as caught:
        claim(person, fingerprint="other")

    assert (caught.value.status, caught.value.code) == (422, "idempotency_key_reused")


@pytest.mark.django_db
def test_running_call_makes_its_repeat_wait_and_a_killed_one_may_run_again():
    person = make_person()
    killed = claim(person)

    with pytest.raises(IdempotencyRefused) as caught:
        claim(person)
    assert (caught.value.status, caught.value.code) == (409, "still_running")
    earlier = timezone.now() - timedelta(seconds=61)
    IdempotencyRecord.objects.update(created_at=earlier)

    second = claim(person)
    assert isinstance(second, idempotency.Claim)
    # The first one was not dead after all: its late answer does not become the second's.
    idempotency.settle_claim(idempotency.Claim(killed.record_id, earlier), HttpResponse("late"))
    idempotency.settle_claim(second, HttpResponse("second"))
    assert claim(person).content == b"second"


@pytest.mark.django_db
@pytest.mark.parametrize("status", [500, 503, 401, 403, 429])
def test_answers_that_did_nothing_are_not_kept(status):
    person = make_person()
    idempotency.settle_claim(claim(person), HttpResponse(status=status))

    assert isinstance(claim(person), idempotency.Claim)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 81, "ключ", "a\nb"])
def test_malformed_keys_are_refused(key):
    with pytest.raises(IdempotencyRefused) as caught:
        claim(make_person(), key=key)

    assert caught.value.code == "idempotency_key_invalid"


@pytest.mark.django_db(transaction=True)
def test_four_calls_at_once_run_once():
    person = make_person()
    together, outcomes = Barrier(4), []

    def run():
        together.wait()
        try:
            outcomes.append("runs" if isinstance(claim(person), idempotency.Claim) else "replay")
        except IdempotencyRefused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["runs", "still_running", "still_running", "still_running"]


@pytest.mark.django_db
def test_records_are_forgotten_after_a_week():
    person = make_person()
    claim(person, key="old")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    claim(person, key="young")

    assert forget_expired()["idempotency_records"] == 1
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["young"]
