"""What nobody may send is not read: a form of gigabytes would lie on our disk before a view could ask who sends it."""

from io import BytesIO

import pytest
from django.test import Client

from annotation.models import Upload
from annotation.tests.factories import make_draft, make_team, make_user
from lib.bodies import STRANGERS_BYTES

pytestmark = pytest.mark.django_db
LIMIT = 20_000
BOUNDARY = "part"
TOKEN = "t" * 32


def form(file=b"text\nA quiet film\n", **fields):
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()


def send(path, body, *, person=None, **headers):
    """The answer, and how many bytes were read for it."""
    client = Client(enforce_csrf_checks=True)
    if person:
        client.force_login(person)
    client.cookies["csrftoken"] = TOKEN
    watched = BytesIO(body)
    environ = {
        "wsgi.input": watched,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
    }
    answer = client.generic("POST", path, headers=headers, **environ)
    return answer, watched.tell()


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def project(owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    return make_draft(owner=owner, team=make_team(owner=owner))


LARGE = form(b"x" * 2 * LIMIT, csrfmiddlewaretoken=TOKEN)


@pytest.mark.parametrize("path", ["/theme/", "/accounts/login/", "/profile/", "/api/v1/auth/token/"])
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_large_form_where_no_file_belongs_is_not_read(project, owner, path, is_signed_in):
    answer, read = send(path, LARGE, person=owner if is_signed_in else None)

    assert (answer.status_code, read) == (413, 0)
    assert ("problem+json" in answer["Content-Type"]) == path.startswith("/api/")


@pytest.mark.parametrize("path", ["/theme/", "/accounts/login/", "/accounts/signup/", "/api/v1/identity/auth/login"])
def test_a_stranger_is_read_as_much_as_a_form_of_words_has(owner, path):
    body = form(b"x" * STRANGERS_BYTES, csrfmiddlewaretoken=TOKEN)

    stranger, read = send(path, body)
    known, read_of_known = send(path, body, person=owner)
    claims_a_session, read_of_claim = send(path, body, Cookie="sessionid=made-up")

    assert (stranger.status_code, read, claims_a_session.status_code, read_of_claim) == (413, 0, 413, 0)
    assert (known.status_code < 500, known.status_code != 413, read_of_known) == (True, True, len(body))


@pytest.mark.parametrize("step", ["data", "gold", "targets"])
def test_files_of_strangers_and_outsiders_are_not_read(project, step):
    path = f"/projects/{project.pk}/setup/{step}/"

    stranger, read = send(path, LARGE)
    outsider, read_too = send(path, LARGE, person=make_user("outsider"))

    assert (stranger.status_code, stranger["Location"].startswith("/accounts/login/")) == (302, True)
    assert (outsider.status_code, read, read_too) == (404, 0, 0)


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": TOKEN}, {"Authorization": "Bearer fg_unknown"}])
def test_the_api_reads_no_file_of_strangers_and_outsiders(project, headers):
    path = f"/api/v1/projects/{project.pk}/uploads/"

    stranger, read = send(path, LARGE, **headers)
    outsider, read_too = send(path, LARGE, person=make_user("outsider"), **headers)

    assert stranger.status_code == 401
    assert (outsider.status_code, read, read_too) == (
        404 if "X-CSRFToken" in headers else 401 if headers else 403, 0, 0,
    )  # fmt: skip


def test_the_file_of_a_manager_is_taken_by_the_page_with_the_token_in_the_form(project, owner):
    path = f"/projects/{project.pk}/setup/data/"
    body = form(b"text\n" + b"A quiet film\n" * LIMIT, csrfmiddlewaretoken=TOKEN)

    without, _read = send(path, form(csrfmiddlewaretoken="u" * 32), person=owner)
    answer, read = send(path, body, person=owner)

    assert (without.status_code, answer.status_code, read) == (403, 302, len(body))
    assert Upload.objects.get().bytes > LIMIT


def test_the_file_of_a_manager_is_taken_by_the_api_with_the_token_in_the_header(project, owner):
    body = form(b"text\n" + b"A quiet film\n" * LIMIT)

    answer, read = send(f"/api/v1/projects/{project.pk}/uploads/", body, person=owner, **{"X-CSRFToken": TOKEN})

    assert (answer.status_code, read) == (201, len(body))
