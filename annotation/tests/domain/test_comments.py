"""Comments on places: begun by a return, answered by both sides, told when their place is gone, and never changed."""

from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from annotation.domain import comments as verbs
from annotation.domain.answer import submit_answer
from annotation.domain.comments import Remark
from annotation.domain.lease import lease_items
from annotation.domain.verdict import decide
from annotation.exceptions import AnnotationError
from annotation.models import Answer, Comment, CommentThread, Verdict
from annotation.queries.comments import threads_of
from annotation.queries.review_item import item_review
from annotation.tests.factories import make_answer, make_items, make_project, make_team, make_user

RETURNED = Verdict.Decision.RETURNED
PART = {"on": "part", "field": "sentiment", "part": "neg"}
PASSAGE = {"on": "text", "source": "text", "start": 0, "end": 4}
HOSTILE = "<script>alert(1)</script> \u202e{{ x }}"


class Scene:
    pass


@pytest.fixture
def scene(db):
    return make_scene()


def make_scene():
    scene = Scene()
    scene.owner, scene.reviewer, scene.worker = make_user("owner"), make_user("reviewer"), make_user("worker")
    scene.team = make_team(owner=scene.owner, reviewer=scene.reviewer)
    scene.project = make_project(team=scene.team, owner=scene.owner, items=1)
    scene.item = scene.project.items.first()
    scene.answer = make_answer(scene.item, scene.worker, "neg")
    return scene


def send_back(scene, *remarks, **words):
    remarks = [Remark(region, text) for region, text in remarks]
    return decide(scene.answer, actor=scene.reviewer, decision=RETURNED, reason="wrong", remarks=remarks, **words)


def mend(scene, value="pos"):
    """The author takes the answer up again and hands it in; what the workbench is told comes back."""
    (lease,) = lease_items(scene.project.pk, user=scene.worker, n=1).leases
    submit_answer(scene.worker, lease_id=lease.id, key=uuid4(), result={"sentiment": value})
    scene.answer.refresh_from_db()
    return lease.returned


def test_a_return_begins_a_thread_at_each_place_and_its_words_are_evidence_enough(scene):
    verdict = send_back(scene, (PART, "It is praise."), (PASSAGE, "See these words."))

    shown = threads_of([scene.answer], scene.reviewer)[scene.answer.pk]
    assert verdict.evidence == "It is praise.\nSee these words."
    assert [(each.number, each.title, each.revision, each.is_open) for each in shown] == [
        (1, "How does it sound? Negative", 1, True),
        (2, "“Text”", 1, True),
    ]
    assert [(each.side, each.is_mine, each.text) for each in shown[0].comments] == [("reviewer", True, "It is praise.")]


@pytest.mark.parametrize("decision", [Verdict.Decision.ACCEPTED, Verdict.Decision.REJECTED])
def test_only_a_return_takes_comments(scene, decision):
    with pytest.raises(AnnotationError) as refusal:
        decide(
            scene.answer, actor=scene.reviewer, decision=decision, reason="wrong", evidence="It is praise, not blame.",
            remarks=[Remark(PART, "It is praise.")],
        )  # fmt: skip

    assert refusal.value.code == "comments_need_return"


def test_a_return_with_a_place_that_is_not_there_does_nothing_at_all(scene):
    with pytest.raises(AnnotationError) as refusal:
        send_back(scene, (PART, "It is praise."), ({"on": "field", "field": "nothing"}, "This one is wrong."))

    scene.answer.refresh_from_db()
    assert (refusal.value.code, scene.answer.state) == ("no_region", Answer.State.PENDING)
    assert not Verdict.objects.exists()
    assert not CommentThread.objects.exists()


def test_a_return_that_is_sent_twice_begins_its_threads_once(scene):
    first, second = (send_back(scene, (PART, "It is praise, not blame.")) for _n in range(2))

    assert first == second
    assert CommentThread.objects.count() == Comment.objects.count() == 1


def test_too_little_said_on_places_is_no_evidence(scene):
    with pytest.raises(AnnotationError) as refusal:
        send_back(scene, (PART, "No."))

    assert refusal.value.code == "no_evidence"


@pytest.mark.parametrize("text", ["", "  \n", "a" * 2_001, "nul \x00 byte", "half \ud800 a pair", None, 7])
def test_what_cannot_be_a_comment_is_refused_everywhere(scene, text):
    send_back(scene, (PART, "It is praise, not blame."))

    with pytest.raises(AnnotationError) as refusal:
        verbs.reply(CommentThread.objects.get(), actor=scene.worker, text=text)

    assert (refusal.value.code, refusal.value.status) == ("no_comment", 422)


def test_the_author_sees_the_threads_with_the_item_and_answers(scene):
    send_back(scene, (PART, HOSTILE), (PASSAGE, "See these words."))
    thread = CommentThread.objects.first()
    verbs.reply(thread, actor=scene.worker, text="I see it now.")

    told = mend(scene)

    assert [each["title"] for each in told["threads"]] == ["How does it sound? Negative", "“Text”"]
    assert [(each["text"], each["is_mine"]) for each in told["threads"][0]["comments"]] == [
        (HOSTILE, False),
        ("I see it now.", True),
    ]
    assert told["threads"][0]["is_open"]
    assert not told["threads"][0]["is_removed"]
    assert {"id", "region"} < set(told["threads"][0])


def test_an_item_that_was_never_returned_carries_nothing(scene):
    (lease,) = lease_items(scene.project.pk, user=make_user("other"), n=1).leases

    assert lease.returned is None


@pytest.mark.django_db
def test_drawing_a_returned_answer_takes_as_many_statements_with_comments_as_without():
    counts = [statements_of_draw(with_comments=with_comments) for with_comments in (False, True)]

    assert counts[0] == counts[1]


