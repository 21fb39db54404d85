import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, Membership, Role, Team
from accounts.tests.factories import PASSWORD, add_totp, make_membership, make_person, make_team, make_wallet


def browser_of(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.django_db
def test_sign_in_offers_address_passkey_and_wallet(client):
    page = client.get(reverse("account_login")).content.decode()

    assert 'name="password"' in page
    assert 'id="passkey_login"' in page
    assert "data-wallet-sign-in" in page


PAGES = ("account_login", "account_signup", "account_reset_password", "account_email", "account_logout", "mfa_index",
         "profile", "wallets", "api-keys", "team-list")  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_pages_carry_no_inline_script_style_or_handler(name):
    person = make_person()
    make_wallet(person)
    client = browser_of(person) if not name.startswith(("account_login", "account_signup")) else Client()

    page = client.get(reverse(name))

    assert page.status_code == 200
    html = page.content.decode()
    inline = [
        tag for tag in re.findall(r"<script\b[^>]*>", html) if "src=" not in tag and "application/json" not in tag
    ]
    assert inline == []
    assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=[\"']", html) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "http:///evil.example", "javascript:alert(1)"]
)
def test_sign_in_redirects_nowhere_else(client, settings, target):
    settings.LOGIN_REDIRECT_URL = "profile"
    person = make_person()

    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD, "next": target})

    assert (answer.status_code, answer["Location"]) == (302, "/profile/")


@pytest.mark.django_db
def test_password_reset_does_not_tell_whether_an_address_is_known(client, mailoutbox):
    make_person(email="known@example.org")

    known = client.post(reverse("account_reset_password"), {"email": "known@example.org"})
    unknown = client.post(reverse("account_reset_password"), {"email": "unknown@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.django_db
def test_sign_up_does_not_tell_whether_an_address_is_known(client, settings):
    make_person(email="known@example.org")
    data = {"password1": PASSWORD, "password2": PASSWORD}

    known = client.post(reverse("account_signup"), {"email": "known@example.org", **data})
    unknown = Client().post(reverse("account_signup"), {"email": "unknown@example.org", **data})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.django_db
def test_profile_is_saved_and_speaks_the_chosen_language():
    person = make_person()
    client = browser_of(person)

    answer = client.post(reverse("profile"), {"display_name": "Amina", "spoken": ["ar", "fr"], "more_languages": "ZGH, pt_br",
                                              "locale": "fr", "time_zone": "Africa/Algiers"})  # fmt: skip

    person.refresh_from_db()
    assert (answer.status_code, person.languages) == (302, ["ar", "fr", "zgh", "pt-BR"])
    assert client.cookies["django_language"].value == "fr"
    assert '<html lang="fr"' in client.get(reverse("profile")).content.decode()


@pytest.mark.django_db
def test_profile_language_speaks_unless_this_device_chose_another():
    client = browser_of(make_person(locale="ja"))

    from_profile = client.get(reverse("team-list")).content.decode()
    client.cookies["django_language"] = "fr"
    from_device = client.get(reverse("team-list")).content.decode()

    assert '<html lang="ja"' in from_profile
    assert '<html lang="fr"' in from_device


@pytest.mark.django_db
def test_profile_explains_a_bad_language_tag():
    person = make_person(display_name="Before")

    page = browser_of(person).post(reverse("profile"), {"more_languages": "klingon!"})

    person.refresh_from_db()
    assert (page.status_code, person.display_name) == (200, "Before")
    assert "is not a language tag" in page.content.decode()


@pytest.mark.django_db
def test_times_are_shown_in_the_persons_zone():
    person = make_person(time_zone="Asia/Tokyo")

    assert "JST" in browser_of(person).get(reverse("profile")).content.decode()


@pytest.mark.django_db
def test_vanished_time_zone_breaks_nothing():
    assert browser_of(make_person(time_zone="Old/Zone")).get(reverse("profile")).status_code == 200


@pytest.mark.django_db
def test_new_key_is_shown_once():
    person = make_person()
    client = browser_of(person)

    page = client.post(reverse("api-keys"), {"name": "loop", "scopes": ["read"], "lives": "90"}).content.decode()

    prefix = ApiKey.objects.get().prefix
    secret = re.search(r"fg_[\w-]{43}", page)[0]
    assert secret.startswith(prefix)
    assert secret not in client.get(reverse("api-keys")).content.decode()


@pytest.mark.django_db
def test_key_form_explains_missing_scopes():
    page = browser_of(make_person()).post(reverse("api-keys"), {"name": "loop"})

    assert (page.status_code, ApiKey.objects.count()) == (200, 0)
    assert "errorlist" in page.content.decode()


@pytest.mark.django_db
def test_refused_unlink_says_why():
    person = make_person()
    payout = make_wallet(person)

    page = browser_of(person).post(reverse("wallet-unlink", args=[payout.pk]), follow=True)

    assert "Choose another payout wallet first." in page.content.decode()


@pytest.mark.django_db
def test_team_page_shows_an_owner_what_a_viewer_does_not_see():
    owner, viewer = make_person(), make_person()
    team = make_team(owner)
    make_membership(team, viewer, Role.VIEWER)
    url = reverse("team-detail", args=[team.pk])

    as_owner, as_viewer = (browser_of(who).get(url).content.decode() for who in (owner, viewer))

    assert ("invitations/" in as_owner, "invitations/" in as_viewer) == (True, False)
    assert ("/audit/" in as_owner, "/audit/" in as_viewer) == (True, False)


@pytest.mark.django_db
def test_newcomer_joins_by_the_link():
    owner, newcomer = make_person(), make_person()
    team = make_team(owner)
    page = (
        browser_of(owner)
        .post(reverse("team-invite", args=[team.pk]), {"email": "n@example.org", "role": "reviewer"})
        .content.decode()
    )
    path = re.search(r"http://localhost:8000(/invitations/[\w-]+/)", page)[1]

    stranger = Client().get(path).content.decode()
    joined = browser_of(newcomer).post(path)
    again = browser_of(make_person()).get(path)

    assert "/accounts/signup/?next=/invitations/" in stranger
    assert joined["Location"] == reverse("team-detail", args=[team.pk])
    assert Membership.objects.get(user=newcomer).role == "reviewer"
    assert again.status_code == 404


@pytest.mark.django_db
def test_team_is_founded_from_its_page():
    founder = make_person()

    answer = browser_of(founder).post(reverse("team-list"), {"name": "Oasis"})

    assert answer["Location"] == reverse("team-detail", args=[Team.objects.get().pk])


@pytest.mark.django_db
def test_suspended_person_may_sign_in_and_is_told(client, settings):
    settings.LOGIN_REDIRECT_URL = "profile"
    person = make_person(is_suspended=True)

    page = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}, follow=True)

    assert "Your account is suspended" in page.content.decode()


