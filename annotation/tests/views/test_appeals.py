"""The pages and the API of appeals: the author's button, the client's queue, the quality admin's, held rejections."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.domain.appeals import answer_appeal, object_to
from annotation.domain.verdict import decide
from annotation.models import Appeal, AppealStep, RejectionHold, Verdict
from annotation.tests.factories import make_answer, make_items, make_project, make_team, make_user
from annotation.tests.views.test_my_answers import text_of

pytestmark = pytest.mark.django_db
WORDS = {"reason": "wrong", "evidence": "The text says the opposite."}
WHY = "The second sentence says so: please look again."
UPHELD = {"decision": "upheld", "reason": "wrong", "text": "The second sentence is ironic."}
FIGURES = {"rejected": 30, "judged": 30, "rejected_before": 20, "judged_before": 1000}


class Scene:
    pass


@pytest.fixture
def scene():
    scene = Scene()
    scene.owner, scene.reviewer, scene.worker = make_user("owner"), make_user("reviewer"), make_user("worker")
    scene.admin = make_user("admin", is_quality_admin=True)
    team = make_team("Oasis Labs", owner=scene.owner, reviewer=scene.reviewer)
    scene.project = make_project(team=team, owner=scene.owner, items=0)
    scene.answer = reject(scene)
    return scene


def reject(scene):
    (item,) = make_items(scene.project, 1)
    answer = make_answer(item, scene.worker)
    decide(answer, actor=scene.reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
    return answer


def get(client, user, name, *arguments):
    client.force_login(user)
    return client.get(reverse(name, args=arguments))


def post(client, user, name, *arguments, **data):
    client.force_login(user)
    return client.post(reverse(name, args=arguments), data, follow=True)


def test_the_author_appeals_with_the_button_and_sees_what_comes_next(client, scene):
    page = get(client, scene.worker, "my-answer", scene.answer.pk)
    assert "the clock ends" in text_of(page)

    told = text_of(post(client, scene.worker, "my-answer-appeal", scene.answer.pk, text=WHY))

    assert "Next: the client answers, or you are paid" in told
    assert WHY in told
    assert "1 appeal waits for your team" in text_of(get(client, scene.owner, "dashboard"))


def test_an_appeal_without_words_is_refused_in_words(client, scene):
    told = text_of(post(client, scene.worker, "my-answer-appeal", scene.answer.pk, text="no"))

    assert "Say why, in ten characters or more." in told
    assert Appeal.objects.get().state == "open"


def test_the_client_sees_its_queue_and_upholds_only_with_reason_and_evidence(client, scene):
    object_to(scene.answer, actor=scene.worker, text=WHY)
    assert WHY in text_of(get(client, scene.owner, "appeals"))
    assert "No appeal waits for you" in text_of(get(client, scene.reviewer, "appeals"))

    refused = post(client, scene.owner, "appeal", scene.answer.pk, decision="upheld")
    assert (refused.status_code, Appeal.objects.get().state) == (422, "appealed")
    told = post(client, scene.owner, "appeal", scene.answer.pk, **UPHELD)

    assert "Upheld." in text_of(told)
    page = text_of(get(client, scene.worker, "my-answer", scene.answer.pk))
    assert "take it to a quality admin" in page
    assert UPHELD["text"] in page
    assert scene.owner.display_name not in page


def test_who_rejected_sees_the_appeal_and_cannot_answer_it(client, scene):
    object_to(scene.answer, actor=scene.worker, text=WHY)

    page = text_of(get(client, scene.reviewer, "appeal", scene.answer.pk))
    answered = post(client, scene.reviewer, "appeal", scene.answer.pk, **UPHELD)

    assert "Somebody else has to" in page
    assert (answered.status_code, Appeal.objects.get().state) == (403, "appealed")


def test_whoever_answers_an_appeal_is_not_told_who_rejected_and_upholding_is_not_told_either(client, scene):
    """The second reviewer is blind to the first, and the quality admin to both."""
    object_to(scene.answer, actor=scene.worker, text=WHY)
    seen = everything_about_the_appeal(client, scene, scene.owner)
    answer_appeal(scene.answer, actor=scene.owner, upholds=True, reason="wrong", text=UPHELD["text"])
    object_to(scene.answer, actor=scene.worker, text=f"{WHY} Twice.")
    seen += everything_about_the_appeal(client, scene, scene.admin)

    named = [who for who in (scene.reviewer, scene.owner, scene.worker) for mark in marks_of(who) if mark in seen]
    assert WORDS["evidence"] in seen
    assert named == []


def everything_about_the_appeal(client, scene, user):
    """Its page, its endpoint, and the item as it is reviewed; without the bar that names whoever is signed in."""
    page = text_of(get(client, user, "appeal", scene.answer.pk)).split("<main")[1]
    review = text_of(get(client, user, "review-item", scene.project.pk, scene.answer.item_id)).split("<main")[1]
    api = [
        text_of(get(client, user, "api-appeal", scene.answer.pk)),
        text_of(get(client, user, "api-item-review", scene.project.pk, scene.answer.item_id)),
    ]
    return "".join([page, review, *api])


def marks_of(person):
    return person.email, str(person.public_id), person.public_id.hex


def test_a_quality_admin_has_the_last_word(client, scene):
    object_to(scene.answer, actor=scene.worker, text=WHY)
    answer_appeal(scene.answer, actor=scene.owner, upholds=True, reason="wrong", text=UPHELD["text"])
    object_to(scene.answer, actor=scene.worker, text=f"{WHY} Twice.")

    assert f"{WHY} Twice." in text_of(get(client, scene.admin, "quality-appeals"))
    told = post(client, scene.admin, "appeal", scene.answer.pk, decision="overturned")

    assert "Overturned: the answer is paid in full." in text_of(told)
    assert "The rejection was overturned" in text_of(get(client, scene.worker, "my-answer", scene.answer.pk))


def test_a_quality_admin_sees_why_rejections_are_held_and_releases_them(client, scene):
    hold = RejectionHold.objects.create(team=scene.project.team, **FIGURES)
    held = reject(scene)

    page = text_of(get(client, scene.admin, "quality-appeals"))
    assert "Oasis Labs rejects far more than before" in page
    assert WORDS["evidence"] in page
    assert "1 rejection" in page
    assert "a quality admin looks at it" in text_of(get(client, scene.worker, "my-answer", held.pk))
    post(client, scene.admin, "hold-decide", hold.pk, outcome="released", reason="no")
    assert Appeal.objects.get(pk=held.pk).state == "held"
    post(client, scene.admin, "hold-decide", hold.pk, outcome="released", reason="They are well founded.")

    assert Appeal.objects.get(pk=held.pk).state == "open"


def test_the_queues_take_the_same_statements_for_one_appeal_and_for_many(client, scene):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            get(client, scene.owner, "appeals")
        return len(captured)

    object_to(scene.answer, actor=scene.worker, text=WHY)
    statements()
    one = statements()
    for _n in range(3):
        object_to(reject(scene), actor=scene.worker, text=WHY)

    assert statements() == one


def test_the_api_says_and_does_the_same(client, scene):
    client.force_login(scene.worker)
    mine = reverse("api-my-answer", args=[scene.answer.pk])
    before = client.get(mine).json()
    made = client.post(
        reverse("api-my-answer-appeal", args=[scene.answer.pk]), {"text": WHY}, content_type="application/json"
    )
    client.force_login(scene.owner)
    (row,) = client.get(reverse("api-appeals")).json()["results"]
    detail = client.get(reverse("api-appeal", args=[scene.answer.pk])).json()
    refused = client.post(
        reverse("api-appeal-answer", args=[scene.answer.pk]), {"decision": "upheld"}, content_type="application/json"
    )
    upheld = client.post(
        reverse("api-appeal-answer", args=[scene.answer.pk]), UPHELD, content_type="application/json"
    )  # fmt: skip

    assert (before["appeal"]["state"], before["pay"]["state"]) == ("open", "kept")
    assert (made.status_code, made.json()["state"]) == (201, "appealed")
    assert (row["answer"], row["evidence"]) == (str(scene.answer.pk), WORDS["evidence"])
    assert [event["kind"] for event in detail["history"]] == ["answered", "rejected", "appealed"]
    assert (refused.status_code, refused.json()["code"]) == (422, "no_reason")
    assert (upheld.status_code, upheld.json()["state"]) == (201, "upheld")
    assert AppealStep.objects.count() == 2
