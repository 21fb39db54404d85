"""Gold tests people: those it is there to test must not be able to look it up."""

import pytest

from accounts.models import User
from annotation import access
from annotation.models import Project, Resolution
from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import (
    make_answer,
    make_gold,
    make_items,
    make_lease,
    make_project,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return {name: make_user(name) for name in ("owner", "manager", "reviewer", "viewer")}


def project_of(people, **fields):
    return make_project(items=0, owner=people["owner"], team=make_team(**people), **fields)


def seers(people, project):
    return {name for name, person in people.items() if access.may_see_gold(person, project)}


def test_in_a_project_for_its_own_team_only_who_manages_it_sees_gold(people):
    project = project_of(people, team_only=True)

    assert seers(people, project) == {"owner", "manager"}
    Project.objects.update(state=Project.State.CLOSED)
    assert seers(people, Project.objects.get()) == set(people)


def test_in_other_projects_whoever_has_worked_there_sees_no_gold(people):
    project = project_of(people)
    admin, worker = make_user("admin", is_quality_admin=True), make_user("worker", is_quality_admin=True)
    (item,) = make_items(project, 1)
    make_lease(item, worker)

    assert seers(people | {"admin": admin, "worker": worker}, project) == {*people, "admin"}


@pytest.fixture
def judged(people):
    """A project for its own team, where an ordinary item and a gold one have an answer that waits."""
    project = project_of(people, team_only=True)
    gold = make_gold(project)
    (ordinary,) = make_items(project, 1)
    for item in (gold, ordinary):
        answer = make_answer(item, people["viewer"])
        Resolution.objects.create(item=item, project=project, value=answer.value, confidence=1.0, answers=1)
    return project, gold, ordinary


def statuses(person: User, project, item):
    answer = item.answers.get()
    client = signed_in(person)
    return [
        client.get(f"/projects/{project.pk}/items/{item.pk}/").status_code,
        client.get(f"/projects/{project.pk}/reviews/{item.pk}/").status_code,
        client.post(f"/projects/{project.pk}/reviews/{item.pk}/agreement/").status_code,
        client.post(f"/api/v1/projects/{project.pk}/items/{item.pk}/agreement/").status_code,
        client.post(f"/api/v1/answers/{answer.pk}/verdict/", {}, content_type="application/json").status_code,
    ]


def test_a_reviewer_who_may_be_given_gold_reviews_the_other_items(people, judged):
    project, gold, ordinary = judged
    client = signed_in(people["reviewer"])

    listed = client.get(f"/api/v1/projects/{project.pk}/answers/").json()["results"]
    queue = client.get(f"/projects/{project.pk}/reviews/").content.decode()

    assert [row["item"] for row in listed] == [ordinary.pk]
    assert (f"/reviews/{ordinary.pk}/" in queue, f"/reviews/{gold.pk}/" in queue) == (True, False)
    assert statuses(people["reviewer"], project, gold) == [404] * 5
    assert statuses(people["reviewer"], project, ordinary)[1:] == [200, 302, 200, 422]


def test_who_manages_the_project_reviews_gold_too(people, judged):
    project, gold, _ordinary = judged

    assert statuses(people["manager"], project, gold) == [200, 200, 302, 200, 422]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_accepting_everything_takes_no_other_method(people, judged, method):
    project, _gold, _ordinary = judged

    answer = getattr(signed_in(people["owner"]), method)(f"/projects/{project.pk}/reviews/acceptance/")

    assert answer.status_code == 405
