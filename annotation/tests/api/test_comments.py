"""Comments over the API: whose they are, who reaches them, and what a key may do."""

import json

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.domain.api_key import create_key
from accounts.models import Scope
from annotation.models import CommentThread
from annotation.tests.factories import make_answer, make_gold, make_lease, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
PART = {"on": "part", "field": "sentiment", "part": "neg"}


class Scene:
    pass


@pytest.fixture
def scene():
    scene = Scene()
    scene.owner, scene.reviewer, scene.second = make_user("owner"), make_user("reviewer"), make_user("second")
    scene.worker, scene.outsider = make_user("worker"), make_user("outsider")
    scene.team = make_team(owner=scene.owner, reviewer=scene.reviewer)
    scene.team.memberships.create(user=scene.second, role="reviewer")
    scene.project = make_project(items=1, team=scene.team)
    scene.answer = make_answer(scene.project.items.first(), scene.worker, "neg")
    return scene


def as_user(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def give_back(scene, answer=None, comments=None):
    given = {
        "decision": "returned",
        "reason": "wrong",
        "comments": comments or [{"region": PART, "text": "It is praise."}],
    }
    return as_user(scene.reviewer).post(
        reverse("api-verdict", args=[(answer or scene.answer).pk]), json.dumps(given), content_type="application/json"
    )


def test_a_return_with_comments_is_read_and_answered_by_both_sides_without_names(scene):
    assert give_back(scene).status_code == 201
    thread = CommentThread.objects.get()
    reply = as_user(scene.worker).post(reverse("api-comments", args=[thread.pk]), {"text": "Is it?"}, format="json")
    as_user(scene.second).post(reverse("api-comments", args=[thread.pk]), {"text": "Yes."}, format="json")
    settled = as_user(scene.worker).put(reverse("api-thread-resolution", args=[thread.pk]))

    (shown,) = as_user(scene.reviewer).get(reverse("api-threads", args=[scene.answer.pk])).json()

    assert (reply.status_code, settled.status_code) == (201, 200)
    assert [(each["side"], each["is_mine"], each["text"]) for each in shown["comments"]] == [
        ("reviewer", True, "It is praise."),
        ("author", False, "Is it?"),
        ("reviewer", False, "Yes."),
    ]
    assert (shown["is_open"], shown["resolved_by"]) == (False, "author")
    assert not {"by", "user", "name"} & set(shown["comments"][0])


def test_neither_strangers_nor_other_annotators_nor_whoever_shares_a_team_with_the_author_see_it(scene):
    give_back(scene)
    thread = CommentThread.objects.get()
    friend = make_user("friend")
    make_team(owner=friend, reviewer=scene.worker)
    scene.team.memberships.create(user=friend, role="reviewer")
    other = make_user("other")
    make_answer(scene.project.items.first(), other)

    addresses = [
        ("get", reverse("api-threads", args=[scene.answer.pk])),
        ("post", reverse("api-comments", args=[thread.pk])),
        ("put", reverse("api-thread-resolution", args=[thread.pk])),
    ]
    for person in (scene.outsider, other, friend):
        found = [
            getattr(as_user(person), method)(address, {"text": "Hello."}, format="json")
            for method, address in addresses
        ]
        assert [response.status_code for response in found] == [404, 404, 404]


def test_a_reviewer_who_works_in_the_project_does_not_reach_comments_on_its_gold(scene):
    gold = make_answer(make_gold(scene.project), scene.worker, "neg")
    assert give_back(scene, gold).status_code == 201
    make_lease(scene.project.items.first(), scene.second)

    assert as_user(scene.second).get(reverse("api-threads", args=[gold.pk])).status_code == 404


def test_a_key_speaks_only_for_the_side_whose_scope_it_has(scene):
    give_back(scene)
    address = reverse("api-comments", args=[CommentThread.objects.get().pk])

    statuses = [
        said_with_key(person, scope, address)
        for person in (scene.worker, scene.reviewer)
        for scope in (Scope.WORK, Scope.REVIEW, Scope.READ)
    ]

    assert statuses == [201, 403, 403, 403, 201, 403]


def said_with_key(person, scope, address):
    _key, secret = create_key(person, name="Test", scopes=[scope])
    client = APIClient(headers={"authorization": f"Bearer {secret}"})
    return client.post(address, {"text": f"Said with {scope}."}, format="json").status_code


@pytest.mark.parametrize(
    "comments",
    [
        "text", [7], [{"region": PART}], [{"text": "No place."}], [{"region": PART, "text": ""}],
        [{"region": {"on": "part", "field": "sentiment", "part": "pos"}, "text": "Not what was chosen."}],
        [{"region": PART, "text": "half \ud800 a pair"}], [{"region": PART, "text": "x" * 2001}],
        [{"region": PART, "text": "Too many places."}] * 21,
    ],
)  # fmt: skip
def test_comments_that_cannot_be_are_refused_with_their_field_and_nothing_is_returned(scene, comments):
    response = give_back(scene, comments=comments)

    scene.answer.refresh_from_db()
    assert response.status_code in {400, 422}
    assert (scene.answer.state, CommentThread.objects.count()) == ("pending", 0)


def test_the_review_of_an_item_and_ones_own_answer_carry_the_threads(scene):
    give_back(scene)

    review = as_user(scene.second).get(reverse("api-item-review", args=[scene.project.pk, scene.answer.item_id])).json()
    own = as_user(scene.worker).get(reverse("api-my-answer", args=[scene.answer.pk])).json()

    assert [each["title"] for each in review["answers"][0]["threads"]] == ["How does it sound? Negative"]
    assert [each["title"] for each in own["threads"]] == ["How does it sound? Negative"]
