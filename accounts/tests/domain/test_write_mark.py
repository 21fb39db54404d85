"""Killed between the write and its kept answer: the mark in the write's own transaction is what the repeat finds."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.domain import idempotency
from accounts.domain.idempotency import WriteMark, claim_key, settle_claim
from accounts.exceptions import IdempotencyRefused
from accounts.models import IdempotencyRecord, Scope, Team
from accounts.tests.factories import make_key, make_person

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


def create(person, **more):
    _key, secret = make_key(person, Scope.ACCOUNT, Scope.READ)
    return Client(**more).post(
        "/api/v1/teams/", {"name": "Oasis"}, content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"},
    )  # fmt: skip


def let_a_minute_pass():
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(seconds=61))


def die(*args, **kwargs):
    raise Killed


def die_at(word):
    def wrapper(execute, sql, params, many, context):
        if word in sql:
            raise Killed
        return execute(sql, params, many, context)

    return wrapper


def test_killed_after_the_write_and_before_its_answer_was_kept_it_does_not_run_again(monkeypatch):
    person = make_person()
    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "settle_claim", die)
        with pytest.raises(Killed):
            create(person)
    assert Team.objects.count() == 1

    at_once = create(person)
    let_a_minute_pass()
    later = create(person)

    assert (at_once.status_code, at_once.json()["code"]) == (409, "still_running")
    assert (later.status_code, later.json()["code"]) == (409, "answer_not_kept")
    assert Team.objects.count() == 1


def test_killed_before_the_write_was_committed_it_runs_again():
    person = make_person()
    with connection.execute_wrapper(die_at('INSERT INTO "accounts_membership"')), pytest.raises(Killed):
        create(person)
    let_a_minute_pass()

    assert create(person).status_code == 201
    assert Team.objects.count() == 1


def test_failing_after_the_write_was_committed_it_does_not_run_again():
    person = make_person()
    with connection.execute_wrapper(_fail_after_commit):
        failed = create(person, raise_request_exception=False)

    assert (failed.status_code, create(person).json()["code"]) == (500, "answer_not_kept")
    assert Team.objects.count() == 1


def _fail_after_commit(execute, sql, params, many, context):
    if sql.startswith("SELECT") and '"accounts_team"' in sql and not context["connection"].in_atomic_block:
        raise RuntimeError("The answer could not be made.")
    return execute(sql, params, many, context)


def marked(claim):
    mark = WriteMark()
    mark.claim = claim
    return connection.execute_wrapper(mark)


def test_a_call_whose_key_was_taken_over_writes_nothing():
    person = make_person()
    slow = claim_key(person, key="one", fingerprint="f")
    let_a_minute_pass()
    claim_key(person, key="one", fingerprint="f")

    with marked(slow), pytest.raises(IdempotencyRefused), transaction.atomic():
        Team.objects.create(name="Oasis")

    assert Team.objects.count() == 0


def test_a_savepoint_that_was_rolled_back_takes_no_mark_with_it():
    claim = claim_key(make_person(), key="one", fingerprint="f")

    def create_and_die():
        with transaction.atomic():
            Team.objects.create(name="Sand")
            die()

    with marked(claim), transaction.atomic():
        with pytest.raises(Killed):
            create_and_die()
        Team.objects.create(name="Oasis")

    assert IdempotencyRecord.objects.get().is_written
    assert [team.name for team in Team.objects.all()] == ["Oasis"]


def test_reading_leaves_no_mark():
    claim = claim_key(make_person(), key="one", fingerprint="f")

    with marked(claim), transaction.atomic():
        list(Team.objects.select_for_update())

    assert not IdempotencyRecord.objects.get().is_written


def test_an_answer_too_large_to_keep_is_not_kept_and_its_write_not_repeated():
    person = make_person()
    claim = claim_key(person, key="one", fingerprint="f")

    settle_claim(claim, HttpResponse(b"x" * (idempotency.KEPT_ANSWER_LIMIT_BYTES + 1), status=201))

    repeat = claim_key(person, key="one", fingerprint="f")
    assert isinstance(repeat, HttpResponse)
    assert (repeat.status_code, b"answer_not_kept" in repeat.content) == (409, True)
    assert len(IdempotencyRecord.objects.get().body) < 1000
