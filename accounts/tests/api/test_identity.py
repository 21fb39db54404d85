"""Signing in, passwords, addresses and second factors over the API: allauth's views, in our shape."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.tests.factories import PASSWORD, add_totp, make_key, make_person

pytestmark = pytest.mark.django_db
BASE = "/api/v1/identity/"
NEW = "a quite different one"


class Browser:
    """A session, with the CSRF token as a script sends it."""

    def __init__(self):
        self.client = Client(enforce_csrf_checks=True)
        self.client.get(BASE + "config")

    def __call__(self, method, route, body=None, **headers):
        token = {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        send = getattr(self.client, method.lower())
        given = {} if method == "GET" else {"data": "" if body is None else body, "content_type": "application/json"}
        answer = send(BASE + route, headers=token | headers, **given)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert {"type", "title", "status", "code", "detail", "errors"} <= set(answer.json())
        return answer

    def sign_in(self, person, password=PASSWORD):
        return self("POST", "auth/login", {"email": person.email, "password": password})

    def sign_in_and_confirm(self, person):
        """What is delicate asks for the password once more, as on the pages."""
        self.sign_in(person)
        self("POST", "auth/reauthenticate", {"password": PASSWORD})


@pytest.fixture
def browser():
    return Browser()


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def stale(person):
    """Signed in, and too long ago for what asks for the password again."""
    browser = Browser()
    browser.client.force_login(person)
    return browser


def totp_code(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def key_in(letter, before):
    return re.search(rf"{before}([^/\s]+)/", letter.body)[1]


def fields(answer):
    return {error["field"] for error in answer.json()["errors"]}


def test_a_session_begins_with_the_password_and_ends(browser, person):
    before, wrong = browser("GET", "auth/session"), browser.sign_in(person, "wrong")
    signed_in = browser.sign_in(person)
    me = browser.client.get("/api/v1/me/")
    after = browser("DELETE", "auth/session")

    assert (before.status_code, before.json()["code"]) == (401, "not_authenticated")
    assert (wrong.status_code, fields(wrong)) == (400, {"password"})
    assert signed_in.json()["data"]["user"] == {
        "id": str(person.public_id), "display": person.email, "email": person.email, "has_usable_password": True,
    }  # fmt: skip
    assert (me.status_code, after.status_code, browser.client.get("/api/v1/me/").status_code) == (200, 401, 401)


def test_signing_up_is_answered_alike_for_new_and_known_addresses(browser, person, mailoutbox):
    known = browser("POST", "auth/signup", {"email": person.email, "password": PASSWORD})
    other = Browser()
    new = other("POST", "auth/signup", {"email": "new@example.org", "password": PASSWORD})
    weak = Browser()("POST", "auth/signup", {"email": "weak@example.org", "password": "short"})

    assert (new.status_code, new.json()["code"]) == (401, "authentication_pending")
    assert known.json() == new.json()
    assert (weak.status_code, fields(weak)) == (400, {"password"})

    key = key_in(mailoutbox[-1], "/confirm-email/")
    verified = other("POST", "auth/email/verify", {"key": key})
    assert verified.status_code in {200, 401}
    assert EmailAddress.objects.get(email="new@example.org").verified
    assert other.sign_in(User.objects.get(email="new@example.org")).status_code in {200, 409}


def test_a_forgotten_password_is_set_anew_with_the_key_of_the_letter(browser, person, mailoutbox):
    answers = [browser("POST", "auth/password/request", {"email": each}) for each in (person.email, "x@example.org")]
    assert answers[0].json() == answers[1].json() == {"status": 200}
    key = key_in(next(each for each in mailoutbox if each.to == [person.email]), "/reset/key/")

    wrong = browser("POST", "auth/password/reset", {"key": "abc-wrong", "password": NEW})
    browser("POST", "auth/password/reset", {"key": key, "password": NEW})

    assert (wrong.status_code, fields(wrong)) == (400, {"key"})
    assert Browser().sign_in(person, NEW).status_code == 200
    assert AuditEntry.objects.filter(action="password.changed", actor=person).exists()


def test_a_password_is_changed_by_who_knows_it(browser, person):
    browser.sign_in(person)

    wrong = browser("POST", "account/password/change", {"current_password": "wrong", "new_password": NEW})
    weak = browser("POST", "account/password/change", {"current_password": PASSWORD, "new_password": "12345678901"})
    right = browser("POST", "account/password/change", {"current_password": PASSWORD, "new_password": NEW})

    assert (fields(wrong), fields(weak), right.status_code) == ({"current_password"}, {"new_password"}, 200)
    assert Browser().sign_in(person, NEW).status_code == 200


def test_a_password_is_set_by_who_came_by_wallet():
    person = make_person(email=None)
    browser = Browser()
    browser.client.force_login(person)

    assert browser("POST", "account/password/change", {"new_password": NEW}).status_code == 200
    person.refresh_from_db()
    assert person.check_password(NEW)


ROUTES_THAT_CHANGE = [
    ("POST", "account/password/change", {"current_password": PASSWORD, "new_password": NEW}),
    ("POST", "account/email", {"email": "second@example.org"}),
    ("DELETE", "account/authenticators/totp", {}),
    ("POST", "account/authenticators/recovery-codes", {}),
    ("GET", "account/authenticators", None),
    ("DELETE", "account/authenticators/webauthn", {"authenticators": []}),
]


@pytest.mark.parametrize(("method", "route", "body"), ROUTES_THAT_CHANGE)
def test_no_key_changes_how_its_person_signs_in(browser, person, method, route, body):
    _key, secret = make_key(person)

    answer = browser(method, route, body, Authorization=f"Bearer {secret}")

    assert answer.status_code == (409 if (method, route) == ("POST", "account/email") else 401)
    assert answer.json()["code"] in {"not_authenticated", "conflict"}
    assert not EmailAddress.objects.filter(email="second@example.org").exists()


def test_addresses_are_added_verified_made_primary_and_removed(browser, person, mailoutbox):
    # Letters are counted by address, also across tests.
    second = f"second-{person.public_id}@example.org"
    old = person.email
    browser.sign_in_and_confirm(person)

    added = browser("POST", "account/email", {"email": second})
    unverified = browser("PATCH", "account/email", {"email": second, "primary": True})
    again = browser("PUT", "account/email", {"email": second})
    browser("POST", "auth/email/verify", {"key": key_in(mailoutbox[0], "/confirm-email/")})
    primary = browser("PATCH", "account/email", {"email": second, "primary": True})
    refused = browser("DELETE", "account/email", {"email": second})
    removed = browser("DELETE", "account/email", {"email": old})
    strange = browser("DELETE", "account/email", {"email": make_person().email})

    assert [row["verified"] for row in added.json()["data"]] == [True, False]
    # So soon after the first letter there is no second.
    assert (fields(unverified), again.status_code, primary.status_code) == ({"email"}, 403, 200)
    assert (fields(refused), fields(strange)) == ({"email"}, {"email"})
    assert [(row["email"], row["primary"]) for row in removed.json()["data"]] == [(second, True)]
    person.refresh_from_db()
    assert person.email == second


def test_what_is_delicate_asks_for_the_password_again(stale, person):
    change = ("POST", "account/email", {"email": "second@example.org"})

    asked = stale(*change)
    wrong = stale("POST", "auth/reauthenticate", {"password": "wrong"})
    stale("POST", "auth/reauthenticate", {"password": PASSWORD})

    assert (asked.status_code, asked.json()["code"]) == (401, "reauthentication_required")
    assert asked.json()["data"]["flows"] == [{"id": "reauthenticate"}]
    assert (wrong.status_code, fields(wrong)) == (400, {"password"})
    assert stale(*change).status_code == 200


def test_an_authenticator_app_is_set_up_used_and_removed(browser, person):
    browser.sign_in_and_confirm(person)
    secret = browser("GET", "account/authenticators/totp").json()["meta"]["secret"]

    wrong = browser("POST", "account/authenticators/totp", {"code": "000000"})
    browser("POST", "account/authenticators/totp", {"code": totp_code(secret)})
    listed = {row["type"] for row in browser("GET", "account/authenticators").json()["data"]}
    codes = browser("POST", "account/authenticators/recovery-codes", {}).json()["data"]["unused_codes"]

    assert (fields(wrong), listed, len(codes)) == ({"code"}, {"totp", "recovery_codes"}, 10)

    other = Browser()
    half = other.sign_in(person)
    assert (half.status_code, half.json()["code"]) == (401, "authentication_pending")
    assert other.client.get("/api/v1/me/").status_code == 401
    assert fields(other("POST", "auth/2fa/authenticate", {"code": "000000"})) == {"code"}
    assert other("POST", "auth/2fa/authenticate", {"code": codes[0]}).status_code == 200
    assert other.client.get("/api/v1/me/").status_code == 200
    other("POST", "auth/2fa/reauthenticate", {"code": codes[1]})
    assert other("DELETE", "account/authenticators/totp").status_code == 200
    assert not Authenticator.objects.filter(user=person).exists()
    assert AuditEntry.objects.filter(action="second_factor.removed").exists()


def test_a_stale_session_sets_up_and_removes_no_second_factor(stale, person):
    add_totp(person)

    answers = [
        stale("DELETE", "account/authenticators/totp"),
        stale("POST", "account/authenticators/recovery-codes", {}),
        stale("GET", "account/authenticators/webauthn"),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "reauthentication_required")}
    assert stale("POST", "auth/2fa/reauthenticate", {"code": "000000"}).status_code == 400


def test_passkeys_are_named_anew_and_removed_by_their_person_only(browser, person):
    browser.sign_in_and_confirm(person)
    options = browser("GET", "account/authenticators/webauthn").json()["data"]["creation_options"]
    junk = browser("POST", "account/authenticators/webauthn", {"name": "x", "credential": {"id": "x"}})
    mine, other = (
        Authenticator.objects.create(
            user=user, type="webauthn", data={"name": "Phone", "credential": {}, "passwordless": True}
        )
        for user in (person, make_person())
    )

    strange = browser("DELETE", "account/authenticators/webauthn", {"authenticators": [other.pk]})
    browser("DELETE", "account/authenticators/webauthn", {"authenticators": [mine.pk]})

    assert options["publicKey"]["challenge"]
    assert (junk.status_code, fields(junk), fields(strange)) == (422, {"credential"}, {"authenticators"})
    assert list(Authenticator.objects.all()) == [other]


def test_a_passkey_that_nobody_has_signs_nobody_in(browser):
    options = browser("GET", "auth/webauthn/login")
    junk = browser("POST", "auth/webauthn/login", {"credential": {"id": "x"}})

    assert options.json()["data"]["request_options"]["publicKey"]["challenge"]
    assert (junk.status_code, fields(junk)) == (422, {"credential"})


def test_staff_set_up_their_second_factor_here_and_get_no_further_without(browser, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    admin = make_person(is_quality_admin=True)
    browser.sign_in_and_confirm(admin)
    assert browser.client.get("/api/v1/projects/").json()["code"] == "second_factor_required"

    secret = browser("GET", "account/authenticators/totp").json()["meta"]["secret"]
    browser("POST", "account/authenticators/totp", {"code": totp_code(secret)})
    codes = browser("GET", "account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    assert browser.client.get("/api/v1/projects/").json()["code"] == "second_factor_required"

    other = Browser()
    other.sign_in(admin)
    other("POST", "auth/2fa/authenticate", {"code": codes[0]})
    assert other.client.get("/api/v1/projects/").status_code == 200


@pytest.mark.parametrize(
    "raw", ["{", "[]", '"x"', r'{"email": "\u0000"}', r'{"email": "\ud800"}', b"\xff", "[" * 50_000]
)
@pytest.mark.parametrize("route", ["auth/login", "auth/signup", "auth/password/request"])
def test_what_is_no_object_is_refused(browser, route, raw):
    assert browser("POST", route, raw).status_code == 400


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=part", "application/x-www-form-urlencoded"])
def test_a_form_is_refused_where_json_belongs(browser, person, kind):
    token = {"X-CSRFToken": browser.client.cookies["csrftoken"].value}
    route = BASE + "auth/login"
    answer = browser.client.generic("POST", route, f"email={person.email}", content_type=kind, headers=token)

    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


@pytest.mark.parametrize("value", [None, 1, [], {"a": 1}, True, "x" * 5000])
@pytest.mark.parametrize("route", ["auth/login", "auth/signup", "auth/email/verify", "auth/password/reset"])
def test_values_of_other_types_are_refused(browser, route, value):
    names = ("email", "password", "key")

    assert browser("POST", route, dict.fromkeys(names, value)).status_code == 400


def test_a_write_without_the_csrf_token_is_a_problem(person):
    client = Client(enforce_csrf_checks=True)

    answer = client.post(BASE + "auth/login", {}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_method_that_is_not_there_is_a_problem(browser):
    answer = browser("PUT", "auth/login", {"email": "a@example.org", "password": "x"})

    assert answer.status_code in {400, 405}


def test_tries_are_limited(browser, person, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    answers = [browser.sign_in(person, "wrong").status_code for _each in range(3)]

    assert answers == [400, 400, 429]
