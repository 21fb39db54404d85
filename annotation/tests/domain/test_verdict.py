"""Judging: who may, what it needs, what it changes, and what happens when two do it at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Role
from annotation.domain import locks, rework
from annotation.domain.answer import AlreadyAnswered, submit_answer
from annotation.domain.appeals import end_due
from annotation.domain.lease import lease_items
from annotation.domain.verdict import accept_agreeing, accept_by_silence, accept_pending, decide
from annotation.exceptions import AnnotationError
from annotation.models import (
    AnnotatorProgress,
    Answer,
    AnswerRevision,
    Appeal,
    Assignment,
    Item,
    Project,
    Resolution,
    Verdict,
)
from annotation.tests.factories import make_answer, make_items, make_project, make_team, make_user

ACCEPTED, REJECTED, RETURNED = Verdict.Decision
EVIDENCE = "The text says the opposite."


@pytest.fixture
def scene(db):
    return make_scene()


class Scene:
    pass


def make_scene(**fields):
    scene = Scene()
    scene.owner, scene.reviewer, scene.worker = make_user("owner"), make_user("reviewer"), make_user("worker")
    scene.team = make_team(owner=scene.owner, reviewer=scene.reviewer)
    scene.project = make_project(
        team=scene.team, owner=scene.owner, **{"items": 2, "review_price_minor": 9_000} | fields
    )
    Project.objects.update(reviews_budget=2)
    scene.project.refresh_from_db()
    scene.item = scene.project.items.first()
    scene.answer = make_answer(scene.item, scene.worker)
    return scene


def reject(answer, actor, **words):
    return decide(answer, actor=actor, decision=REJECTED, **{"reason": "wrong", "evidence": EVIDENCE} | words)


def record_of(user):
    return AnnotatorProgress.objects.values_list("answers", "accepted", "rejected").get(user=user)


def now_is_past(answers):
    answers.update(review_due_at=timezone.now() - timedelta(hours=1))


def nobody_appeals():
    Appeal.objects.update(due_at=timezone.now() - timedelta(hours=1))
    end_due()


# What a verdict changes


def test_an_accepted_answer_is_decided_and_counts_for_its_author(scene):
    made = decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)

    scene.answer.refresh_from_db()
    assert (scene.answer.state, scene.answer.decided_at is not None) == ("accepted", True)
    assert (made.decision, made.reason, made.evidence, made.decided_by) == ("accepted", "", "", scene.reviewer)
    assert record_of(scene.worker) == (1, 1, 0)
    assert AuditEntry.objects.get(action="answer.accepted").object_id == str(scene.answer.pk)


def test_a_rejected_answer_frees_its_place_for_somebody_else_and_never_for_its_author(scene):
    Item.objects.filter(project=scene.project).exclude(pk=scene.item.pk).update(state=Item.State.HIDDEN)
    Item.objects.filter(pk=scene.item.pk).update(places=1)

    reject(scene.answer, scene.reviewer)
    nobody_appeals()

    scene.item.refresh_from_db()
    assert (scene.item.taken, scene.item.answered, scene.item.state) == (0, 0, "open")
    assert record_of(scene.worker) == (1, 0, 1)
    assert lease_items(scene.project.pk, user=scene.worker, n=1).leases == []
    (lease,) = lease_items(scene.project.pk, user=make_user("other"), n=1).leases
    assert Assignment.objects.get(pk=lease.id).item_id == scene.item.pk


def test_rejecting_an_answer_to_a_hidden_item_does_not_show_it_again(scene):
    Item.objects.filter(pk=scene.item.pk).update(state=Item.State.HIDDEN)

    reject(scene.answer, scene.reviewer)
    nobody_appeals()

    scene.item.refresh_from_db()
    assert (scene.item.state, scene.item.taken) == (Item.State.HIDDEN, 0)


def test_a_returned_answer_comes_back_to_its_author_first_and_is_judged_again(scene):
    decide(scene.answer, actor=scene.reviewer, decision=RETURNED, reason="incomplete", evidence=EVIDENCE)
    first, second = lease_items(scene.project.pk, user=scene.worker, n=2).leases
    submitted = submit_answer(scene.worker, lease_id=first.id, key=uuid4(), result={"sentiment": "neg"}, active_ms=900)

    made = decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)

    assert first.returned == {"comment": EVIDENCE, "reason": "incomplete", "value": {"sentiment": "pos"}, "threads": []}
    assert second.returned is None
    scene.answer.refresh_from_db()
    assert (submitted.answer_id, scene.answer.revision, scene.answer.state) == (scene.answer.pk, 2, "accepted")
    assert scene.answer.value == {"sentiment": "neg"}
    assert AnswerRevision.objects.values_list("number", "value").get() == (1, {"sentiment": "pos"})
    assert [v.decision for v in scene.answer.verdicts.order_by("revision")] == ["returned", "accepted"]
    assert made.revision == 2
    scene.item.refresh_from_db()
    assert (scene.item.taken, scene.item.answered) == (1, 1)
    assert record_of(scene.worker) == (1, 1, 0)


def test_a_returned_answer_waits_for_no_verdict_until_it_is_done_again(scene):
    decide(scene.answer, actor=scene.reviewer, decision=RETURNED, reason="wrong", evidence=EVIDENCE)
    now_is_past(Answer.objects.all())

    accepted = accept_by_silence()

    scene.answer.refresh_from_db()
    assert (accepted, scene.answer.state) == (0, "returned")


def test_a_returned_answer_that_is_not_done_again_in_time_frees_its_place(scene):
    decide(scene.answer, actor=scene.reviewer, decision=RETURNED, reason="wrong", evidence=EVIDENCE)
    before = rework.lapse_returned()
    now_is_past(Answer.objects.all())

    lapsed = rework.lapse_returned()
    nobody_appeals()

    scene.answer.refresh_from_db()
    scene.item.refresh_from_db()
    assert (before, lapsed, rework.lapse_returned()) == (0, 1, 0)
    assert (scene.answer.state, scene.item.taken, scene.item.answered) == ("rejected", 0, 0)
    assert record_of(scene.worker) == (1, 0, 1)
    assert scene.answer.verdicts.get().evidence == EVIDENCE


def test_a_returned_answer_does_not_lapse_while_its_author_holds_it(scene):
    decide(scene.answer, actor=scene.reviewer, decision=RETURNED, reason="wrong", evidence=EVIDENCE)
    (lease, *_others) = lease_items(scene.project.pk, user=scene.worker, n=1).leases
    now_is_past(Answer.objects.all())

    assert rework.lapse_returned() == 0
    submit_answer(scene.worker, lease_id=lease.id, key=uuid4(), result={"sentiment": "neg"})
    scene.answer.refresh_from_db()
    assert scene.answer.state == "pending"


def test_whoever_has_to_do_it_again_gets_a_day_even_where_silence_accepts_at_once(scene):
    Project.objects.update(review_period_seconds=0)

    decide(scene.answer, actor=scene.reviewer, decision=RETURNED, reason="wrong", evidence=EVIDENCE)

    scene.answer.refresh_from_db()
    assert scene.answer.review_due_at > timezone.now() + timedelta(hours=23)


def test_a_rejected_answer_cannot_be_sent_again(scene):
    reject(scene.answer, scene.reviewer)

    with pytest.raises(AlreadyAnswered):
        submit_answer(scene.worker, lease_id=scene.answer.assignment_id, key=uuid4(), result={"sentiment": "neg"})


# Reason and evidence


@pytest.mark.parametrize("decision", [REJECTED, RETURNED])
@pytest.mark.parametrize(
    ("reason", "evidence", "field"),
    [
        ("", EVIDENCE, "reason"),
        ("bored", EVIDENCE, "reason"),
        ("wrong", "", "evidence"),
        ("wrong", " no \n" * 2, "evidence"),
    ],
)
def test_no_rejection_or_return_without_reason_and_evidence(scene, decision, reason, evidence, field):
    with pytest.raises(AnnotationError) as refused:
        decide(scene.answer, actor=scene.reviewer, decision=decision, reason=reason, evidence=evidence)

    assert (refused.value.field, refused.value.status) == (field, 422)
    assert not Verdict.objects.exists()


@pytest.mark.parametrize(
    "words", [{"evidence": EVIDENCE}, {"reason": "wrong"}, {"reason": "wrong", "evidence": " " * 20}]
)
def test_the_database_refuses_a_rejection_without_reason_or_evidence(scene, words):
    with pytest.raises(IntegrityError, match="no_rejection_without_reason_and_evidence"):
        Verdict.objects.create(answer=scene.answer, revision=1, decision=REJECTED, decided_by=scene.reviewer, **words)


@pytest.mark.parametrize("change", [{"decision": "accepted"}, {"evidence": "Something else."}, {"decided_by": None}])
def test_the_database_refuses_to_change_a_verdict(scene, change):
    reject(scene.answer, scene.reviewer)

    with pytest.raises(IntegrityError, match="only added"):
        Verdict.objects.update(**change)


def test_the_database_refuses_to_delete_a_verdict(scene):
    decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)

    with pytest.raises(IntegrityError, match="only added"):
        Verdict.objects.all().delete()


def test_the_database_pays_no_verdict_of_nobody(scene):
    with pytest.raises(IntegrityError, match="paid_verdict_has_a_reviewer"):
        Verdict.objects.create(answer=scene.answer, revision=1, decision=ACCEPTED, price_minor=1)


def test_an_acceptance_keeps_no_reason(scene):
    made = decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED, reason="spam", evidence="never mind this")

    assert (made.reason, made.evidence) == ("", "")


# Who may judge


def test_nobody_reviews_their_own_work(scene):
    own = make_answer(scene.item, scene.reviewer)

    with pytest.raises(AnnotationError) as refused:
        decide(own, actor=scene.reviewer, decision=ACCEPTED)

    assert (refused.value.code, refused.value.status) == ("own_work", 403)


def test_nobody_reviews_the_work_of_people_they_share_a_team_with(scene):
    make_team("Friends", owner=scene.worker, viewer=scene.reviewer)

    with pytest.raises(AnnotationError) as refused:
        decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)

    assert (refused.value.code, refused.value.status) == ("close_person", 403)


def test_in_a_project_for_one_team_its_members_review_each_other(scene):
    Project.objects.update(team_only=True)
    scene.team.memberships.create(user=scene.worker, role=Role.VIEWER)

    assert decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)


# The same twice, and too late


def test_the_same_decision_twice_is_one_verdict(scene):
    first, again = reject(scene.answer, scene.reviewer), reject(scene.answer, scene.reviewer, evidence=f" {EVIDENCE} ")

    assert first == again
    nobody_appeals()
    assert record_of(scene.worker) == (1, 0, 1)
    scene.item.refresh_from_db()
    assert (scene.item.taken, scene.item.answered) == (0, 0)


@pytest.mark.parametrize("words", [{"reason": "spam"}, {"evidence": "Something quite different."}])
def test_another_reason_for_what_is_judged_already_is_refused(scene, words):
    reject(scene.answer, scene.reviewer)

    with pytest.raises(AnnotationError) as refused:
        reject(scene.answer, scene.reviewer, **words)

    assert refused.value.code == "already_judged"


def test_another_reviewer_is_told_that_it_is_judged(scene):
    decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)

    with pytest.raises(AnnotationError) as refused:
        decide(scene.answer, actor=scene.owner, decision=ACCEPTED)

    assert refused.value.code == "already_judged"


def test_an_answer_that_changed_meanwhile_is_not_judged_unseen(scene):
    decide(scene.answer, actor=scene.reviewer, decision=RETURNED, reason="wrong", evidence=EVIDENCE)
    (lease, *_others) = lease_items(scene.project.pk, user=scene.worker, n=1).leases
    submit_answer(scene.worker, lease_id=lease.id, key=uuid4(), result={"sentiment": "neg"})

    with pytest.raises(AnnotationError) as late:
        decide(scene.answer, actor=scene.owner, decision=ACCEPTED, revision=1)
    Answer.objects.update(revision=3)
    with pytest.raises(AnnotationError) as unseen:
        decide(scene.answer, actor=scene.owner, decision=ACCEPTED, revision=2)

    assert (late.value.code, unseen.value.code) == ("already_judged", "answer_changed")


def test_an_answer_that_silence_accepted_cannot_be_rejected(scene):
    now_is_past(Answer.objects.all())
    accept_by_silence()

    with pytest.raises(AnnotationError) as refused:
        reject(scene.answer, scene.reviewer)

    assert refused.value.code == "already_judged"


# What a verdict pays


def test_a_reviewer_is_paid_until_the_review_budget_is_used_up(scene):
    answers = [scene.answer, *(make_answer(scene.item, make_user()) for _n in range(2))]

    prices = [decide(answer, actor=scene.reviewer, decision=ACCEPTED).price_minor for answer in answers]

    scene.project.refresh_from_db()
    assert (prices, scene.project.reviews_paid) == ([9_000, 9_000, 0], 2)


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_the_client_pays_nothing_to_himself(scene, role):
    client = make_user("client")
    scene.team.memberships.create(user=client, role=role)

    assert decide(scene.answer, actor=client, decision=ACCEPTED).price_minor == 0


def test_a_refused_verdict_uses_no_review_budget(scene):
    decide(scene.answer, actor=scene.owner, decision=ACCEPTED)

    with pytest.raises(AnnotationError):
        decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)

    scene.project.refresh_from_db()
    assert scene.project.reviews_paid == 0


# Items


def test_an_item_is_done_when_all_its_answers_are_accepted_and_open_again_after_a_rejection(scene):
    Item.objects.filter(pk=scene.item.pk).update(places=2)
    other = make_answer(scene.item, make_user())
    states = []
    for answer in (scene.answer, other):
        decide(answer, actor=scene.reviewer, decision=ACCEPTED)
        states.append(Item.objects.get(pk=scene.item.pk).state)

    assert states == ["open", "done"]


def test_an_item_with_a_returned_answer_is_not_done(scene):
    Item.objects.filter(pk=scene.item.pk).update(places=2)
    other = make_answer(scene.item, make_user())
    decide(other, actor=scene.reviewer, decision=RETURNED, reason="wrong", evidence=EVIDENCE)

    decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED)

    assert Item.objects.get(pk=scene.item.pk).state == "open"


# Many at once


def test_silence_accepts_what_is_due_and_nothing_else(scene):
    due = make_answer(scene.item, make_user(), review_due_at=timezone.now() - timedelta(hours=1))

    accepted = accept_by_silence()

    due.refresh_from_db()
    scene.answer.refresh_from_db()
    assert (accepted, due.state, scene.answer.state) == (1, "accepted", "pending")
    assert Verdict.objects.values_list("decision", "decided_by", "price_minor", "revision").get() == (
        "accepted",
        None,
        0,
        1,
    )
    assert record_of(due.user) == (1, 1, 0)


def test_silence_finishes_items(scene):
    Item.objects.filter(pk=scene.item.pk).update(places=1)
    now_is_past(Answer.objects.all())

    accept_by_silence()

    assert Item.objects.get(pk=scene.item.pk).state == "done"


def test_silence_takes_two_statements_a_chunk_whatever_its_size(scene):
    workers = [make_user() for _n in range(3)]
    for item in make_items(scene.project, 10):
        for worker in workers:
            make_answer(item, worker)
    now_is_past(Answer.objects.all())

    with CaptureQueriesContext(connection) as statements:
        accepted = accept_by_silence(limit=10)

    sql = [query["sql"] for query in statements.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert (accepted, len(sql)) == (31, 2 * 4)


def test_the_client_accepts_everything_but_his_own_and_his_peoples_answers(scene):
    other = make_answer(scene.item, make_user())
    own, friend = make_answer(scene.item, scene.owner), make_user("friend")
    make_team("Friends", owner=scene.owner, viewer=friend)
    close = make_answer(scene.project.items.last(), friend)
    elsewhere = make_answer(make_project(items=1).items.get(), scene.worker)

    accepted = accept_pending(scene.project, actor=scene.owner)

    states = dict(Answer.objects.values_list("pk", "state"))
    assert accepted == 2
    assert [states[a.pk] for a in (scene.answer, other, own, close, elsewhere)] == [
        "accepted", "accepted", "pending", "pending", "pending",
    ]  # fmt: skip
    assert set(Verdict.objects.values_list("decided_by", "price_minor")) == {(scene.owner.pk, 0)}
    assert AuditEntry.objects.get(action="answer.accepted_all").changes == {"answers": 2}


def test_all_that_agree_with_the_consensus_are_accepted_together(scene):
    other, different = make_answer(scene.item, make_user()), make_answer(scene.item, make_user(), "neg")
    Resolution.objects.create(
        item=scene.item, project=scene.project, value={"sentiment": "pos"}, confidence=0.9, method="x", answers=3
    )

    accepted = accept_agreeing(scene.item, actor=scene.reviewer)

    different.refresh_from_db()
    assert (accepted, different.state) == (2, "pending")
    assert set(Verdict.objects.values_list("answer", "price_minor")) == {(scene.answer.pk, 9_000), (other.pk, 9_000)}


def test_nothing_agrees_before_there_is_a_consensus(scene):
    assert accept_agreeing(scene.item, actor=scene.reviewer) == 0


# Two connections


def in_threads(*jobs):
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            connection.ensure_connection()
            gate.wait(timeout=30)
            return job()
        except AnnotationError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_the_same_moment_one_judges_and_one_is_told():
    scene = make_scene()

    outcomes = in_threads(
        lambda: decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED),
        lambda: reject(scene.answer, scene.owner),
    )

    assert sorted(isinstance(each, Verdict) for each in outcomes) == [False, True]
    assert "already_judged" in outcomes
    scene.answer.refresh_from_db()
    assert scene.answer.state == Verdict.objects.get().decision
    assert record_of(scene.worker)[1:] == ((1, 0) if scene.answer.state == "accepted" else (0, 0))


@pytest.mark.django_db(transaction=True)
def test_a_verdict_waits_for_whoever_holds_the_answer():
    scene = make_scene()
    held, release = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            _item, answer = locks.lock_item_and_answer(scene.answer.pk)
            answer.state = Answer.State.ACCEPTED
            answer.save()
            Verdict.objects.create(answer=answer, revision=1, decision=ACCEPTED, decided_by=scene.owner)
            held.set()
            release.wait(5)

    def judge():
        held.wait(5)
        threading.Timer(0.2, release.set).start()
        return reject(scene.answer, scene.reviewer)

    assert in_threads(hold, judge) == [None, "already_judged"]


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_share_the_last_paid_review():
    scene = make_scene()
    Project.objects.update(reviews_budget=1)
    second = make_user("second")
    scene.team.memberships.create(user=second, role=Role.REVIEWER)
    other = make_answer(scene.project.items.last(), make_user())

    made = in_threads(
        lambda: decide(scene.answer, actor=scene.reviewer, decision=ACCEPTED),
        lambda: decide(other, actor=second, decision=ACCEPTED),
    )

    assert sorted(each.price_minor for each in made) == [0, 9_000]


@pytest.mark.django_db(transaction=True)
def test_two_workers_accept_by_silence_at_once_and_count_everything_once():
    scene = make_scene(items=40)
    workers = [make_user() for _n in range(3)]
    for item in scene.project.items.all():
        for worker in workers:
            if item.taken < 3:
                make_answer(item, worker)
    now_is_past(Answer.objects.all())
    total = Answer.objects.count()

    accepted = sum(in_threads(*[lambda: accept_by_silence(limit=7)] * 3)) + accept_by_silence()

    assert accepted == total == Verdict.objects.count()
    assert not Answer.objects.exclude(state="accepted").exists()
    assert sum(AnnotatorProgress.objects.values_list("accepted", flat=True)) == total
    assert set(scene.project.items.values_list("state", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_who_accepts_everything_waits_for_answers_that_are_just_being_counted():
    scene = make_scene(items=3)
    held, release = threading.Event(), threading.Event()

    def count():
        with transaction.atomic():
            list(Answer.objects.select_for_update(no_key=True).order_by("pk"))
            held.set()
            release.wait(5)

    def accept():
        held.wait(5)
        threading.Timer(0.2, release.set).start()
        return accept_pending(scene.project, actor=scene.owner)

    assert in_threads(count, accept) == [None, 1]
    assert not Answer.objects.filter(state="pending").exists()


@pytest.mark.django_db(transaction=True)
def test_a_reviewer_and_silence_at_once_leave_one_verdict():
    scene = make_scene()
    now_is_past(Answer.objects.all())

    in_threads(lambda: reject(scene.answer, scene.reviewer), accept_by_silence)
    accept_by_silence()

    scene.answer.refresh_from_db()
    assert scene.answer.state == Verdict.objects.get().decision
