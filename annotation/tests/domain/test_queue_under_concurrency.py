"""Real connections against one project: invariants 10 and 11 of DESIGN.md, and each lock on its own."""

import contextlib
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from annotation.domain import locks
from annotation.domain.answer import submit_answer
from annotation.domain.lease import expire_leases, lease_items, release_lease, skip_lease
from annotation.exceptions import AnnotationError
from annotation.models import AnnotatorProgress, Answer, Assignment, Item
from annotation.tests.factories import make_gold, make_lease, make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)
POSITIVE = {"sentiment": "pos"}
WORKERS = 16


def in_threads(jobs):
    """Run all jobs at the same moment, each with a connection of its own; results or refusals."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            connection.ensure_connection()
            gate.wait(timeout=30)
            return job()
        except AnnotationError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def assert_places_are_kept(project):
    for item in project.items.all():
        live = Assignment.objects.filter(item=item, state="leased", is_rework=False).count()
        answers = Answer.objects.filter(item=item).exclude(state="rejected").count()
        assert (item.taken, item.answered) == (live + answers, answers)
        assert item.taken <= item.places
    doubled = Counter(Answer.objects.values_list("item", "user")).most_common(1)
    assert not doubled or doubled[0][1] == 1


class Annotator:
    """Someone with a bad connection: loses responses, sends four times, walks away, comes back late."""

    def __init__(self, project, user, seed):
        self.project, self.user, self.dice = project, user, random.Random(seed)
        self.late = []

    def work(self):
        try:
            for _round in range(400):
                if not self.take_some():
                    return
        finally:
            connection.close()

    def take_some(self):
        leased = lease_items(self.project.pk, user=self.user, n=self.dice.randint(1, 5))
        for lease in leased.leases:
            self.treat(lease)
        for lease, key in self.late:
            self.send(lease, key)
        self.late = []
        return leased.state == "ok"

    def treat(self, lease):
        fate = self.dice.random()
        if fate < 0.08:
            return  # the response was lost: nobody knows of this lease
        if fate < 0.14:
            release_lease(self.user, lease_id=lease.id)
        elif fate < 0.22:
            Assignment.objects.filter(pk=lease.id).update(expires_at=timezone.now() - timedelta(seconds=1))
            expire_leases()
            self.late.append((lease, uuid4()))
        else:
            self.send(lease, uuid4())

    def send(self, lease, key):
        times = self.dice.choice([1, 1, 2, 4])
        if times == 4:
            results = in_threads([lambda: self.send_once(lease, key) for _each in range(4)])
            taken = {result.answer_id for result in results if not isinstance(result, AnnotationError)}
            assert len(taken) <= 1
            return
        for _each in range(times):
            with contextlib.suppress(AnnotationError):
                self.send_once(lease, key)

    def send_once(self, lease, key):
        return submit_answer(self.user, lease_id=lease.id, key=key, result=POSITIVE)


@pytest.mark.parametrize("gold_percent", [0, 20])
def test_many_annotators_fill_every_place_and_never_more(gold_percent):
    project = make_project(items=60, overlap=3, gold_percent=gold_percent)
    golds = [make_gold(project, places=5) for _each in range(4 if gold_percent else 0)]
    annotators = [Annotator(project, make_user(), seed) for seed in range(WORKERS)]

    threads = [threading.Thread(target=annotator.work) for annotator in annotators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    # Leases whose responses were lost run out in the end, and somebody fills what they held.
    Assignment.objects.filter(state="leased").update(expires_at=timezone.now() - timedelta(seconds=1))
    expire_leases()
    for annotator in annotators:
        annotator.dice = random.Random(1_000)
        annotator.treat = lambda lease, annotator=annotator: annotator.send(lease, uuid4())
        while annotator.take_some():
            pass

    assert not [thread for thread in threads if thread.is_alive()]
    assert_places_are_kept(project)
    assert set(project.items.filter(is_gold=False).values_list("answered", "taken")) == {(3, 3)}
    drawn = Counter(Assignment.objects.filter(item__in=golds).values_list("item", "user"))
    assert set(drawn.values()) <= {1}
    for progress in AnnotatorProgress.objects.filter(project=project):
        assert progress.answers == Answer.objects.filter(project=project, user=progress.user_id).count()


def test_sixteen_people_at_one_moment_share_the_last_places():
    project = make_project(items=2, overlap=3)
    people = [make_user() for _each in range(WORKERS)]

    found = in_threads([lambda user=user: lease_items(project.pk, user=user, n=2) for user in people])

    assert sum(len(each.leases) for each in found) <= 6
    assert_places_are_kept(project)


def test_one_person_asking_sixteen_times_at_once_stays_within_the_cap():
    project = make_project(items=100, cap_per_person=7)
    worker = make_user()

    in_threads([lambda: lease_items(project.pk, user=worker, n=5)] * WORKERS)

    assert Assignment.objects.filter(user=worker).count() <= 7
    assert len(set(Assignment.objects.values_list("item", flat=True))) == Assignment.objects.count()
    assert len(set(Assignment.objects.values_list("number", flat=True))) == Assignment.objects.count()
    assert_places_are_kept(project)


@pytest.mark.parametrize("same_key", [True, False])
def test_four_submissions_of_one_lease_at_once_are_one_answer(same_key):
    project = make_project(items=1)
    worker, key = make_user(), uuid4()
    lease = make_lease(project.items.get(), worker)

    def send():
        return submit_answer(worker, lease_id=lease.pk, key=key if same_key else uuid4(), result=POSITIVE)

    results = in_threads([send] * 4)

    codes = sorted(result.code if isinstance(result, AnnotationError) else "taken" for result in results)
    assert codes == (["taken"] * 4 if same_key else ["already_answered"] * 3 + ["taken"])
    assert Answer.objects.count() == 1
    assert_places_are_kept(project)


def test_two_leases_of_one_person_on_one_item_bring_one_answer():
    project = make_project(items=1)
    worker, item = make_user(), project.items.get()
    old = make_lease(item, worker)
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    expire_leases()
    new = make_lease(item, worker)

    results = in_threads(
        [
            lambda lease=lease: submit_answer(worker, lease_id=lease.pk, key=uuid4(), result=POSITIVE)
            for lease in (old, new) * 2
        ]
    )

    assert sum(not isinstance(result, AnnotationError) for result in results) == 1
    assert_places_are_kept(project)


def test_late_answers_race_for_the_last_place_and_one_wins():
    project = make_project(items=1, overlap=1)
    item = project.items.get()
    leases = []
    for _each in range(6):
        worker = make_user()
        leases.append((worker, make_lease(item, worker)))
        release_lease(worker, lease_id=leases[-1][1].pk)

    results = in_threads(
        [
            lambda w=w, lease=lease: submit_answer(w, lease_id=lease.pk, key=uuid4(), result=POSITIVE)
            for w, lease in leases
        ]
    )

    codes = sorted(result.code if isinstance(result, AnnotationError) else "taken" for result in results)
    assert codes == ["not_needed"] * 5 + ["taken"]
    assert_places_are_kept(project)


def test_expiring_and_submitting_at_once_keeps_the_places():
    project = make_project(items=8, overlap=2)
    worker = make_user()
    leases = [
        make_lease(item, worker, expires_at=timezone.now() - timedelta(seconds=1)) for item in project.items.all()
    ]

    in_threads(
        [lambda lease=lease: submit_answer(worker, lease_id=lease.pk, key=uuid4(), result=POSITIVE) for lease in leases]
        + [lambda: expire_leases(chunk=3)] * 4
    )

    assert Answer.objects.count() == 8
    assert_places_are_kept(project)


def test_a_lease_is_ended_once_whoever_ends_it():
    project = make_project(items=1)
    worker = make_user()
    lease = make_lease(project.items.get(), worker)

    in_threads(
        [
            lambda: release_lease(worker, lease_id=lease.pk),
            lambda: skip_lease(worker, lease_id=lease.pk, reason="other"),
        ]
        * 3
    )

    assert project.items.get().taken == 0


def test_a_draw_passes_over_items_that_others_hold_locked():
    project = make_project(items=2)
    first, second = project.items.order_by("position")
    worker = make_user()

    with transaction.atomic():
        Item.objects.select_for_update().get(pk=first.pk)
        (found,) = in_threads([lambda: lease_items(project.pk, user=worker, n=2)])

    assert [Assignment.objects.get(pk=each.id).item_id for each in found.leases] == [second.pk]
    again = lease_items(project.pk, user=worker, n=2)
    assert [Assignment.objects.get(pk=each.id).item_id for each in again.leases] == [first.pk]


def test_an_item_of_a_lease_is_locked_for_the_second_who_wants_to_hide_it():
    project = make_project(items=1)
    lease = make_lease(project.items.get(), make_user())

    def lock_at_once():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            locks.lock_item_of_lease(lease.pk)

    with transaction.atomic():
        locks.lock_item_of_lease(lease.pk)
        with pytest.raises(Exception, match="lock timeout"):
            in_threads([lock_at_once])


def test_the_database_itself_refuses_a_place_too_many():
    project = make_project(items=1, overlap=1)
    item = project.items.get()
    make_lease(item, make_user())

    with pytest.raises(Exception, match="never_more_taken_than_places"):
        Item.objects.filter(pk=item.pk).update(taken=F("taken") + 1)