@pytest.mark.django_db
def test_second_factor_is_asked_for_after_the_password(client):
    person = make_person()
    add_totp(person)

    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})

    assert answer["Location"] == reverse("mfa_authenticate")


@pytest.mark.django_db
def test_admin_site_has_no_sign_in_page_of_its_own(client):
    page = client.get("/admin/", follow=True)

    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))


@pytest.mark.django_db
def test_staff_without_a_second_factor_is_led_to_set_one_up(settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True

    answer = browser_of(make_person(is_staff=True, is_superuser=True)).get("/admin/")

    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))


@pytest.mark.django_db
@pytest.mark.parametrize("right", ["is_quality_admin", "is_finance_admin", "is_staff"])
def test_staff_without_a_second_factor_reach_nothing_but_the_way_to_one(settings, right):
    """Quality admins see every project on the clients' own pages, finance admins every escrow by the API."""
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    staff, worker = browser_of(make_person(**{right: True})), browser_of(make_person())

    pages = [staff.get(path) for path in ("/projects/", "/dashboard/", "/profile/", "/keys/")]
    calls = [staff.get("/api/v1/escrows/"), staff.post("/api/v1/me/keys/", {}, content_type="application/json")]

    assert {page.get("Location") for page in pages} == {reverse("mfa_index")}
    assert [(call.status_code, call.json()["code"]) for call in calls] == [(403, "second_factor_required")] * 2
    assert [staff.get(path).status_code for path in ("/", reverse("mfa_index"))] == [200, 200]
    assert worker.get("/projects/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Basic x", "Bearer fg_unknown", "x"])
def test_a_header_of_ones_own_making_is_no_second_factor(settings, header):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    staff = browser_of(make_person(is_quality_admin=True))

    page, call = (staff.get(path, headers={"Authorization": header}) for path in ("/projects/", "/api/v1/projects/"))

    assert page["Location"] == reverse("mfa_index")
    assert call.status_code in {401, 403}


@pytest.mark.django_db
def test_admin_shows_audit_entries_and_changes_none():
    client = browser_of(make_person(is_staff=True, is_superuser=True))
    browser_of(make_person()).post(reverse("team-list"), {"name": "Oasis"})

    listed = client.get("/admin/accounts/auditentry/")

    assert listed.status_code == 200
    assert client.get("/admin/accounts/auditentry/add/").status_code == 403


@pytest.mark.django_db
def test_staff_cannot_raise_their_own_rights():
    from django.contrib.auth.models import Permission

    staff, person = make_person(is_staff=True), make_person()
    staff.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    client = browser_of(staff)
    rights = {"is_superuser": "on", "is_staff": "on", "is_quality_admin": "on", "display_name": "x", "is_active": "on"}

    client.post(f"/admin/accounts/user/{staff.pk}/change/", rights)
    client.post(f"/admin/accounts/user/{person.pk}/change/", rights)

    for each in (staff, person):
        each.refresh_from_db()
    assert (staff.is_superuser, staff.is_quality_admin) == (False, False)
    assert (person.is_superuser, person.is_staff, person.is_quality_admin) == (False, False, False)
