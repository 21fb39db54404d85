from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import Assignment
from annotation.tests.factories import make_items, make_lease, make_media, make_project, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def scene():
    owner, viewer, worker = make_user("owner"), make_user("viewer"), make_user()
    project = make_project(items=0, owner=owner, team=make_team(owner=owner, viewer=viewer))
    media = make_media(project, original_name="düne 1.png")
    default_storage.save(media.path, ContentFile(b"\x89PNG"))
    (item,) = make_items(project, 1, media=media)
    lease = make_lease(item, worker)
    return media, {"owner": owner, "viewer": viewer, "worker": worker}, lease


def get(user, media, path="/api/v1/media/{}/", **headers):
    client = Client()
    client.force_login(user)
    return read(client.get(path.format(media if isinstance(media, str) else media.pk), headers=headers))


def read(response):
    """Read to its end: a file left open is noticed as a leak."""
    if response.streaming:
        response.body = b"".join(response.streaming_content)
    return response


@pytest.mark.parametrize("path", ["/api/v1/media/{}/", "/media/{}/"])
@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("viewer", 200), ("worker", 200), ("quality", 200), ("outsider", 404)]
)
def test_only_who_works_with_it_and_the_team_see_a_file(scene, path, who, status):
    media, people, _lease = scene
    people |= {"quality": make_user("quality", is_quality_admin=True), "outsider": make_user("outsider")}

    assert get(people[who], media, path).status_code == status


def test_absent_and_forbidden_look_alike(scene):
    media, _people, _lease = scene
    outsider = make_user("outsider")

    assert get(outsider, media).json() == get(outsider, str(uuid4())).json()


@pytest.mark.parametrize(
    ("state", "status"), [("submitted", 200), ("released", 404), ("skipped", 404), ("expired", 404)]
)
def test_a_file_is_seen_while_the_item_is_held_and_after_it_was_answered(scene, state, status):
    media, people, lease = scene
    Assignment.objects.filter(pk=lease.pk).update(state=state)

    assert get(people["worker"], media).status_code == status


def test_a_file_cannot_run_anything(scene):
    media, people, _lease = scene

    response = get(people["worker"], media, Accept="image/avif,image/webp")

    assert response.body == b"\x89PNG"
    assert response["Content-Type"] == "image/png"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == "inline; filename*=utf-8''d%C3%BCne%201.png"
    assert "private" in response["Cache-Control"]
    assert "public" not in response["Cache-Control"]


def test_what_browsers_might_run_is_handed_out_as_bytes(scene):
    media, people, _lease = scene
    media.content_type = "image/svg+xml"
    media.save()

    response = get(people["worker"], media)

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_an_unchanged_file_is_not_sent_again_but_asked_for_every_time(scene):
    media, people, _lease = scene
    etag = get(people["worker"], media)["ETag"]

    again = get(people["worker"], media, **{"If-None-Match": etag})
    outsider = get(make_user("outsider"), media, **{"If-None-Match": etag})

    assert (again.status_code, outsider.status_code) == (304, 404)


def test_a_lost_file_is_a_404(scene):
    media, people, _lease = scene
    default_storage.delete(media.path)

    assert get(people["worker"], media).status_code == 404


def test_a_file_costs_two_statements(scene):
    media, people, _lease = scene
    client = Client()
    client.force_login(people["worker"])
    read(client.get(f"/api/v1/media/{media.pk}/"))

    with CaptureQueriesContext(connection) as queries:
        read(client.get(f"/api/v1/media/{media.pk}/"))

    assert len(queries) == 2
