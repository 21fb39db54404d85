"""Gold tests people: those it is there to test must not be able to look it up."""

import itertools

import pytest

from accounts.models import User
from annotation import access
from annotation.domain.lease import lease_items
from annotation.models import Insider, Project, Resolution
from annotation.queries.review import projects_to_review, with_hidden_gold
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


def test_a_list_counts_the_answers_that_its_reader_can_open(people, judged):
    _project, _gold, ordinary = judged

    waiting = {
        name: [row.waiting for row in projects_to_review(people[name])] for name in ("owner", "manager", "reviewer")
    }

    assert waiting == {"owner": [2], "manager": [2], "reviewer": [1]}
    assert signed_in(people["reviewer"]).get("/api/v1/reviews/").json()["results"][0]["waiting"] == 1
    ordinary.answers.update(state="accepted")
    assert list(projects_to_review(people["reviewer"])) == []


def test_the_list_hides_gold_from_whom_the_rules_hide_it(people):
    admin, worker = make_user("admin", is_quality_admin=True), make_user("worker", is_quality_admin=True)
    everybody = people | {"admin": admin, "worker": worker}
    for team_only, state in itertools.product((False, True), (Project.State.OPEN, Project.State.CLOSED)):
        project = project_of(people, team_only=team_only, state=state)
        (item,) = make_items(project, 1)
        make_lease(item, worker)

    for person in everybody.values():
        for project in with_hidden_gold(Project.objects.all(), person):
            assert project.hides_gold is not access.may_see_gold(person, project)


SHOWS_GOLD = (
    "/projects/{project}/items/",
    "/projects/{project}/items/{item}/",
    "/projects/{project}/reviews/",
    "/projects/{project}/reviews/{item}/",
    "/api/v1/projects/{project}/items/",
    "/api/v1/projects/{project}/items/{item}/",
    "/api/v1/projects/{project}/answers/",
    "/api/v1/projects/{project}/reviews/",
    "/api/v1/projects/{project}/items/{item}/review/",
)


@pytest.fixture
def with_answer():
    project = make_project(items=2)
    make_answer(project.items.first(), make_user())
    return project


def why_not(person, project):
    return [why.code for why in lease_items(project.pk, user=person, n=1).why]


@pytest.mark.parametrize("address", SHOWS_GOLD)
def test_who_has_looked_at_a_project_from_the_other_side_takes_no_work_in_it(with_answer, address):
    admin = make_user("admin", is_quality_admin=True)
    path = address.format(project=with_answer.pk, item=with_answer.items.first().pk)

    assert signed_in(admin).get(path).status_code == 200
    User.objects.filter(pk=admin.pk).update(is_quality_admin=False)

    assert why_not(User.objects.get(pk=admin.pk), with_answer) == ["insider"]
    assert "from the other side" in signed_in(admin).get(f"/work/{with_answer.pk}/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/projects/{project}/setup/gold/",
        "/projects/{project}/items/{item}/gold/",
        "/api/v1/projects/{project}/gold/",
        "/projects/{project}/items/",
    ],
)
def test_who_managed_a_project_and_left_the_team_takes_no_work_in_it(people, with_answer, address):
    with_answer.team.memberships.create(user=people["manager"], role="manager")
    path = address.format(project=with_answer.pk, item=with_answer.items.first().pk)

    assert signed_in(people["manager"]).get(path).status_code == 200
    with_answer.team.memberships.filter(user=people["manager"]).delete()

    assert why_not(people["manager"], with_answer) == ["insider"]


def test_who_was_shown_nothing_may_work(with_answer):
    admin = make_user("admin", is_quality_admin=True)
    signed_in(admin).get(f"/projects/{with_answer.pk}/")

    assert why_not(admin, with_answer) == []


def test_who_works_in_a_project_for_its_team_may_review_the_rest_and_go_on_working(people, judged):
    project, _gold, ordinary = judged

    signed_in(people["reviewer"]).get(f"/projects/{project.pk}/reviews/{ordinary.pk}/")

    assert not Insider.objects.filter(user=people["reviewer"]).exists()


def test_who_manages_the_project_reviews_gold_too(people, judged):
    project, gold, _ordinary = judged

    assert statuses(people["manager"], project, gold) == [200, 200, 302, 200, 422]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_accepting_everything_takes_no_other_method(people, judged, method):
    project, _gold, _ordinary = judged

    answer = getattr(signed_in(people["owner"]), method)(f"/projects/{project.pk}/reviews/acceptance/")

    assert answer.status_code == 405
