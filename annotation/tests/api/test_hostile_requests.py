"""What strangers send to see whether something breaks: always a refusal, never a failure of ours."""

import base64
import json
import os
import subprocess
import sys
from urllib.parse import urlencode

import pytest

from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import make_draft, make_gold, make_lease, make_project, make_team, make_token, make_user

pytestmark = pytest.mark.django_db


def put_draft(client, lease, raw):
    return client.put(f"/api/v1/work/leases/{lease.pk}/draft/", raw, content_type="application/json")


@pytest.fixture
def worker():
    return make_user()


@pytest.fixture
def lease(worker):
    return make_lease(make_project().items.first(), worker)


@pytest.mark.parametrize("text", [r"\u0000", r"\ud800", r"a\udfffb"])
@pytest.mark.parametrize("body", ['{{"result": {{"a": ["{}"]}}}}', '{{"result": {{"{}": 1}}}}'])
def test_characters_that_postgresql_cannot_keep_are_refused(worker, lease, body, text):
    answer = put_draft(signed_in(worker), lease, body.format(text))

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_escapes_of_ordinary_characters_are_taken(worker, lease):
    answer = put_draft(signed_in(worker), lease, r'{"result": {"a": "\u00e9\ud83d\ude00\\u0000"}}')

    lease.refresh_from_db()
    assert (answer.status_code, lease.draft) == (204, {"a": "é😀\\u0000"})


def test_a_deeply_nested_body_does_not_take_the_process_with_it(worker, lease):
    """Also in a process of its own, as the server runs it: a library raises the limit when it is imported."""
    code = (
        "import django; django.setup(); import json, eth_keyfile\n"
        "try: json.loads('[' * 200_000)\nexcept RecursionError: print('refused')"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings_test"},
    )  # fmt: skip

    assert found.stdout == "refused\n", found.stderr[-500:]


@pytest.mark.parametrize(
    "raw",
    [
        '{"result": {"a": ' + "[" * 900 + "]" * 900 + "}}",
        "[" * 200_000,
        '{"result": ' + "9" * 5000 + "}",
        b"\xff",
        '{"result": NaN}',
        "{",
    ],
)
def test_what_is_no_json_is_refused(worker, lease, raw):
    assert put_draft(signed_in(worker), lease, raw).status_code == 400


def test_a_body_above_the_limit_is_not_read_whole(worker, lease, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = put_draft(signed_in(worker), lease, json.dumps({"result": {"a": "x" * 1000}}))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("position", ["x", "99999999999999999999999999", "", "2026-13-45"])
@pytest.mark.parametrize("path", ["projects/{pk}/items/", "projects/", "work/projects/", "me/answers/"])
def test_a_cursor_of_ones_own_making_names_no_page(path, position):
    project = make_draft()
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()

    answer = signed_in(project.created_by).get(f"/api/v1/{path.format(pk=project.pk)}", {"cursor": cursor})

    assert answer.status_code in {200, 404}


def test_a_null_character_in_an_address_is_refused():
    project = make_draft()
    client = signed_in(project.created_by)

    for address in (f"/api/v1/projects/{project.pk}/items/?state=%00", "/invitations/a%00b/"):
        assert client.get(address).status_code == 400


def test_a_price_in_a_token_that_is_not_offered_any_more_is_refused():
    project = make_draft()
    gone = make_token(is_active=False)

    answer = signed_in(project.created_by).patch(
        f"/api/v1/projects/{project.pk}/", json.dumps({"token": str(gone.pk)}), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "token")


def test_gold_of_an_item_that_no_number_can_name_is_refused():
    project = make_draft()

    answer = signed_in(project.created_by).post(
        f"/api/v1/projects/{project.pk}/gold/",
        json.dumps([{"item": 10**30, "value": {"sentiment": "pos"}}]),
        content_type="application/json",
    )

    assert answer.status_code == 422


def test_members_who_annotate_for_their_own_team_do_not_see_what_is_gold_or_decided():
    owner, member, reviewer = make_user(), make_user(), make_user()
    team = make_team(owner=owner, viewer=member, reviewer=reviewer)
    project = make_project(team=team, owner=owner, team_only=True)
    public = make_project(team=team, owner=owner)
    item = make_gold(project)

    paths = [
        f"/api/v1/projects/{project.pk}/items/",
        f"/projects/{project.pk}/items/",
        f"/projects/{project.pk}/items/{item.pk}/",
    ]
    seen = {user: [signed_in(user).get(path).status_code for path in paths] for user in (owner, reviewer, member)}

    assert seen == {owner: [200] * 3, reviewer: [404] * 3, member: [404] * 3}
    assert paths[1] not in signed_in(member).get(f"/projects/{project.pk}/").content.decode()
    assert signed_in(member).get(f"/api/v1/projects/{public.pk}/items/").status_code == 200
