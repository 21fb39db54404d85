import pytest
from django.test import Client

from accounts.models import Scope, User, Wallet
from accounts.tests.factories import make_key, make_person, make_signer, make_wallet


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def browser(person):
    client = Client()
    client.force_login(person)
    return client


def bearer(user: User, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_key(user, *scopes)[1]}"}


def send(client, method, url, data=None, **headers):
    return getattr(client, method)(url, data or {}, content_type="application/json", headers=headers)


@pytest.mark.django_db
def test_profile_is_read_and_changed(browser, person):
    changed = send(browser, "patch", "/api/v1/me/", {"display_name": "Amina", "languages": ["FR", "fr", "pt_br"],
                                                    "time_zone": "Africa/Algiers", "locale": "fr"})  # fmt: skip

    assert changed.status_code == 200
    read = browser.get("/api/v1/me/").json()
    assert (read["display_name"], read["languages"], read["time_zone"]) == ("Amina", ["fr", "pt-BR"], "Africa/Algiers")


@pytest.mark.django_db
def test_profile_explains_bad_fields_and_ignores_rights(browser, person):
    answer = send(
        browser, "patch", "/api/v1/me/", {"languages": ["french!"], "time_zone": "Mars/Olympus", "locale": "xx"}
    )
    send(browser, "patch", "/api/v1/me/", {"is_quality_admin": True, "is_staff": True, "email": "other@example.org"})

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"languages[0]", "time_zone", "locale"}
    person.refresh_from_db()
    assert (person.is_quality_admin, person.is_staff) == (False, False)


@pytest.mark.django_db
def test_prefs_of_the_workbench(browser):
    first = send(browser, "patch", "/api/v1/me/prefs/", {"shortcuts": False})
    bad = send(browser, "patch", "/api/v1/me/prefs/", {"evil": "x" * 1000})

    assert (first.json(), browser.get("/api/v1/me/prefs/").json()) == ({"shortcuts": False}, {"shortcuts": False})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "evil")


@pytest.mark.django_db
def test_key_needs_the_scope_of_the_method(person):
    reader, worker = bearer(person, Scope.READ), bearer(person, Scope.WORK)

    assert Client().get("/api/v1/me/", headers=reader).status_code == 200
    assert Client().get("/api/v1/me/", headers=worker).status_code == 403
    assert send(Client(), "patch", "/api/v1/me/", {"display_name": "x"}, **reader).status_code == 403
    assert send(Client(), "patch", "/api/v1/me/prefs/", {"sound": True}, **worker).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Bearer fg_wrong", "Bearer", "Bearer x", "Basic abc", "Bearer fg_" + "a" * 500])
def test_bad_keys_are_401_with_a_challenge(header):
    answer = Client().get("/api/v1/me/", headers={"Authorization": header})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="foggara"')


@pytest.mark.django_db
def test_a_keyed_request_takes_one_statement_for_who_asks(person, django_assert_num_queries):
    headers = bearer(person, Scope.READ)
    Client().get("/api/v1/me/", headers=headers)

    with django_assert_num_queries(1):
        Client().get("/api/v1/me/", headers=headers)


@pytest.mark.django_db
def test_wallet_is_linked_made_payout_and_unlinked(browser, person):
    first = make_wallet(person)
    signer = make_signer()

    linked = send(browser, "post", "/api/v1/me/wallets/", signed(browser, signer, "link"))
    url = f"/api/v1/me/wallets/{linked.json()['id']}/"
    payout = send(browser, "put", f"{url}payout/", signed(browser, signer, "change_payout"))
    refused = browser.delete(url)
    unlinked = browser.delete(f"/api/v1/me/wallets/{first.pk}/")

    assert (linked.status_code, payout.json()["is_payout"]) == (201, True)
    assert (refused.status_code, refused.json()["code"], unlinked.status_code) == (409, "payout_wallet", 204)
    assert [each["address"] for each in browser.get("/api/v1/me/wallets/").json()] == [signer.address]


@pytest.mark.django_db
def test_link_proof_does_not_change_the_payout_wallet(browser, person):
    make_wallet(person)
    signer = make_signer()
    linked = send(browser, "post", "/api/v1/me/wallets/", signed(browser, signer, "link")).json()

    answer = send(browser, "put", f"/api/v1/me/wallets/{linked['id']}/payout/", signed(browser, signer, "link"))

    assert answer.status_code == 422
    assert Wallet.objects.get(pk=linked["id"]).is_payout is False


@pytest.mark.django_db
def test_key_may_look_at_wallets_and_never_link_or_redirect_money(person):
    headers = bearer(person)
    spare = [make_wallet(person), make_wallet(person)][1]

    assert Client().get("/api/v1/me/wallets/", headers=headers).status_code == 200
    assert send(Client(), "post", "/api/v1/me/wallets/", **headers).status_code == 403
    assert send(Client(), "put", f"/api/v1/me/wallets/{spare.pk}/payout/", **headers).status_code == 403
    assert send(Client(), "delete", f"/api/v1/me/wallets/{spare.pk}/", **headers).status_code == 403


@pytest.mark.django_db
def test_outsider_finds_no_wallet_and_no_key(person):
    outsider = Client()
    outsider.force_login(make_person())
    wallet, key = make_wallet(person), make_key(person)[0]

    assert outsider.delete(f"/api/v1/me/wallets/{wallet.pk}/").status_code == 404
    assert outsider.delete(f"/api/v1/me/keys/{key.pk}/").status_code == 404


@pytest.mark.django_db
def test_keys_are_made_listed_and_revoked(browser):
    made = send(browser, "post", "/api/v1/me/keys/", {"name": "loop", "scopes": ["work"]}).json()

    listed = browser.get("/api/v1/me/keys/").json()["results"]
    browser.delete(f"/api/v1/me/keys/{made['key']['id']}/")

    assert [each["prefix"] for each in listed] == [made["secret"][:10]]
    assert "secret" not in str(listed)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert Client().get("/api/v1/me/prefs/", headers=headers).status_code == 401


@pytest.mark.django_db
def test_key_cannot_make_a_key(person):
    assert send(Client(), "post", "/api/v1/me/keys/", {"scopes": ["read"]}, **bearer(person)).status_code == 403


@pytest.mark.django_db
def test_writes_by_session_need_the_csrf_token(person):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)

    assert send(browser, "patch", "/api/v1/me/", {"display_name": "x"}).status_code == 403


@pytest.mark.django_db
def test_languages_can_be_chosen_from_a_list(browser):
    assert {"tag": "fr", "name": "français"} in browser.get("/api/v1/languages/").json()


def signed(browser, signer, purpose):
    asked = send(browser, "post", "/api/v1/auth/wallet/challenge/", {"address": signer.address, "purpose": purpose})
    message = asked.json()["message"]
    return {"message": message, "signature": signer.sign(message)}
