import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.api_key import create_key
from accounts.models import Scope
from annotation.models import Answer, Assignment, Project
from annotation.queries.figures import forget_figures
from annotation.tests.factories import (
    make_answer,
    make_lease,
    make_project,
    make_target,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
POSITIVE = {"sentiment": "pos"}


def signed_in(user, **more):
    client = Client(**more)
    client.force_login(user)
    return client


def post(client, path, body=None, **headers):
    return client.post(f"/api/v1/work/{path}", json.dumps(body or {}), content_type="application/json", headers=headers)


def take(client, project, n=1):
    return post(client, f"projects/{project.pk}/leases/", {"n": n}).json()


def submit(client, lease, result=None, key=None, **more):
    body = {"lease": lease["id"], "result": result or POSITIVE, "lead_ms": 5, "active_ms": 4, "schema_version": 1}
    body |= more
    return post(client, "answers/", body, **{"Idempotency-Key": str(key or uuid4())})


def test_the_whole_way_from_list_to_answer():
    project = make_project(items=3)
    client = signed_in(make_user())

    (listed,) = client.get("/api/v1/work/projects/").json()["results"]
    opened = client.get(f"/api/v1/work/projects/{project.pk}/").json()
    taken = take(client, project, 2)
    answered = submit(client, taken["leases"][0])

    assert (listed["id"], listed["why_not"], listed["remaining"]) == (str(project.pk), [], 9)
    assert opened["schema"]["fields"][0]["name"] == "sentiment"
    assert "<p>Read, then choose.</p>" in opened["instructions_html"]
    assert (taken["state"], taken["why"], taken["retry_after_s"]) == ("ok", [], None)
    assert set(taken["leases"][0]) == {
        "id", "item", "data", "media", "schema_version", "expires_at", "expires_in_s", "price", "draft", "returned",
    }  # fmt: skip
    assert taken["leases"][0]["price"]["minor"] == "50000"
    assert taken["leases"][0]["price"]["token"]["symbol"] == "TEST"
    assert answered.status_code == 201
    body = answered.json()
    assert (body["state"], body["earned"]["minor"], body["pending"]["minor"]) == ("pending", "0", "50000")
    assert body["progress"] == {"mine": 1, "project_done": 0, "project_total": 9}


def test_the_workbench_finds_its_live_leases_again_with_their_drafts():
    project = make_project(items=2)
    client = signed_in(make_user())
    (lease,) = take(client, project)["leases"]

    saved = client.put(
        f"/api/v1/work/leases/{lease['id']}/draft/", json.dumps({"result": {"sentiment": "neg"}}), "application/json"
    )
    (found,) = client.get(f"/api/v1/work/projects/{project.pk}/").json()["leases"]

    assert saved.status_code == 204
    assert (found["id"], found["item"], found["draft"]) == (lease["id"], lease["item"], {"sentiment": "neg"})


def test_a_repeat_with_the_same_key_is_200_with_the_same_body():
    project = make_project(items=1)
    client, key = signed_in(make_user()), uuid4()
    (lease,) = take(client, project)["leases"]

    first, second = submit(client, lease, key=key), submit(client, lease, key=key)
    third = submit(client, lease, {"sentiment": "neg"}, key=key)
    fourth = submit(client, lease)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert (third.status_code, third.json()["code"]) == (422, "key_reused")
    assert (fourth.status_code, fourth.json()["code"]) == (409, "already_answered")
    assert fourth["Content-Type"] == "application/problem+json"


def test_bad_input_is_explained_field_by_field():
    project = make_project(items=1)
    client = signed_in(make_user())
    (lease,) = take(client, project)["leases"]

    wrong = submit(client, lease, {"sentiment": "meh"})
    keyless = post(client, "answers/", {"lease": lease["id"], "result": POSITIVE})
    shapeless = submit(client, {"id": "x"})
    listed = client.post("/api/v1/work/answers/", "[]", content_type="application/json")
    broken = client.post("/api/v1/work/answers/", "{", content_type="application/json")

    assert wrong.status_code == 422
    assert [error["field"] for error in wrong.json()["errors"]] == ["result.sentiment"]
    assert (keyless.status_code, keyless.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert (shapeless.status_code, shapeless.json()["errors"][0]["field"]) == (422, "lease")
    assert (listed.status_code, broken.status_code) == (422, 400)


@pytest.mark.parametrize("n", [0, 21, "5", None, True, 1.5])
def test_how_many_leases_is_a_number_from_1_to_20(n):
    project = make_project()

    refused = post(signed_in(make_user()), f"projects/{project.pk}/leases/", {"n": n})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "n")


def test_heartbeat_skip_and_release():
    project = make_project(items=3)
    client = signed_in(make_user())
    skipped, released, kept = take(client, project, 3)["leases"]

    skip = post(client, f"leases/{skipped['id']}/skip/", {"reason": "unclear", "note": ""})
    release = client.delete(f"/api/v1/work/leases/{released['id']}/")
    beat = post(client, "leases/heartbeat/", {"leases": [kept["id"], skipped["id"]]}).json()["leases"]

    assert (skip.status_code, release.status_code) == (204, 204)
    assert [(each["live"], each["expires_in_s"] is None) for each in beat] == [(True, False), (False, True)]
    assert sorted(Assignment.objects.values_list("state", flat=True)) == ["leased", "released", "skipped"]


@pytest.mark.parametrize(("method", "path"), [("delete", ""), ("put", "draft/"), ("post", "skip/")])
def test_a_foreign_lease_and_none_look_alike(method, path):
    project = make_project(items=1)
    (lease,) = take(signed_in(make_user()), project)["leases"]
    outsider = signed_in(make_user("outsider"))
    body = json.dumps({"result": {}, "reason": "other"})

    answers = [
        getattr(outsider, method)(f"/api/v1/work/leases/{pk}/{path}", body, content_type="application/json")
        for pk in (lease["id"], uuid4())
    ]

    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_a_project_that_a_team_keeps_to_itself_looks_absent():
    owner = make_user("owner")
    project = make_project(owner=owner, team=make_team(owner=owner), team_only=True)
    draft = make_project(state="draft")
    outsider = signed_in(make_user("outsider"))

    for pk in (project.pk, draft.pk, uuid4()):
        assert outsider.get(f"/api/v1/work/projects/{pk}/").status_code == 404
        assert post(outsider, f"projects/{pk}/leases/", {"n": 1}).status_code == 404
    assert outsider.get("/api/v1/work/projects/").json()["results"] == []
    assert len(take(signed_in(owner), project)["leases"]) == 1


def test_who_gets_nothing_is_told_why():
    project = make_project(languages=["de"])

    taken = take(signed_in(make_user()), project)

    assert (taken["state"], taken["leases"]) == ("not_eligible", [])
    assert set(taken["why"][0]) == {"code", "message", "fix"}


def test_strangers_and_keys_without_the_scope_are_refused():
    project = make_project()
    worker = make_user()
    _key, secret = create_key(worker, name="reader", scopes=[Scope.READ])

    anonymous = post(Client(), f"projects/{project.pk}/leases/", {"n": 1})
    reader = post(Client(), f"projects/{project.pk}/leases/", {"n": 1}, Authorization=f"Bearer {secret}")
    without_csrf = post(signed_in(worker, enforce_csrf_checks=True), f"projects/{project.pk}/leases/", {"n": 1})

    assert anonymous.status_code in {401, 403}
    assert (reader.status_code, without_csrf.status_code) == (403, 403)
    assert Assignment.objects.count() == 0


def statements_of(call):
    """What one call costs, BEGIN and SAVEPOINT included; read at once, because the next request empties the log."""
    with CaptureQueriesContext(connection) as queries:
        response = call()
    return response, [query["sql"] for query in queries.captured_queries]


# Not inside a test's transaction: there, a savepoint that the product does not need would be counted.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_key", [False, True])
def test_next_and_submit_cost_few_statements(is_key):
    project = make_project(items=20)
    worker = make_user()
    client, headers = signed_in(worker), {}
    if is_key:
        _key, secret = create_key(worker, name="bot", scopes=[Scope.WORK])
        client, headers = Client(), {"Authorization": f"Bearer {secret}"}

    def take_one():
        return post(client, f"projects/{project.pk}/leases/", {"n": 1}, **headers)

    def send(leased):
        body = {"lease": leased.json()["leases"][0]["id"], "result": POSITIVE, "schema_version": 1}
        return post(client, "answers/", body, **{"Idempotency-Key": str(uuid4()), **headers})

    send(take_one())
    forget_figures()

    taken, next_item = statements_of(take_one)
    answered, cold = statements_of(lambda: send(taken))
    taken_again, _same = statements_of(take_one)
    _answered, warm = statements_of(lambda: send(taken_again))

    assert answered.status_code == 201
    assert len(next_item) == 3, next_item  # the person, the standing, the draw
    assert len(cold) == 4, cold  # the person, the situation, the answer, the project's figures
    assert len(warm) == 3, warm


def test_the_list_costs_the_same_for_one_and_for_many_projects():
    client = signed_in(make_user())

    def count():
        return len(statements_of(lambda: client.get("/api/v1/work/projects/"))[1])

    make_project()
    count()
    one = count()
    for _each in range(3):
        make_project()
    assert count() == one
    assert one <= 5


def test_the_list_shows_pace_and_pay_once_twenty_answers_are_there():
    project = make_project(items=1, overlap=30)
    client = signed_in(make_user())
    (before,) = client.get("/api/v1/work/projects/").json()["results"]
    for number in range(20):
        make_answer(project.items.get(), make_user(), active_ms=9_000 + 100 * number)

    (after,) = client.get("/api/v1/work/projects/").json()["results"]

    assert (before["pace"]["median_ms"], before["pace"]["hourly"]) == (None, None)
    assert after["pace"]["median_ms"] == 9_950
    # 50,000 × 3,600,000 / 9,950 is 18,090,452; three digits are as much as an estimate knows.
    assert int(after["pace"]["hourly"]["minor"]) == 18_000_000
    assert (after["remaining"], after["progress"]["project_done"]) == (10, 20)


def test_the_list_can_be_narrowed_and_paged():
    for languages in ([], [], ["de"]):
        make_project(languages=languages)
    client = signed_in(make_user())

    able = client.get("/api/v1/work/projects/?can_work=true&page_size=1").json()
    unable = client.get("/api/v1/work/projects/?can_work=false").json()["results"]
    second = client.get(able["next"]).json()

    assert (len(able["results"]), len(second["results"]), second["next"]) == (1, 1, None)
    assert [row["why_not"][0]["code"] for row in unable] == ["languages"]


def test_prefs_of_the_workbench_are_kept():
    worker = make_user()
    client = signed_in(worker)

    client.put("/api/v1/work/prefs/", json.dumps({"shortcuts": False, "keymap": {"submit": "x"}}), "application/json")

    worker.refresh_from_db()
    assert worker.workbench_prefs == {"shortcuts": False, "keymap": {"submit": "x"}}


def test_targets_are_set_by_json_and_by_csv_and_by_managers_only():
    owner, reviewer, worker = make_user("owner"), make_user("reviewer"), make_user()
    project = make_project(items=2, owner=owner, team=make_team(owner=owner, reviewer=reviewer))
    Project.objects.update(assignment_mode="manual")
    path = f"/api/v1/projects/{project.pk}/targets/"
    table = f"position,annotator\n0,{worker.email}\n1,{worker.email}\n7,nobody@example.org\n"

    by_json = signed_in(owner).post(
        path, json.dumps({"rows": [{"position": 0, "annotator": worker.email}, "x"]}), content_type="application/json"
    ).json()  # fmt: skip
    by_csv = signed_in(owner).post(path, table, content_type="text/csv").json()
    refused = signed_in(reviewer).post(path, table, content_type="text/csv")

    assert (by_json["created"], by_json["failed"]) == (1, 1)
    assert (by_csv["created"], by_csv["existing"], by_csv["failed"]) == (1, 1, 1)
    assert {(error["row"], error["field"]) for error in by_csv["errors"]} == {(3, "item"), (3, "annotator")}
    assert refused.status_code == 404
    assert len(take(signed_in(worker), project, 5)["leases"]) == 2


def test_a_closed_project_tells_its_annotators():
    project = make_project()
    client = signed_in(make_user())
    take(client, project)
    Project.objects.update(state="closed")

    taken = take(client, project)

    assert (taken["state"], taken["retry_after_s"]) == ("closed", None)
    assert client.get(f"/api/v1/work/projects/{project.pk}/").status_code == 200


def test_reports_never_tell_gold():
    project = make_project(items=1)
    worker = make_user()
    make_lease(project.items.get(), worker)
    text = signed_in(worker).get(f"/api/v1/work/projects/{project.pk}/").content.decode()

    assert "gold" not in text
    assert Answer.objects.count() == 0


def test_an_item_meant_for_one_is_not_seen_by_another():
    project = make_project(items=1, assignment_mode="manual")
    make_target(project.items.get(), make_user("meant"))

    (row,) = signed_in(make_user()).get("/api/v1/work/projects/").json()["results"]

    assert [why["code"] for why in row["why_not"]] == ["not_targeted"]
