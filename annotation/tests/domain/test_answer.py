from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.domain.answer import (
    AlreadyAnswered,
    InvalidAnswer,
    KeyReused,
    LeaseGone,
    NotNeeded,
    submit_answer,
)
from annotation.domain.lease import expire_leases, lease_items, release_lease, skip_lease
from annotation.models import AnnotatorProgress, Answer, AnswerRevision, Assignment, Item, Project
from annotation.tests.factories import make_answer, make_gold, make_lease, make_project, make_user

pytestmark = pytest.mark.django_db
POSITIVE, NEGATIVE = {"sentiment": "pos"}, {"sentiment": "neg"}


def send(user, lease, result=None, key=None, **more):
    return submit_answer(user, lease_id=lease.pk, key=key or uuid4(), result=result or POSITIVE, **more)


def places(item):
    item.refresh_from_db()
    return item.taken, item.answered


def expire(lease):
    Assignment.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(seconds=60))
    expire_leases()


def test_an_answer_ends_the_lease_and_keeps_its_price():
    project = make_project(items=1)
    worker, item = make_user(), project.items.get()
    lease = make_lease(item, worker, price_minor=70_000)

    submitted = send(
        worker, lease, lead_ms=900, active_ms=700, schema_version=1, client={"v": "1", "locale": "fr", "x": 1}
    )

    answer = Answer.objects.get()
    lease.refresh_from_db()
    assert (answer.pk, answer.value, answer.price_minor) == (submitted.answer_id, POSITIVE, 70_000)
    assert (answer.lead_ms, answer.active_ms, answer.client) == (900, 700, {"v": "1", "locale": "fr"})
    assert answer.review_due_at > timezone.now() + timedelta(days=2)
    assert (answer.was_late, lease.state, places(item)) == (False, "submitted", (1, 1))
    assert (submitted.answers, submitted.earned_minor, submitted.pending_minor) == (1, 0, 70_000)
    assert AnnotatorProgress.objects.get().answers == 1


def test_the_same_key_brings_the_first_answer_again():
    project = make_project(items=1)
    worker, key = make_user(), uuid4()
    lease = make_lease(project.items.get(), worker)

    first = send(worker, lease, key=key)
    second = send(worker, lease, key=key)

    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert first.answer_id == second.answer_id
    assert (first.pending_minor, first.answers) == (second.pending_minor, second.answers)
    assert Answer.objects.count() == 1


def test_a_key_is_not_for_another_answer():
    project = make_project(items=2)
    worker, key = make_user(), uuid4()
    one, two = (make_lease(item, worker) for item in project.items.all())
    send(worker, one, key=key)

    for lease, result in ((one, NEGATIVE), (two, POSITIVE)):
        with pytest.raises(KeyReused):
            send(worker, lease, result, key=key)
    with pytest.raises(KeyReused):
        submit_answer(worker, lease_id=uuid4(), key=key, result=POSITIVE)


def test_two_people_may_use_the_same_key():
    project = make_project(items=1)
    key, item = uuid4(), project.items.get()
    for worker in (make_user(), make_user()):
        send(worker, make_lease(item, worker), key=key)

    assert Answer.objects.filter(key=key).count() == 2


def test_a_second_answer_to_the_same_item_is_refused():
    project = make_project(items=1)
    worker = make_user()
    lease = make_lease(project.items.get(), worker)
    send(worker, lease)

    with pytest.raises(AlreadyAnswered):
        send(worker, lease, NEGATIVE)


def test_another_persons_lease_is_as_gone_as_none():
    project = make_project(items=1)
    lease = make_lease(project.items.get(), make_user())
    outsider = make_user("outsider")

    with pytest.raises(LeaseGone) as foreign:
        send(outsider, lease)
    with pytest.raises(LeaseGone) as absent:
        submit_answer(outsider, lease_id=uuid4(), key=uuid4(), result=POSITIVE)

    assert foreign.value.message == absent.value.message


def test_every_bad_field_is_named():
    project = make_project(items=1)
    worker = make_user()
    lease = make_lease(project.items.get(), worker)

    with pytest.raises(InvalidAnswer) as refused:
        send(worker, lease, {"sentiment": "great", "mood": "x"}, schema_version=2, lead_ms=-1, active_ms="soon")

    paths = {error.path for error in refused.value.errors}
    assert paths == {"schema_version", "lead_ms", "active_ms", "result.mood", "result.sentiment"}
    assert Answer.objects.count() == 0


@pytest.mark.parametrize("result", [None, [], "pos", {}, {"sentiment": None}, {"sentiment": ["pos"]}, {"sentiment": 1}])
def test_what_is_no_answer_is_refused(result):
    project = make_project(items=1)
    worker = make_user()
    lease = make_lease(project.items.get(), worker)

    with pytest.raises(InvalidAnswer):
        submit_answer(worker, lease_id=lease.pk, key=uuid4(), result=result)


def test_late_work_takes_its_place_again_while_one_is_free():
    project = make_project(items=1, overlap=1)
    worker, item = make_user(), project.items.get()
    lease = make_lease(item, worker)
    expire(lease)
    assert places(item) == (0, 0)

    send(worker, lease)

    assert Answer.objects.get().was_late
    assert places(item) == (1, 1)


