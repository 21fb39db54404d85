import re
from datetime import datetime

import pytest

pytestmark = pytest.mark.django_db


def test_security_note_names_the_contact_and_ends_within_a_year(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    settings.SITE_URL = "https://label.example.org"

    response = client.get("/.well-known/security.txt")

    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:security@example.org"
    assert fields["Canonical"] == "https://label.example.org/.well-known/security.txt"
    assert 0 < (datetime.fromisoformat(fields["Expires"]) - datetime.now().astimezone()).days < 365


def test_without_a_contact_there_is_no_security_note(client):
    assert client.get("/.well-known/security.txt").status_code == 404


def test_robots_are_kept_from_what_is_somebodys(client):
    text = client.get("/robots.txt").content.decode()

    assert re.search(r"^Allow: /\$$", text, re.MULTILINE)
    assert text.endswith("Disallow: /\n")


def test_favicon_is_an_icon_that_exists(client):
    response = client.get("/favicon.ico")

    assert response.headers["Location"] == "/static/icons/favicon.svg"
