import re

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.test import Client

from accounts.domain.staff import grant_rights
from accounts.models import ApiKey, User
from accounts.tests.factories import PASSWORD, add_totp, make_key, make_person, make_signer, make_wallet

CHALLENGE, VERIFY, TOKEN, SIGN_UP = (
    f"/api/v1/auth/{path}/" for path in ("wallet/challenge", "wallet/verify", "token", "signup")
)


def post(client, url, data, **headers):
    return client.post(url, data, content_type="application/json", headers=headers)


def code_of(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


@pytest.mark.django_db
def test_sign_up_then_verify_then_token(client, mailoutbox):
    signed_up = post(client, SIGN_UP, {"email": "new@example.org", "password": PASSWORD})
    refused = post(client, TOKEN, {"email": "new@example.org", "password": PASSWORD, "scopes": ["work"]})
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mailoutbox[0].body)
    client.post(link[1])

    token = post(client, TOKEN, {"email": "new@example.org", "password": PASSWORD, "scopes": ["read", "work"]})

    assert (signed_up.status_code, refused.status_code, refused.json()["code"]) == (202, 401, "email_unverified")
    assert token.status_code == 201
    bearer = {"Authorization": f"Bearer {token.json()['secret']}"}
    assert Client().get("/api/v1/me/", headers=bearer).json()["email"] == "new@example.org"


@pytest.mark.django_db
def test_sign_up_does_not_tell_whether_an_address_is_known(client, mailoutbox):
    make_person(email="known@example.org")

    known = post(client, SIGN_UP, {"email": "known@example.org", "password": PASSWORD})
    unknown = post(client, SIGN_UP, {"email": "unknown@example.org", "password": PASSWORD})

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert [letter.to for letter in mailoutbox] == [["known@example.org"], ["unknown@example.org"]]
    assert User.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "1234567890123", "password123"])
def test_sign_up_explains_a_bad_password(client, password):
    answer = post(client, SIGN_UP, {"email": "new@example.org", "password": password})

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert {error["field"] for error in answer.json()["errors"]} == {"password"}


@pytest.mark.django_db
def test_token_says_the_same_for_an_unknown_address_and_a_wrong_password(client):
    make_person(email="known@example.org")

    wrong = post(client, TOKEN, {"email": "known@example.org", "password": "wrong", "scopes": ["read"]})
    unknown = post(client, TOKEN, {"email": "unknown@example.org", "password": "wrong", "scopes": ["read"]})

    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (401, wrong.content)


@pytest.mark.django_db
def test_token_asks_for_the_second_factor(client):
    person = make_person()
    secret = add_totp(person)
    asked = {"email": person.email, "password": PASSWORD, "scopes": ["read"]}

    without = post(client, TOKEN, asked)
    wrong = post(client, TOKEN, {**asked, "code": "000000"})
    right = post(client, TOKEN, {**asked, "code": code_of(secret)})

    assert [without.json()["code"], wrong.json()["code"]] == ["second_factor_required", "second_factor_wrong"]
    assert right.status_code == 201


