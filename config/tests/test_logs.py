"""Operators' log: one JSON object a line with the request's id, and no secret in it."""

import io
import json
import logging
import logging.config

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import path

import config.urls
from accounts.tests.factories import make_person
from lib.request_id import current_request_id

log = logging.getLogger("foggara.test")


def noted(request):
    log.warning("Something %s happened.", "odd")
    raise RuntimeError("no use")


urlpatterns = [path("noted/", noted), *config.urls.urlpatterns]
handler500 = "config.views.server_error"


@pytest.fixture
def lines():
    """The product's own configuration, writing where we can read."""
    written = io.StringIO()
    said = {**django_settings.LOGGING, "handlers": {"console": {**django_settings.LOGGING["handlers"]["console"]}}}
    said["handlers"]["console"] |= {"stream": written, "formatter": "json"}
    logging.config.dictConfig(said)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.config.dictConfig(django_settings.LOGGING)


@pytest.mark.urls(__name__)
def test_every_line_of_a_request_carries_its_id(lines):
    response = Client(raise_request_exception=False).get("/noted/", headers={"X-Request-ID": "from-the-proxy-1"})

    assert response.headers["X-Request-ID"] == "from-the-proxy-1"
    found = lines()
    assert {line["request_id"] for line in found} == {"from-the-proxy-1"}
    assert [line["message"] for line in found] == ["Something odd happened.", "Internal Server Error: /noted/"]
    assert found[1]["levelname"] == "ERROR"
    assert "RuntimeError: no use" in found[1]["exc_info"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("given", ["short", "x" * 65, 'a"b":"forged"}', "two\nlines-of-log", "späte-kennung"])
def test_an_id_that_is_not_well_formed_is_replaced(given):
    response = Client(raise_request_exception=False).get("/noted/", headers={"X-Request-ID": given})

    assert len(response.headers["X-Request-ID"]) == 32
    assert current_request_id() == "-"


def test_a_line_break_in_a_message_cannot_forge_a_line(lines):
    log.warning("A name: %s", 'Eve\n{"levelname": "INFO", "message": "All is well"}')

    assert len(lines()) == 1


@pytest.mark.django_db
def test_signing_in_and_failing_to_leaves_no_password_or_key_in_the_log(lines):
    person = make_person()
    client = Client(raise_request_exception=False)
    logging.getLogger().setLevel(logging.DEBUG)

    client.post("/accounts/login/", {"login": person.email, "password": "hunter2-hunter2"})
    client.get("/api/v1/me/", headers={"Authorization": "Bearer fg_hunter2hunter2"})
    client.post("/api/v1/auth/token/", {"email": person.email, "password": "hunter2"}, content_type="application/json")

    assert "hunter2" not in json.dumps(lines())
