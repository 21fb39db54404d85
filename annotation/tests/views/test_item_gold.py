import json

import pytest

from annotation.models import GoldAnswer, Item, Project
from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import make_draft, make_escrow, make_gold, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    owner = make_user("owner")
    return make_draft(owner=owner, team=make_team(owner=owner))


@pytest.fixture
def client(project):
    return signed_in(project.created_by)


def address(project, item, rest=""):
    return f"/projects/{project.pk}/items/{item.pk}/gold/{rest}"


def sent(value, explanation=""):
    return {"value": json.dumps(value), "explanation": explanation}


def fund(project):
    Project.objects.filter(pk=project.pk).update(
        state=Project.State.FUNDED, escrow=make_escrow(project.team, project.token)
    )


def test_an_item_of_a_draft_is_marked_by_its_right_answer(project, client):
    item = project.items.get(position=1)

    page = client.get(address(project, item)).content.decode()
    answer = client.post(address(project, item), sent({"sentiment": "neg"}, "It says so."))

    assert 'data-behaviour="gold-item"' in page
    assert answer["Location"] == f"/projects/{project.pk}/items/?after=0"
    assert GoldAnswer.objects.values_list("item", "value", "explanation").get() == (
        item.pk, {"sentiment": "neg"}, "It says so."
    )  # fmt: skip
    assert Item.objects.get(is_gold=True) == item


@pytest.mark.parametrize(
    ("value", "words"),
    [({}, "Choose the right answer first."), ([], "Choose the right answer first."),
     ({"sentiment": "meh"}, "not one of the options"), ({"other": "pos"}, "no complete answer")],
)  # fmt: skip
def test_what_is_no_complete_answer_is_refused_in_words(project, client, value, words):
    item = project.items.first()

    page = client.post(address(project, item), sent(value))

    assert page.status_code == 422
    assert words in page.content.decode()
    assert not GoldAnswer.objects.exists()


def test_a_gold_item_of_a_draft_becomes_one_like_the_others(project, client):
    item = make_gold(project)

    assert "No gold any more" in client.get(address(project, item)).content.decode()
    client.post(address(project, item, "removal/"))
    client.post(address(project, item, "removal/"))

    assert not Item.objects.filter(is_gold=True).exists()
    assert not GoldAnswer.objects.exists()


def test_once_the_price_is_fixed_right_answers_may_be_corrected_and_nothing_else(project, client):
    gold, other = make_gold(project), project.items.first()
    fund(project)

    client.post(address(project, gold), sent({"sentiment": "neg"}))
    refused = client.post(address(project, other), sent({"sentiment": "neg"}))
    page = client.post(address(project, gold, "removal/"), follow=True).content.decode()

    assert GoldAnswer.objects.get().value == {"sentiment": "neg"}
    assert "leave the same items as gold" in refused.content.decode()
    assert "leave the same items as gold" in page
    assert Item.objects.get(is_gold=True) == gold


def test_gold_of_an_open_project_is_fixed(project, client):
    gold = make_gold(project)
    fund(project)
    Project.objects.update(state=Project.State.OPEN)

    refused = client.post(address(project, gold), sent({"sentiment": "neg"}))

    assert "Gold is fixed once people work" in refused.content.decode()
    assert GoldAnswer.objects.get().value == {"sentiment": "pos"}


def test_the_list_offers_marking_where_it_is_possible(project, client):
    listed = f"/projects/{project.pk}/items/"
    gold = make_gold(project)

    draft = client.get(listed).content.decode()
    fund(project)
    funded = client.get(listed).content.decode()

    assert (draft.count("Mark as gold"), draft.count("Right answer")) == (3, 1)
    assert (funded.count("Mark as gold"), funded.count("Right answer")) == (0, 1)
    assert address(project, gold) in funded


def test_only_managers_mark(project):
    for role in ("reviewer", "viewer"):
        person = make_user(role)
        project.team.memberships.create(user=person, role=role)
        assert signed_in(person).get(address(project, project.items.first())).status_code == 404