def test_late_work_is_refused_when_others_have_filled_the_item():
    project = make_project(items=1, overlap=1)
    worker, item = make_user(), project.items.get()
    lease = make_lease(item, worker)
    expire(lease)
    other = make_user("other")
    send(other, make_lease(item, other))

    with pytest.raises(NotNeeded):
        send(worker, lease)

    assert places(item) == (1, 1)


def test_work_that_ran_out_but_was_not_yet_swept_still_has_its_place():
    project = make_project(items=1, overlap=1)
    worker, item = make_user(), project.items.get()
    lease = make_lease(item, worker, expires_at=timezone.now() - timedelta(seconds=5))

    send(worker, lease)

    assert Answer.objects.get().was_late
    assert places(item) == (1, 1)


def test_late_work_belongs_to_the_lease_that_the_same_person_has_now():
    project = make_project(items=1, overlap=1)
    worker, item = make_user(), project.items.get()
    old = make_lease(item, worker)
    expire(old)
    (new,) = lease_items(project.pk, user=worker, n=1).leases

    send(worker, old)

    assert Answer.objects.get().assignment_id == new.id
    assert places(item) == (1, 1)


def test_a_released_item_may_still_be_answered_while_it_is_free_and_a_skipped_one_not():
    project = make_project(items=2, overlap=1)
    worker = make_user()
    released, skipped = (make_lease(item, worker) for item in project.items.all())
    release_lease(worker, lease_id=released.pk)
    skip_lease(worker, lease_id=skipped.pk, reason="unclear")

    send(worker, released)

    with pytest.raises(LeaseGone):
        send(worker, skipped)
    assert sorted(places(item) for item in project.items.all()) == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("state", "is_held_taken", "is_late_taken"),
    [("paused", True, True), ("closing", True, False), ("closed", False, False)],
)
def test_what_a_project_takes_in_each_state(state, is_held_taken, is_late_taken):
    project = make_project(items=2)
    worker = make_user()
    held, late = (make_lease(item, worker) for item in project.items.all())
    expire(late)
    Project.objects.update(state=state)

    for lease, is_taken in ((held, is_held_taken), (late, is_late_taken)):
        if is_taken:
            send(worker, lease)
        else:
            with pytest.raises(NotNeeded):
                send(worker, lease)


def test_late_work_on_a_finished_item_is_not_needed():
    project = make_project(items=1)
    worker, item = make_user(), project.items.get()
    lease = make_lease(item, worker)
    expire(lease)
    Item.objects.update(state=Item.State.DONE)

    with pytest.raises(NotNeeded):
        send(worker, lease)


def test_a_suspended_person_may_finish_what_was_leased():
    project = make_project(items=1)
    worker = make_user(is_suspended=True)

    assert send(worker, make_lease(project.items.get(), worker)).state == "pending"


def test_rework_is_a_new_revision_and_keeps_the_old_one():
    project = make_project(items=1)
    worker, item = make_user(), project.items.get()
    answer = make_answer(item, worker, state="returned", is_counted=True, lead_ms=100)
    (lease,) = lease_items(project.pk, user=worker, n=1).leases

    key = uuid4()
    first = submit_answer(worker, lease_id=lease.id, key=key, result=NEGATIVE, lead_ms=50)
    again = submit_answer(worker, lease_id=lease.id, key=key, result=NEGATIVE, lead_ms=50)

    answer.refresh_from_db()
    assert (first.answer_id, again.answer_id) == (answer.pk, answer.pk)
    assert (answer.value, answer.revision, answer.state) == (NEGATIVE, 2, "pending")
    assert (answer.is_counted, answer.lead_ms) == (False, 150)
    assert AnswerRevision.objects.get().value == POSITIVE
    assert places(item) == (1, 1)
    assert AnnotatorProgress.objects.get().answers == 1
    with pytest.raises(AlreadyAnswered):
        submit_answer(worker, lease_id=lease.id, key=uuid4(), result=POSITIVE)


@pytest.mark.parametrize(("result", "right"), [(POSITIVE, 1), (NEGATIVE, 0)])
def test_gold_is_compared_and_looks_like_any_other_answer(result, right):
    project = make_project(items=1)
    gold, worker = make_gold(project, "pos"), make_user()

    submitted = send(worker, make_lease(gold, worker), result)

    progress = AnnotatorProgress.objects.get()
    assert (progress.answers, progress.gold_seen, progress.gold_right) == (1, 1, right)
    assert (submitted.state, submitted.pending_minor) == ("pending", 50_000)


def test_times_that_add_up_to_more_than_a_column_holds_stop_at_its_end():
    project = make_project(items=1)
    worker, item = make_user(), project.items.get()
    answer = make_answer(item, worker, state="returned", lead_ms=2**31 - 1)
    lease = make_lease(item, worker, is_rework=True)

    send(worker, lease, NEGATIVE, lead_ms=2**40)

    answer.refresh_from_db()
    assert (answer.value, answer.lead_ms) == (NEGATIVE, 2**31 - 1)
