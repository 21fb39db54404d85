import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from annotation.models import Answer, Verdict
from annotation.tests.factories import make_answer, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
EVIDENCE = "The text says the opposite."


@pytest.fixture
def scene():
    reviewer, worker = make_user("reviewer"), make_user()
    project = make_project(items=2, team=make_team(owner=make_user("owner"), reviewer=reviewer))
    answer = make_answer(project.items.first(), worker)
    return project, reviewer, worker, answer


def as_user(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_a_rejection_without_evidence_is_refused_at_its_field(scene):
    _project, reviewer, _worker, answer = scene

    response = as_user(reviewer).post(
        reverse("api-verdict", args=[answer.pk]), {"decision": "rejected", "reason": "wrong"}, format="json"
    )

    assert (response.status_code, response.json()["code"]) == (422, "no_evidence")
    assert not Verdict.objects.exists()


def test_a_verdict_names_the_revision_it_has_seen(scene):
    _project, reviewer, _worker, answer = scene
    Answer.objects.update(revision=2)
    url = reverse("api-verdict", args=[answer.pk])

    late = as_user(reviewer).post(url, {"decision": "accepted", "revision": 1}, format="json")
    good = as_user(reviewer).post(url, {"decision": "accepted", "revision": 2}, format="json")

    assert (late.status_code, late.json()["code"], good.status_code) == (409, "answer_changed", 201)


def test_reviewers_see_pseudonyms_and_not_their_own_answers(scene):
    project, reviewer, worker, answer = scene
    make_answer(project.items.last(), reviewer)

    (row,) = as_user(reviewer).get(reverse("api-project-answers", args=[project.pk])).json()["results"]

    assert row["id"] == str(answer.pk)
    assert row["annotator"].startswith("annotator-")
    assert worker.email not in str(row)


def test_annotators_see_the_verdict_and_not_the_items_id(scene):
    _project, reviewer, worker, answer = scene
    as_user(reviewer).post(
        reverse("api-verdict", args=[answer.pk]),
        {"decision": "returned", "reason": "wrong", "evidence": EVIDENCE},
        format="json",
    )

    (row,) = as_user(worker).get(reverse("api-my-answers")).json()["results"]

    assert (row["state"], row["verdicts"][0]["evidence"], "item" in row) == ("returned", EVIDENCE, False)
