"""Reviewers' pages: who gets in, what is shown to whom, and that no typed word is lost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from annotation.domain.resolution import count_new_answers
from annotation.domain.verdict import decide
from annotation.models import Answer, Project, Resolution, Verdict
from annotation.queries.export import pseudonym
from annotation.queries.review import QueueFilter, review_queue
from annotation.tests.factories import (
    SENTIMENT,
    make_answer,
    make_items,
    make_media,
    make_project,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
EVIDENCE = "The text says the opposite."


class Scene:
    pass


@pytest.fixture
def scene(client):
    scene = Scene()
    scene.owner, scene.reviewer = make_user("owner"), make_user("reviewer")
    scene.workers = [make_user() for _n in range(3)]
    scene.team = make_team(owner=scene.owner, reviewer=scene.reviewer)
    scene.project = make_project(
        team=scene.team, owner=scene.owner, items=3, review_price_minor=9_000, reviews_budget=2
    )
    scene.items = list(scene.project.items.all())
    for number, worker in enumerate(scene.workers):
        make_answer(scene.items[0], worker, "pos" if number else "neg")
        make_answer(scene.items[1], worker, "pos")
    count_new_answers()
    client.force_login(scene.reviewer)
    return scene


def item_url(scene, number=0):
    return reverse("review-item", args=[scene.project.pk, scene.items[number].pk])


def decide_url(answer):
    return reverse("review-decide", args=[answer.pk])


def answer_of(scene, worker, item=0):
    return Answer.objects.get(item=scene.items[item], user=scene.workers[worker])


def text_of(response):
    return response.content.decode()


# Who gets in


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_strangers_and_viewers_find_no_review(client, scene, role):
    stranger = make_user("stranger")
    if role:
        scene.team.memberships.create(user=stranger, role=role)
    client.force_login(stranger)

    pages = [reverse("review-queue", args=[scene.project.pk]), item_url(scene)]

    assert [client.get(page).status_code for page in pages] == [404, 404]
    assert client.post(decide_url(answer_of(scene, 0)), {"decision": "accepted", "revision": 1}).status_code == 404


def test_a_quality_admin_reviews_everywhere(client, scene):
    client.force_login(make_user("admin", is_quality_admin=True))

    assert client.get(item_url(scene)).status_code == 200


def test_an_item_of_another_project_is_not_found(client, scene):
    other = make_project(items=1).items.get()

    assert client.get(reverse("review-item", args=[scene.project.pk, other.pk])).status_code == 404


def test_only_managers_accept_everything(client, scene):
    url = reverse("review-accept-all", args=[scene.project.pk])
    refused = client.post(url)
    client.force_login(scene.owner)

    asked, done = client.get(url), client.post(url)

    assert (refused.status_code, asked.status_code, done.status_code) == (404, 200, 302)
    assert not Answer.objects.exclude(state="accepted").exists()


# The queue


def rows_of(response):
    return [each["row"].item for each in response.context["rows"]]


def test_the_queue_begins_with_what_is_least_sure(client, scene):
    response = client.get(reverse("review-queue", args=[scene.project.pk]))

    assert rows_of(response) == [scene.items[0], scene.items[1]]
    assert response.context["rows"][0]["spread"] == [("Positive", 2), ("Negative", 1)]


def test_the_queue_can_show_the_oldest_deadline_first(client, scene):
    Answer.objects.filter(item=scene.items[1]).update(review_due_at=timezone.now() + timedelta(minutes=5))

    response = client.get(reverse("review-queue", args=[scene.project.pk]), {"order": "oldest"})

    assert rows_of(response) == [scene.items[1], scene.items[0]]


def test_a_random_sample_is_the_same_for_the_same_seed(client, scene):
    for item in make_items(scene.project, 8):
        make_answer(item, scene.workers[0])
    count_new_answers()
    url = reverse("review-queue", args=[scene.project.pk])

    orders = [rows_of(client.get(url, {"order": "random", "seed": seed})) for seed in ("a", "a", "b")]

    assert orders[0] == orders[1] != orders[2]
    assert set(orders[0]) == set(orders[2])


def test_the_queue_can_show_one_annotator(client, scene):
    make_answer(scene.items[2], scene.workers[0])
    count_new_answers()
    url = reverse("review-queue", args=[scene.project.pk])
    name = pseudonym(scene.team.pk, scene.workers[1].pk)

    assert set(rows_of(client.get(url, {"annotator": name}))) == {scene.items[0], scene.items[1]}
    assert rows_of(client.get(url, {"annotator": "annotator-nobody"})) == []


def test_the_queue_can_show_only_what_is_uncertain(client, scene):
    response = client.get(reverse("review-queue", args=[scene.project.pk]), {"uncertain": "1"})

    assert rows_of(response) == [scene.items[0]]


def test_what_is_judged_leaves_the_queue(client, scene):
    for answer in Answer.objects.filter(item=scene.items[0]):
        decide(answer, actor=scene.reviewer, decision=Verdict.Decision.ACCEPTED)

    assert rows_of(client.get(reverse("review-queue", args=[scene.project.pk]))) == [scene.items[1]]


def test_nonsense_in_the_filter_is_left_out(client, scene):
    response = client.get(
        reverse("review-queue", args=[scene.project.pk]), {"order": "'", "uncertain": "é", "page": "x"}
    )

    assert response.status_code == 200


def statements(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["review-queue", "review-all"])
def test_a_list_takes_the_same_statements_for_one_row_and_for_many(client, scene, name):
    url = reverse(name, args=[scene.project.pk] if name == "review-queue" else [])
    Answer.objects.filter(item=scene.items[1]).update(state="accepted")
    one = statements(client, url)
    for item in make_items(scene.project, 12):
        make_answer(item, scene.workers[0])
    for _n in range(3):
        make_answer(make_project(team=scene.team, items=1).items.get(), scene.workers[0])
    count_new_answers()

    assert statements(client, url) == one


def test_an_item_takes_the_same_statements_for_one_answer_and_for_many(client, scene):
    one = statements(client, item_url(scene, 1))
    scene.items[1].places = 30
    scene.items[1].save()
    for _n in range(8):
        make_answer(scene.items[1], make_user())
    count_new_answers()

    assert statements(client, item_url(scene, 1)) == one


def test_everything_that_waits_for_me_is_in_one_list(client, scene):
    elsewhere = make_project(items=1)
    make_answer(elsewhere.items.get(), scene.workers[0])
    done = make_project(team=scene.team, items=1)
    make_answer(done.items.get(), scene.workers[0], state="accepted")

    found = client.get(reverse("review-all")).context["found"]

    assert [(project.pk, project.waiting) for project in found] == [(scene.project.pk, 6)]


def test_the_page_says_beforehand_when_the_review_budget_is_used_up(client, scene):
    url = reverse("review-queue", args=[scene.project.pk])
    before = text_of(client.get(url))
    Project.objects.update(reviews_paid=2)

    assert "Each verdict earns you" in before
    assert "The review budget of this project is used up" in text_of(client.get(url))


def test_the_client_is_told_that_his_own_verdicts_earn_nothing(client, scene):
    client.force_login(scene.owner)

    assert "You are the client here" in text_of(client.get(item_url(scene)))


# One item


def test_an_item_shows_every_answer_under_a_pseudonym_and_marks_what_differs(client, scene):
    response = client.get(item_url(scene))

    page = text_of(response)
    assert page.count("data-review-answer ") == 3
    assert page.count("review-differs") == 1
    assert all(pseudonym(scene.team.pk, worker.pk)[:16] in page for worker in scene.workers)
    assert not any(worker.email in page or worker.display_name in page for worker in scene.workers)


def test_own_answers_and_those_of_close_people_are_not_shown_for_judging(client, scene):
    friend = make_user("friend")
    make_team("Friends", owner=scene.reviewer, viewer=friend)
    scene.items[2].places = 5
    scene.items[2].save()
    answers = [make_answer(scene.items[2], user) for user in (scene.reviewer, friend, scene.workers[0])]

    response = client.get(item_url(scene, 2))

    assert [each.answer for each in response.context["review"].answers] == answers[2:]
    assert response.context["review"].others == 2
    assert [client.post(decide_url(each), {"decision": "accepted", "revision": 1}).status_code for each in answers] == [
        404,
        404,
        302,
    ]


def test_hostile_task_data_is_shown_as_text(client, scene):
    scene.items[0].data = {"text": "<script>alert(1)</script><!--"}
    scene.items[0].save()

    page = text_of(client.get(item_url(scene)))

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_image_is_shown_without_scripts(client, scene):
    schema = SENTIMENT | {
        "data": {"image": {"type": "image"}},
        "fields": [SENTIMENT["fields"][0] | {"source": "image"}],
    }
    project = make_project(team=scene.team, items=0, schema=schema)
    (item,) = make_items(project, 1, data={"image": "dune.png"}, media=make_media(project))
    make_answer(item, scene.workers[0])

    page = text_of(client.get(reverse("review-item", args=[project.pk, item.pk])))

    assert f'src="{reverse("media", args=[item.media_id])}"' in page


def test_a_list_begins_with_nothing_and_says_what_to_do(client, scene):
    Answer.objects.update(state="accepted")

    assert "Nothing waits for your verdict" in text_of(client.get(reverse("review-all")))
    assert "Nothing waits for your verdict" in text_of(client.get(reverse("review-queue", args=[scene.project.pk])))


# Deciding


def test_accepting_goes_to_the_next_answer_then_to_the_next_item_then_to_the_queue(client, scene):
    ways = []
    for answer in Answer.objects.order_by("item", "id"):
        ways.append(client.post(decide_url(answer), {"decision": "accepted", "revision": 1}).url)

    answers = list(Answer.objects.order_by("item", "id"))
    assert ways[0] == f"{item_url(scene)}#answer-{answers[1].pk}"
    assert ways[2] == item_url(scene, 1)
    assert ways[5] == reverse("review-queue", args=[scene.project.pk])
    assert Verdict.objects.filter(decided_by=scene.reviewer, decision="accepted").count() == 6


def test_the_filter_is_kept_on_the_way(client, scene):
    answer = answer_of(scene, 0)

    response = client.post(f"{decide_url(answer)}?order=oldest", {"decision": "accepted", "revision": 1})

    assert response.url.startswith(f"{item_url(scene)}?order=oldest#")


def test_a_rejection_is_asked_about_and_then_made(client, scene):
    answer = answer_of(scene, 0)
    words = {"decision": "rejected", "revision": 1, "reason": "wrong", "evidence": EVIDENCE}

    asked = client.post(decide_url(answer), words)
    before = Verdict.objects.count()
    done = client.post(decide_url(answer), words | {"confirmed": "1"})

    assert (asked.status_code, before, done.status_code) == (200, 0, 302)
    assert "Reject for good?" in text_of(asked)
    assert EVIDENCE in text_of(asked)
    assert Verdict.objects.values_list("decision", "reason", "evidence").get() == ("rejected", "wrong", EVIDENCE)


def test_a_return_is_made_at_once(client, scene):
    answer = answer_of(scene, 0)

    client.post(
        decide_url(answer), {"decision": "returned", "revision": 1, "reason": "incomplete", "evidence": EVIDENCE}
    )

    answer.refresh_from_db()
    assert answer.state == "returned"


@pytest.mark.parametrize("decision", ["rejected", "returned"])
@pytest.mark.parametrize(
    ("missing", "message"), [("reason", "choose a reason"), ("evidence", "Say what is wrong, in ten")]
)
def test_a_rejection_without_its_reasons_is_explained_and_keeps_what_was_typed(
    client, scene, decision, missing, message
):
    words = {"decision": decision, "revision": 1, "reason": "wrong", "evidence": EVIDENCE, "confirmed": "1"} | {
        missing: ""
    }

    response = client.post(decide_url(answer_of(scene, 0)), words)

    page = text_of(response)
    assert response.status_code == 422
    assert message in page
    assert EVIDENCE in page if missing == "reason" else 'value="wrong" selected' in page
    assert not Verdict.objects.exists()


def test_whoever_comes_too_late_is_told_and_keeps_his_words(client, scene):
    answer = answer_of(scene, 0)
    decide(answer, actor=scene.owner, decision=Verdict.Decision.ACCEPTED)

    response = client.post(
        decide_url(answer),
        {"decision": "rejected", "revision": 1, "reason": "wrong", "evidence": EVIDENCE, "confirmed": "1"},
    )

    page = text_of(response)
    assert response.status_code == 422
    assert "This answer has been judged already: Accepted." in page
    assert EVIDENCE in page


def test_an_answer_that_changed_meanwhile_keeps_the_form_open(client, scene):
    answer = answer_of(scene, 0)
    Answer.objects.filter(pk=answer.pk).update(revision=2, value={"sentiment": "pos"})

    response = client.post(
        decide_url(answer), {"decision": "returned", "revision": 1, "reason": "wrong", "evidence": EVIDENCE}
    )

    page = text_of(response)
    assert "has changed this answer since you opened it" in page
    assert EVIDENCE in page
    assert "open data-review-refuse" in page
    assert not Verdict.objects.exists()


def test_nonsense_is_no_decision(client, scene):
    response = client.post(decide_url(answer_of(scene, 0)), {"decision": "burn", "revision": "x"})

    assert response.status_code == 422
    assert not Verdict.objects.exists()


def test_all_that_agree_are_accepted_at_once(client, scene):
    response = client.post(reverse("review-agreeing", args=[scene.project.pk, scene.items[0].pk]))

    states = [answer_of(scene, number).state for number in range(3)]
    assert states == ["pending", "accepted", "accepted"]
    assert response.url == f"{item_url(scene)}#answer-{answer_of(scene, 0).pk}"


def test_single_keys_can_be_switched_off(client, scene):
    on = text_of(client.get(item_url(scene)))
    scene.reviewer.workbench_prefs = {"shortcuts": False}
    scene.reviewer.save()

    assert 'data-review-keys="on"' in on
    assert 'data-review-keys="off"' in text_of(client.get(item_url(scene)))


def test_the_queue_begins_with_what_people_disagree_about_whatever_the_model_thinks_of_it(client, scene):
    """Two of three against one is less together than three of three, however sure the consensus is."""
    for item, confidence in zip(scene.items, (0.99, 0.4), strict=False):
        Resolution.objects.filter(item=item).update(confidence=confidence)

    found = {
        order: [row.pk for row in review_queue(scene.reviewer, scene.project, QueueFilter(order=order))]
        for order in ("disagreement", "uncertain")
    }

    first, second = scene.items[0].pk, scene.items[1].pk
    assert (found["disagreement"][:2], found["uncertain"][:2]) == ([first, second], [second, first])
    page = client.get(reverse("review-queue", args=[scene.project.pk]), {"order": "disagreement"})
    assert page.status_code == 200
    assert "Most disagreement first" in text_of(page)