def statements_of_draw(*, with_comments):
    scene = make_scene()
    if with_comments:
        send_back(scene, (PART, "It is praise, not blame."), (PASSAGE, "See these words."))
    else:
        send_back(scene, evidence="It is praise, not blame.")
    with CaptureQueriesContext(connection) as statements:
        lease_items(scene.project.pk, user=scene.worker, n=1)
    return len(statements)


def test_a_mended_answer_shows_its_differences_and_that_the_place_is_gone(scene):
    send_back(scene, (PART, "It is praise, not blame."))
    mend(scene)

    (each,) = item_review(scene.reviewer, scene.project, scene.item).answers

    assert [(change.title, change.before, change.now) for change in each.changes] == [
        ("How does it sound?", ["Negative"], ["Positive"])
    ]
    assert [(thread.is_removed, thread.title) for thread in each.threads] == [(True, "How does it sound? Negative")]


def test_what_is_given_again_unchanged_has_no_differences(scene):
    send_back(scene, (PART, "It is praise, not blame."))
    mend(scene, "neg")

    (each,) = item_review(scene.reviewer, scene.project, scene.item).answers

    assert (each.answer.revision, each.changes, each.threads[0].is_removed) == (2, [], False)


def test_either_side_settles_a_thread_and_it_says_which(scene):
    send_back(scene, (PART, "It is praise, not blame."))
    thread = CommentThread.objects.get()

    said = []
    for actor, is_resolved in [
        (scene.worker, True), (scene.worker, True), (scene.reviewer, False), (scene.reviewer, True),
    ]:  # fmt: skip
        verbs.set_resolved(thread, actor=actor, is_resolved=is_resolved)
        (shown,) = threads_of([scene.answer], scene.worker)[scene.answer.pk]
        said.append((shown.is_open, shown.resolved_by))

    assert said == [(False, "author"), (False, "author"), (True, ""), (False, "reviewer")]
    actions = AuditEntry.objects.filter(action__startswith="answer.comment_").order_by("pk")
    assert [(row.action, row.team_id) for row in actions] == [
        ("answer.comment_resolved", None),
        ("answer.comment_reopened", scene.team.pk),
        ("answer.comment_resolved", scene.team.pk),
    ]


def test_once_the_answer_is_decided_nothing_is_added(scene):
    send_back(scene, (PART, "It is praise, not blame."))
    mend(scene)
    decide(scene.answer, actor=scene.reviewer, decision=Verdict.Decision.ACCEPTED)
    thread = CommentThread.objects.get()

    refusals = []
    for say in (
        lambda: verbs.reply(thread, actor=scene.worker, text="One thing more."),
        lambda: verbs.set_resolved(thread, actor=scene.reviewer, is_resolved=True),
    ):
        with pytest.raises(AnnotationError) as refusal:
            say()
        refusals.append(refusal.value.code)

    assert refusals == ["answer_decided", "answer_decided"]


def test_the_same_reply_sent_twice_is_one(scene):
    send_back(scene, (PART, "It is praise, not blame."))
    thread = CommentThread.objects.get()

    first, second = (verbs.reply(thread, actor=scene.worker, text="I see it now.") for _n in range(2))

    assert first == second
    assert thread.comments.count() == 2


def test_nobody_writes_without_end(scene, monkeypatch):
    monkeypatch.setattr(verbs, "MOST_AN_HOUR", 2)
    monkeypatch.setattr(verbs, "MOST_IN_A_THREAD", 4)
    send_back(scene, (PART, "It is praise, not blame."))
    thread = CommentThread.objects.get()

    codes = []
    for number in range(3):
        try:
            verbs.reply(thread, actor=scene.worker, text=f"Reply {number}")
        except AnnotationError as refusal:
            codes.append((refusal.code, refusal.status))
    verbs.reply(thread, actor=scene.reviewer, text="Somebody else may.")
    with pytest.raises(AnnotationError) as full:
        verbs.reply(thread, actor=scene.reviewer, text="It is full.")

    assert codes == [("too_many_comments", 429)]
    assert full.value.code == "thread_full"


def test_a_comment_is_never_changed_and_never_taken_away(scene):
    send_back(scene, (PART, "It is praise, not blame."))

    for change in (lambda: Comment.objects.update(text="Other words."), lambda: Comment.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_list_of_answers_with_threads_takes_the_same_statements_whatever_its_length(scene):
    counts = []
    for number in (1, 2):
        for item in make_items(scene.project, number):
            scene.answer = make_answer(item, scene.worker, "neg")
            send_back(scene, (PART, "It is praise, not blame."), (PASSAGE, "See these words."))
        answers = list(Answer.objects.select_related("schema_version"))
        with CaptureQueriesContext(connection) as statements:
            threads_of(answers, scene.worker)
        counts.append(len(statements))

    assert counts == [2, 2]


def test_each_side_is_told_of_the_other_once_a_day_and_nobody_is_named(scene, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send_back(scene, (PART, "It is praise, not blame."))
    thread = CommentThread.objects.get()
    for number in range(2):
        for actor in (scene.worker, scene.reviewer):
            with django_capture_on_commit_callbacks(execute=True):
                verbs.reply(thread, actor=actor, text=f"Reply {number}")

    told = [(letter.to, letter.subject) for letter in mail.outbox]
    assert told == [
        ([scene.worker.email], "An answer of yours was returned to you"),
        ([scene.reviewer.email], "An annotator answered a comment of yours"),
        ([scene.worker.email], "A reviewer commented on an answer of yours"),
    ]
    assert not any(name in letter.body for letter in mail.outbox for name in (scene.worker.email, scene.reviewer.email))