@pytest.mark.django_db
def test_a_key_of_staff_needs_a_second_factor_to_be_made(client, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    staff = make_person(is_finance_admin=True)
    asked = {"email": staff.email, "password": PASSWORD, "scopes": ["money"]}

    without = post(client, TOKEN, asked)
    secret = add_totp(staff)
    having = post(client, TOKEN, asked | {"code": code_of(secret)})

    assert without.json()["code"] == "second_factor_missing"
    assert having.status_code == 201


@pytest.mark.django_db
def test_new_rights_end_the_keys_that_were_made_before():
    person = make_person()
    key, _secret = make_key(person)

    grant_rights(person, by=None, is_finance_admin=True)

    key.refresh_from_db()
    assert key.revoked_at is not None


@pytest.mark.django_db
def test_token_is_refused_to_a_disabled_and_given_to_a_suspended_person(client):
    disabled, suspended = make_person(is_active=False), make_person(is_suspended=True)

    answers = [
        post(client, TOKEN, {"email": each.email, "password": PASSWORD, "scopes": ["read"]}).status_code
        for each in (disabled, suspended)
    ]

    assert answers == [401, 201]


@pytest.mark.django_db
def test_too_many_wrong_passwords_are_stopped(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/key"}
    person = make_person()
    asked = {"email": person.email, "password": "wrong", "scopes": ["read"]}

    statuses = [post(client, TOKEN, asked).status_code for _ in range(5)]
    right = post(client, TOKEN, {**asked, "password": PASSWORD})

    assert statuses == [401, 401, 401, 429, 429]
    assert right.status_code == 429


@pytest.mark.django_db
def test_wallet_signs_a_stranger_in_with_a_session(client):
    signer = make_signer()
    message = post(client, CHALLENGE, {"address": signer.address}).json()["message"]

    answer = post(client, VERIFY, {"message": message, "signature": signer.sign(message), "next": "/teams/"})

    assert (answer.status_code, answer.json()) == (200, {"redirect_to": "/teams/"})
    assert client.get("/api/v1/me/").json()["email"] is None


@pytest.mark.django_db
def test_wallet_sign_in_belongs_to_the_session_that_asked(client):
    signer, other = make_signer(), Client()
    message = post(client, CHALLENGE, {"address": signer.address}).json()["message"]
    post(other, CHALLENGE, {"address": signer.address})

    answer = post(other, VERIFY, {"message": message, "signature": signer.sign(message)})

    assert (answer.status_code, answer.json()["code"]) == (422, "challenge_refused")


@pytest.mark.django_db
def test_wallet_sign_in_to_a_session_needs_the_csrf_token():
    client, signer = Client(enforce_csrf_checks=True), make_signer()
    message = post(client, CHALLENGE, {"address": signer.address}).json()["message"]

    answer = post(client, VERIFY, {"message": message, "signature": signer.sign(message)})

    assert answer.status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_wallet_sign_in_redirects_nowhere_else(client, settings, target):
    settings.LOGIN_REDIRECT_URL = "profile"
    signer = make_signer()
    message = post(client, CHALLENGE, {"address": signer.address}).json()["message"]

    answer = post(client, VERIFY, {"message": message, "signature": signer.sign(message), "next": target})

    assert answer.json() == {"redirect_to": "/profile/"}


@pytest.mark.django_db
def test_wallet_sign_in_asks_for_the_second_factor(client):
    person, signer = make_person(), make_signer()
    make_wallet(person, address=signer.address)
    add_totp(person)
    message = post(client, CHALLENGE, {"address": signer.address}).json()["message"]

    answer = post(client, VERIFY, {"message": message, "signature": signer.sign(message)})

    assert answer.json() == {"redirect_to": "/accounts/2fa/authenticate/"}
    assert client.get("/api/v1/me/").status_code == 401


@pytest.mark.django_db
def test_wallet_makes_a_key_for_a_program(client):
    signer = make_signer()
    asked = post(client, CHALLENGE, {"address": signer.address, "result": "key"}).json()
    proof = {"message": asked["message"], "signature": signer.sign(asked["message"]), "scopes": ["work"]}

    stolen = post(Client(), VERIFY, {**proof, "binding": "guessed"})
    in_session = post(client, VERIFY, proof)
    answer = post(Client(), VERIFY, {**proof, "binding": asked["binding"]})

    assert (stolen.status_code, in_session.status_code, answer.status_code) == (422, 422, 201)
    assert ApiKey.objects.get().user.wallets.get().address == signer.address
    assert answer.json()["key"]["scopes"] == ["work"]


@pytest.mark.django_db
def test_session_challenge_gives_no_key(client):
    signer = make_signer()
    message = post(client, CHALLENGE, {"address": signer.address}).json()["message"]
    secret = client.session["wallet_binding"]

    answer = post(
        client, VERIFY, {"message": message, "signature": signer.sign(message), "scopes": ["read"], "binding": secret}
    )

    assert answer.status_code == 422


@pytest.mark.django_db
def test_wallet_of_a_disabled_person_opens_nothing(client):
    person, signer = make_person(is_active=False), make_signer()
    make_wallet(person, address=signer.address)
    message = post(client, CHALLENGE, {"address": signer.address}).json()["message"]

    post(client, VERIFY, {"message": message, "signature": signer.sign(message)})

    assert client.get("/api/v1/me/").status_code == 401


@pytest.mark.django_db
def test_wallet_key_of_a_disabled_person_is_refused(client):
    person, signer = make_person(is_active=False), make_signer()
    make_wallet(person, address=signer.address)
    asked = post(client, CHALLENGE, {"address": signer.address, "result": "key"}).json()

    answer = post(client, VERIFY, {"message": asked["message"], "signature": signer.sign(asked["message"]),
                                   "scopes": ["read"], "binding": asked["binding"]})  # fmt: skip

    assert answer.status_code == 401


def test_sign_in_is_rate_limited_in_production():
    assert "sign_in" in settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
