"""Objecting to a rejection: who says what, what the clock does, and whose the money is meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEntry, Role
from annotation.domain import locks, rework
from annotation.domain.appeals import answer_appeal, end_due, object_to
from annotation.domain.lease import lease_items
from annotation.domain.resolution import count_new_answers, refit_project
from annotation.domain.verdict import accept_pending, decide
from annotation.exceptions import AnnotationError
from annotation.models import AnnotatorProgress, Appeal, AppealStep, Item, Project, Resolution, Verdict
from annotation.queries.open_work import has_open_work
from annotation.queries.quality import count_reviewers
from annotation.tests.factories import make_answer, make_project, make_team, make_user

WORDS = {"reason": "wrong", "evidence": "The text says the opposite."}
WHY = "The second sentence says so: please look again."
UPHELD = {"upholds": True, "reason": "wrong", "text": "The second sentence is ironic."}


class Scene:
    pass


def make_scene(**fields):
    scene = Scene()
    scene.owner, scene.reviewer, scene.worker = make_user("owner"), make_user("reviewer"), make_user("worker")
    scene.admin = make_user("admin", is_quality_admin=True)
    scene.team = make_team(owner=scene.owner, reviewer=scene.reviewer)
    scene.project = make_project(team=scene.team, owner=scene.owner, **{"items": 1, "overlap": 2} | fields)
    scene.item = scene.project.items.get()
    scene.answer = make_answer(scene.item, scene.worker)
    return scene


@pytest.fixture
def scene(db):
    return make_scene()


@pytest.fixture
def rejected(scene):
    reject(scene)
    return scene


def reject(scene):
    return decide(scene.answer, actor=scene.reviewer, decision=Verdict.Decision.REJECTED, **WORDS)


def clock_runs_out():
    Appeal.objects.filter(state__in=Appeal.LIVE).update(due_at=timezone.now() - timedelta(seconds=1))


def state_of(scene):
    scene.answer.refresh_from_db()
    scene.item.refresh_from_db()
    return (scene.answer.state, Appeal.objects.get().state, scene.item.taken, scene.item.answered, scene.item.state)


def record_of(user):
    return AnnotatorProgress.objects.values_list("answers", "accepted", "rejected").get(user=user)


def steps():
    return list(AppealStep.objects.order_by("created_at", "pk").values_list("kind", "by__display_name"))


# While it may be overturned


def test_a_rejection_keeps_place_and_record_until_its_clock_runs_out(rejected):
    assert state_of(rejected) == ("rejected", "open", 1, 1, "open")
    assert record_of(rejected.worker) == (1, 0, 0)
    left = Appeal.objects.get().due_at - timezone.now()
    assert timedelta(hours=71) < left <= timedelta(hours=72)


def test_nobody_else_gets_the_place_of_a_rejection_that_may_be_overturned(rejected):
    make_answer(rejected.item, make_user())

    assert lease_items(rejected.project.pk, user=make_user(), n=1).leases == []
    clock_runs_out()
    end_due()
    assert len(lease_items(rejected.project.pk, user=make_user(), n=1).leases) == 1


def test_an_item_with_a_rejection_that_may_be_overturned_is_not_done(rejected):
    make_answer(rejected.item, make_user())

    accept_pending(rejected.project, actor=rejected.owner)

    assert state_of(rejected) == ("rejected", "open", 2, 2, "open")
    object_to(rejected.answer, actor=rejected.worker, text=WHY)
    answer_appeal(rejected.answer, actor=rejected.owner, upholds=False)
    assert state_of(rejected) == ("accepted", "overturned", 2, 2, "done")


def test_silence_of_the_author_lets_the_rejection_stand(rejected):
    assert end_due() == 0
    clock_runs_out()

    assert (end_due(), end_due()) == (1, 0)
    assert state_of(rejected) == ("rejected", "final", 0, 0, "open")
    assert record_of(rejected.worker) == (1, 0, 1)
    assert steps() == [("lapsed", None)]


def test_a_project_waits_for_a_rejection_that_may_be_overturned(rejected):
    assert has_open_work(rejected.project)
    clock_runs_out()
    end_due()
    assert not has_open_work(rejected.project)


def test_a_project_may_have_a_clock_of_its_own(scene):
    Project.objects.update(appeal_period_seconds=86_400)
    scene.answer.refresh_from_db()

    reject(scene)

    assert Appeal.objects.get().due_at - timezone.now() <= timedelta(days=1)


# The appeal


def test_an_appeal_that_nobody_answers_is_paid_at_the_end_of_its_clock(rejected):
    object_to(rejected.answer, actor=rejected.worker, text=WHY)
    clock_runs_out()

    assert (end_due(), end_due()) == (1, 0)
    assert state_of(rejected) == ("accepted", "overturned", 1, 1, "open")
    assert record_of(rejected.worker) == (1, 1, 0)
    assert steps() == [("appealed", "worker"), ("overturned", None)]
    assert AuditEntry.objects.filter(action="appeal.overturned").count() == 1


def test_the_client_upholds_and_a_quality_admin_has_the_last_word(rejected):
    object_to(rejected.answer, actor=rejected.worker, text=WHY, field="sentiment")
    answer_appeal(rejected.answer, actor=rejected.owner, **UPHELD)
    between = state_of(rejected)
    object_to(rejected.answer, actor=rejected.worker, text=f"{WHY} Twice.")
    answer_appeal(rejected.answer, actor=rejected.admin, **UPHELD | {"text": "I see irony, too."})

    assert between == ("rejected", "upheld", 1, 1, "open")
    assert state_of(rejected) == ("rejected", "final", 0, 0, "open")
    assert [kind for kind, _who in steps()] == ["appealed", "upheld", "escalated", "confirmed"]
    with pytest.raises(AnnotationError, match="final"):
        object_to(rejected.answer, actor=rejected.worker, text="Once more, please.")


def test_a_quality_admin_gives_the_author_right(rejected):
    object_to(rejected.answer, actor=rejected.worker, text=WHY)
    answer_appeal(rejected.answer, actor=rejected.owner, **UPHELD)
    object_to(rejected.answer, actor=rejected.worker, text=f"{WHY} Twice.")

    answer_appeal(rejected.answer, actor=rejected.admin, upholds=False)

    assert state_of(rejected) == ("accepted", "overturned", 1, 1, "open")
    assert record_of(rejected.worker) == (1, 1, 0)


def test_whoever_is_alone_in_a_team_cannot_answer_and_a_quality_admin_does(rejected):
    rejected.team.memberships.filter(user=rejected.owner).delete()

    object_to(rejected.answer, actor=rejected.worker, text=WHY)

    assert Appeal.objects.get().state == "escalated"
    with pytest.raises(AnnotationError, match="Somebody else"):
        answer_appeal(rejected.answer, actor=rejected.reviewer, **UPHELD)


def test_nobody_answers_an_appeal_who_rejected_or_is_a_stranger_or_has_answered_before(rejected):
    object_to(rejected.answer, actor=rejected.worker, text=WHY)
    colleague = make_user("colleague")
    make_team("Friends", owner=colleague, reviewer=rejected.worker)
    rejected.team.memberships.create(user=colleague, role=Role.REVIEWER)
    viewer = make_user("viewer")
    rejected.team.memberships.create(user=viewer, role=Role.VIEWER)

    for wrong in (rejected.reviewer, rejected.worker, rejected.admin, make_user(), colleague, viewer):
        with pytest.raises(AnnotationError, match="Somebody else") as refusal:
            answer_appeal(rejected.answer, actor=wrong, upholds=False)
        assert refusal.value.status == 403

    rejected.owner.is_quality_admin = True
    rejected.owner.save()
    answer_appeal(rejected.answer, actor=rejected.owner, **UPHELD)
    object_to(rejected.answer, actor=rejected.worker, text=f"{WHY} Twice.")
    for wrong in (rejected.owner, rejected.reviewer):
        with pytest.raises(AnnotationError, match="Somebody else"):
            answer_appeal(rejected.answer, actor=wrong, upholds=True, reason="wrong", text="It stays as it is.")


def test_only_the_author_appeals_with_words_and_in_time(rejected):
    for actor, text, refusal in ((rejected.owner, WHY, "author"), (rejected.worker, " short ", "Say why")):
        with pytest.raises(AnnotationError, match=refusal):
            object_to(rejected.answer, actor=actor, text=text)
    with pytest.raises(AnnotationError, match="no such question"):
        object_to(rejected.answer, actor=rejected.worker, text=WHY, field="nothing")
    clock_runs_out()
    with pytest.raises(AnnotationError, match="run out"):
        object_to(rejected.answer, actor=rejected.worker, text=WHY)


def test_the_client_cannot_answer_when_the_clock_has_run_out(rejected):
    object_to(rejected.answer, actor=rejected.worker, text=WHY)
    clock_runs_out()

    with pytest.raises(AnnotationError, match="run out"):
        answer_appeal(rejected.answer, actor=rejected.owner, **UPHELD)


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"reason": "mood"}, {"text": "no"}, {"text": "   "}])
def test_no_rejection_is_upheld_without_reason_and_evidence(rejected, wrong):
    object_to(rejected.answer, actor=rejected.worker, text=WHY)

    with pytest.raises(AnnotationError) as refusal:
        answer_appeal(rejected.answer, actor=rejected.owner, **UPHELD | wrong)

    assert refusal.value.status == 422
    words = {"reason": "wrong", "text": UPHELD["text"]} | wrong
    if words["reason"] != "mood":
        with pytest.raises(IntegrityError, match="no_rejection_is_upheld"), transaction.atomic():
            AppealStep.objects.create(appeal=Appeal.objects.get(), kind="upheld", by=rejected.owner, **words)


def test_what_was_said_in_an_appeal_is_never_changed(rejected):
    object_to(rejected.answer, actor=rejected.worker, text=WHY)

    for change in (lambda: AppealStep.objects.update(text="I take it all back."), AppealStep.objects.all().delete):
        with pytest.raises(DatabaseError, match="only added"), transaction.atomic():
            change()


def test_the_same_words_twice_are_said_once(rejected):
    for _twice in range(2):
        object_to(rejected.answer, actor=rejected.worker, text=WHY)
    for _twice in range(2):
        answer_appeal(rejected.answer, actor=rejected.owner, **UPHELD)

    assert len(steps()) == 2


def test_an_accepted_answer_has_nothing_to_appeal(scene):
    decide(scene.answer, actor=scene.reviewer, decision=Verdict.Decision.ACCEPTED)

    with pytest.raises(AnnotationError, match="nothing to appeal"):
        object_to(scene.answer, actor=scene.worker, text=WHY)


def test_what_was_returned_and_not_done_again_can_be_appealed_too(scene):
    decide(scene.answer, actor=scene.reviewer, decision=Verdict.Decision.RETURNED, **WORDS)
    scene.project.answers.update(review_due_at=timezone.now() - timedelta(hours=1))

    assert rework.lapse_returned() == 1
    assert state_of(scene) == ("rejected", "open", 1, 1, "open")
    object_to(scene.answer, actor=scene.worker, text=WHY)
    answer_appeal(scene.answer, actor=scene.owner, upholds=False)

    assert state_of(scene) == ("accepted", "overturned", 1, 1, "open")
    assert record_of(scene.worker) == (1, 1, 0)


# What an overturned rejection restores


def test_overturning_restores_the_consensus_as_if_nothing_had_been_rejected(scene):
    make_answer(scene.item, make_user(), value="neg")
    count_new_answers()
    refit_project(scene.project)
    before = Resolution.objects.values("value", "confidence", "answers").get()
    standing = AnnotatorProgress.objects.values_list("reliability", flat=True).get(user=scene.worker)

    reject(scene)
    count_new_answers()
    between = Resolution.objects.values_list("answers", flat=True).get()
    object_to(scene.answer, actor=scene.worker, text=WHY)
    answer_appeal(scene.answer, actor=scene.owner, upholds=False)
    count_new_answers()
    refit_project(scene.project)

    assert between == 1
    assert Resolution.objects.values("value", "confidence", "answers").get() == before
    assert AnnotatorProgress.objects.values_list("reliability", flat=True).get(user=scene.worker) == standing


def test_the_reviewer_is_marked_when_his_rejection_is_overturned(rejected):
    object_to(rejected.answer, actor=rejected.worker, text=WHY)
    before = [row.overturned for row in count_reviewers()]
    answer_appeal(rejected.answer, actor=rejected.owner, upholds=False)

    assert (before, [(row.user_id, row.rejected, row.overturned) for row in count_reviewers()]) == (
        [0],
        [(rejected.reviewer.pk, 1, 1)],
    )


# Letters


@pytest.mark.django_db(transaction=True)
def test_everybody_whose_turn_it_is_gets_a_letter():
    scene = make_scene()
    reject(scene)
    object_to(scene.answer, actor=scene.worker, text=WHY)
    answer_appeal(scene.answer, actor=scene.owner, **UPHELD)
    object_to(scene.answer, actor=scene.worker, text=f"{WHY} Twice.")
    answer_appeal(scene.answer, actor=scene.admin, upholds=False)

    assert [letter.to for letter in mail.outbox] == [
        [person.email] for person in (scene.worker, scene.owner, scene.worker, scene.admin, scene.worker)
    ]
    assert mail.outbox[0].subject == "An answer of yours was rejected, and you can appeal"
    assert f"/me/answers/{scene.answer.pk}/" in mail.outbox[0].body


# At once


def in_threads(*verbs):
    def run(verb):
        try:
            return verb()
        except AnnotationError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return [future.result() for future in [pool.submit(run, verb) for verb in verbs]]


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_end_everything_once():
    scene = make_scene(overlap=20)
    answers = [scene.answer, *(make_answer(scene.item, make_user()) for _n in range(11))]
    for answer in answers:
        decide(answer, actor=scene.reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
    for answer in answers[:6]:
        object_to(answer, actor=answer.user, text=WHY)
    clock_runs_out()

    ended = sum(in_threads(*[lambda: end_due(limit=3)] * 3)) + end_due()

    assert ended == 12
    assert Appeal.objects.filter(state="overturned").count() == 6
    scene.item.refresh_from_db()
    assert (scene.item.taken, scene.item.answered) == (6, 6)
    assert sum(AnnotatorProgress.objects.values_list("accepted", flat=True)) == 6
    assert sum(AnnotatorProgress.objects.values_list("rejected", flat=True)) == 6


@pytest.mark.django_db(transaction=True)
def test_the_clock_passes_over_what_somebody_holds_and_finds_it_again():
    scene = make_scene()
    reject(scene)
    clock_runs_out()
    held, release = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            locks.lock_appeal(scene.answer.pk)
            held.set()
            release.wait(10)

    def run():
        held.wait(10)
        try:
            return end_due()
        finally:
            release.set()

    assert in_threads(hold, run) == [None, 0]
    assert end_due() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_moment_belongs_to_one_of_clock_and_client():
    scene = make_scene()
    reject(scene)
    object_to(scene.answer, actor=scene.worker, text=WHY)
    clock_runs_out()

    said, _ended = in_threads(lambda: answer_appeal(scene.answer, actor=scene.owner, **UPHELD), end_due)
    end_due()

    assert said in {"too_late", "not_appealed"}
    assert state_of(scene)[:2] == ("accepted", "overturned")
    assert Item.objects.filter(pk=scene.item.pk, taken=1, answered=1).exists()
