from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from accounts.domain import api_key
from accounts.exceptions import AccountsError
from accounts.models import ApiKey, AuditEntry, Scope
from accounts.tests.factories import make_key, make_person


@pytest.mark.django_db
def test_create_key_keeps_only_the_hash_of_256_random_bits():
    person = make_person()

    key, secret = api_key.create_key(person, name="loop", scopes=[Scope.WORK, Scope.READ, Scope.WORK])

    assert secret.startswith("fg_")
    assert len(secret) == 3 + 43
    assert (key.prefix, key.secret_hash) == (secret[:10], sha256(secret.encode()).hexdigest())
    assert key.scopes == ["read", "work"]
    assert secret not in str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.get().changes == {"name": "loop", "prefix": secret[:10], "scopes": ["read", "work"]}


@pytest.mark.django_db
def test_create_key_refuses_no_scopes_and_a_past_expiry():
    person = make_person()

    with pytest.raises(AccountsError) as no_scopes:
        api_key.create_key(person, name="k", scopes=[])
    with pytest.raises(AccountsError) as past:
        api_key.create_key(person, name="k", scopes=[Scope.READ], expires_at=timezone.now())

    assert (no_scopes.value.field, past.value.field) == ("scopes", "expires_at")


@pytest.mark.django_db
def test_create_key_refuses_the_fifty_first_live_key(monkeypatch):
    monkeypatch.setattr(api_key, "LIVE_KEYS_LIMIT", 2)
    person = make_person()
    first, _secret = make_key(person)
    make_key(person)

    with pytest.raises(AccountsError):
        make_key(person)
    api_key.revoke_key(first, by=person)
    make_key(person)


@pytest.mark.django_db
def test_find_live_key_takes_one_statement_with_its_person(django_assert_num_queries):
    person = make_person()
    _key, secret = make_key(person)
    api_key.find_live_key(secret)

    with django_assert_num_queries(1):
        found = api_key.find_live_key(secret)
        assert found is not None
        assert found.user.email == person.email


@pytest.mark.django_db
def test_find_live_key_notes_its_use_at_most_every_five_minutes(django_assert_num_queries):
    key, secret = make_key(make_person())

    with django_assert_num_queries(2):
        api_key.find_live_key(secret)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now() - timedelta(minutes=4))
    with django_assert_num_queries(1):
        api_key.find_live_key(secret)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now() - timedelta(minutes=6))
    with django_assert_num_queries(2):
        api_key.find_live_key(secret)


@pytest.mark.django_db
def test_find_live_key_finds_no_revoked_expired_unknown_or_disabled_one():
    revoked, revoked_secret = make_key(make_person())
    api_key.revoke_key(revoked, by=revoked.user)
    expired, expired_secret = make_key(make_person())
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    disabled, disabled_secret = make_key(make_person())
    disabled.user.is_active = False
    disabled.user.save()

    for secret in (revoked_secret, expired_secret, disabled_secret, "fg_unknown", ""):
        assert api_key.find_live_key(secret) is None


@pytest.mark.django_db
def test_revoke_key_twice_is_harmless():
    key, _secret = make_key(make_person())

    first = api_key.revoke_key(key, by=key.user).revoked_at
    second = api_key.revoke_key(key, by=key.user).revoked_at

    assert first == second
    assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1
