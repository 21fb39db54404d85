"""What every answer tells the browser, on pages of every sort: ours, allauth's, the admin's, errors, JSON, files."""

import re

import pytest
from django.test import Client
from django.urls import path

import config.urls
from accounts.tests.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}
PUBLIC = ["/", "/styleguide/", "/accounts/login/", "/accounts/signup/", "/no/such/page/", "/health/live/",
          "/robots.txt", "/api/v1/schema/", "/api/v1/docs/", "/api/v1/me/", "/admin/login/"]  # fmt: skip
PERSONAL = ["/profile/", "/teams/", "/wallets/", "/keys/", "/earnings/", "/accounts/2fa/", "/api/v1/me/"]
HTTPS = {
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}


def assert_guarded(response):
    headers = response.headers
    assert {part.strip() for part in headers["Content-Security-Policy"].split(";")} == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])


@pytest.mark.parametrize("address", PUBLIC)
def test_every_public_answer_is_guarded(client, address):
    assert_guarded(client.get(address))


@pytest.mark.parametrize("address", PERSONAL)
def test_every_personal_answer_is_guarded_and_kept_by_nobody(client, address):
    client.force_login(make_person())

    response = client.get(address)

    assert_guarded(response)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]


def test_a_refused_form_is_guarded_too():
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})

    assert response.status_code == 403
    assert_guarded(response)


def fail(request):
    raise RuntimeError("postgres://foggara:hunter2@db/label")


urlpatterns = [path("fail/", fail), *config.urls.urlpatterns]
handler500 = "config.views.server_error"


@pytest.mark.urls(__name__)
def test_a_failure_is_guarded_and_tells_only_the_request_id():
    response = Client(raise_request_exception=False).get("/fail/")

    assert response.status_code == 500
    assert_guarded(response)
    assert response.headers["X-Request-ID"] in response.content.decode()
    assert "hunter2" not in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/styleguide/", "/accounts/login/", "/accounts/signup/", "/api/v1/docs/"])
def test_pages_carry_nothing_that_the_policy_refuses(client, address):
    html = client.get(address).content.decode()

    scripts = re.findall(r"<script\b([^>]*)>", html)
    inline = [
        attributes for attributes in scripts if " src=" not in attributes and "application/json" not in attributes
    ]
    assert inline == []
    assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=\"|javascript:", html) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]*\.(?:js|css|png|svg|woff2?)\"", html) == []


def test_https_is_kept_to_when_the_site_has_it(client, settings):
    for name, value in HTTPS.items():
        setattr(settings, name, value)

    insecure = client.get("/")
    secure = client.get("/", secure=True)

    assert (insecure.status_code, insecure.headers["Location"]) == (301, "https://testserver/")
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_cookies_are_kept_from_scripts_other_sites_and_plain_connections(client, settings):
    for name, value in HTTPS.items():
        setattr(settings, name, value)
    person = make_person()
    client.get("/accounts/login/", secure=True)
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD}, secure=True)

    session, csrf = client.cookies["sessionid"], client.cookies["csrftoken"]

    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    assert (csrf["secure"], csrf["samesite"]) == (True, "Lax")


def test_a_host_that_is_not_ours_is_refused(client):
    response = client.get("/", headers={"Host": "elsewhere.example"})

    assert response.status_code == 400


def test_no_answer_lets_another_site_read_it(client):
    response = client.get("/api/v1/schema/", headers={"Origin": "https://elsewhere.example"})

    assert [name for name in response.headers if name.startswith("Access-Control-")] == []
