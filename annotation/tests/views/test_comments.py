"""Pages with comments on places: sent with a return, kept when it is refused, shown as text and nothing else."""

import json

import pytest
from django.urls import reverse

from annotation.domain.comments import Remark
from annotation.domain.verdict import decide
from annotation.models import Answer, CommentThread, Verdict
from annotation.tests.factories import make_answer, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
PART = json.dumps({"on": "part", "field": "sentiment", "part": "neg"})
PASSAGE = json.dumps({"on": "text", "source": "text"})
HOSTILE = "<script>alert(1)</script>"


class Scene:
    pass


@pytest.fixture
def scene(client):
    scene = Scene()
    scene.reviewer, scene.worker = make_user("reviewer"), make_user("worker")
    scene.project = make_project(items=1, team=make_team(owner=make_user("owner"), reviewer=scene.reviewer))
    scene.answer = make_answer(scene.project.items.first(), scene.worker, "neg")
    client.force_login(scene.reviewer)
    return scene


def send_back(client, scene, **fields):
    given = {"decision": "returned", "revision": 1, "reason": "wrong", "evidence": ""} | fields
    return client.post(reverse("review-decide", args=[scene.answer.pk]), given)


def returned(scene, text="It is praise, not blame."):
    remarks = [Remark(json.loads(PART), text)]
    decide(scene.answer, actor=scene.reviewer, decision=Verdict.Decision.RETURNED, reason="wrong", remarks=remarks)
    return CommentThread.objects.get()


def test_the_form_offers_the_places_of_the_answer_without_any_script(client, scene):
    page = client.get(reverse("review-item", args=[scene.project.pk, scene.answer.item_id])).content.decode()

    for place in ("The whole answer", "How does it sound?", "How does it sound? Negative", "A passage of the text"):
        assert f">{place}</option>" in page


def test_a_return_takes_comments_on_several_places_and_a_passage_by_its_words(client, scene):
    response = send_back(
        client,
        scene,
        place=[PART, PASSAGE, PART],
        passage=["", "Text", ""],
        comment=["It is praise.", "See here.", " "],
    )

    regions = list(CommentThread.objects.values_list("region", flat=True))
    assert response.status_code == 302
    assert [(region["on"], region.get("quote")) for region in regions] == [("part", None), ("text", "Text")]


def test_a_passage_that_is_not_in_the_text_is_told_and_every_typed_word_is_kept(client, scene):
    response = send_back(client, scene, place=[PASSAGE], passage=["elsewhere"], comment=[HOSTILE + " is wrong here"])

    page = response.content.decode()
    assert response.status_code == 422
    assert "These words are not in the text." in page
    assert 'value="elsewhere"' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; is wrong here" in page
    assert HOSTILE not in page
    assert not CommentThread.objects.exists()


@pytest.mark.parametrize("place", ["", "[]", "nonsense", '{"on": "part", "field": "x"}', "7"])
def test_a_place_that_nobody_offered_is_refused_and_breaks_nothing(client, scene, place):
    response = send_back(client, scene, place=[place], passage=[""], comment=["It is praise, not blame."])

    assert response.status_code == 422
    assert not Verdict.objects.exists()


def test_a_rejection_leaves_the_rows_of_comments_aside(client, scene):
    given = {"decision": "rejected", "evidence": "It is praise, not blame.", "confirmed": "1"}
    response = send_back(client, scene, place=[PART], passage=[""], comment=["It is praise."], **given)

    scene.answer.refresh_from_db()
    assert (response.status_code, scene.answer.state) == (302, Answer.State.REJECTED)


def test_a_comment_is_shown_as_text_to_both_sides_and_names_nobody(client, scene):
    returned(scene, HOSTILE + " is praise")
    pages = []
    for person, page in (
        (scene.reviewer, reverse("review-item", args=[scene.project.pk, scene.answer.item_id])),
        (scene.worker, reverse("my-answer", args=[scene.answer.pk])),
    ):
        client.force_login(person)
        pages.append(client.get(page).content.decode())

    for page in pages:
        assert "&lt;script&gt;alert(1)&lt;/script&gt; is praise" in page
        assert HOSTILE not in page
    assert scene.reviewer.email not in pages[1]


def test_both_sides_reply_and_settle_from_their_own_page(client, scene):
    thread = returned(scene)
    client.force_login(scene.worker)

    reply = client.post(reverse("thread-reply", args=[thread.pk]), {"text": "I see it now."})
    client.post(reverse("thread-resolve", args=[thread.pk]), {"is_resolved": "1"})
    client.force_login(scene.reviewer)
    back = client.post(reverse("thread-resolve", args=[thread.pk]), {"is_resolved": "0"})

    thread.refresh_from_db()
    assert reply.url == f"/me/answers/{scene.answer.pk}/#thread-{thread.pk}"
    assert back.url == f"/projects/{scene.project.pk}/reviews/{scene.answer.item_id}/#thread-{thread.pk}"
    assert (thread.comments.count(), thread.resolved_at) == (2, None)


def test_an_empty_reply_is_told_and_stores_nothing(client, scene):
    thread = returned(scene)
    client.force_login(scene.worker)

    page = client.post(reverse("thread-reply", args=[thread.pk]), {"text": "  "}, follow=True).content.decode()

    assert "Write a comment" in page
    assert thread.comments.count() == 1
