"""Where a project collects until it is sure: unsure items get one place at a time, sure ones give theirs back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from annotation.domain import places
from annotation.domain.acceptance import accept_due
from annotation.domain.answer import NotNeeded, submit_answer
from annotation.domain.hidden import show_item
from annotation.domain.lease import expire_leases, lease_items
from annotation.domain.places import look_again, places_wanted, settle_marked_projects, settle_places
from annotation.domain.project import (
    update_project,
)
from annotation.domain.resolution import count_new_answers, refit_project
from annotation.domain.verdict import decide
from annotation.models import Answer, Assignment, HiddenItem, Item, Project, Resolution, Verdict
from annotation.tests.factories import (
    make_answer,
    make_draft,
    make_gold,
    make_lease,
    make_project,
    make_team,
    make_user,
)
from lib.exceptions import InvalidInput

pytestmark = pytest.mark.django_db
WORDS = {"reason": "wrong", "evidence": "Not what the text says."}


def make_adaptive(*, items=1, most=5, least=2, target=0.95, **fields):
    project = make_project(items=items, overlap=most, target_confidence=target, least_overlap=least, **fields)
    project.items.filter(is_gold=False).update(places=least)
    return project


def places_of(item):
    item.refresh_from_db()
    return item.places


def answer(item, *values):
    return [make_answer(item, make_user(), value) for value in values]


def sure_of(item, confidence=0.99):
    """As if the estimate had come to this."""
    Resolution.objects.filter(item=item).update(confidence=confidence, is_settled=False)


@pytest.mark.parametrize(
    ("taken", "is_sure", "is_waiting", "wanted"),
    [
        (0, False, False, 2),  # the least, before anybody has answered
        (1, False, False, 2),
        (2, False, False, 3),  # unsure: one more
        (2, False, True, 2),  # unsure, but an answer is on its way
        (2, True, False, 2),  # sure: nothing more
        (3, True, True, 3),  # sure: whoever is at it may finish
        (5, False, False, 5),  # never more than the most
    ],
)
def test_places_follow_from_what_is_known(taken, is_sure, is_waiting, wanted):
    assert places_wanted(taken=taken, is_sure=is_sure, is_waiting=is_waiting, least=2, most=5) == wanted


def test_an_unsure_item_gets_one_place_more_after_each_count_until_the_most():
    project = make_adaptive(most=4)
    item = project.items.get()
    seen = []
    for value in ("pos", "neg", "pos", "neg"):
        answer(item, value)
        count_new_answers()
        seen.append(places_of(item))

    assert seen == [2, 3, 4, 4]


def test_a_sure_item_gets_no_more_and_is_done_when_its_answers_are_accepted():
    project = make_adaptive(target=0.85)
    item = project.items.get()
    answer(item, "pos", "pos")

    count_new_answers()
    Answer.objects.update(review_due_at=timezone.now() - timedelta(days=1))
    accept_due(limit=10)

    item.refresh_from_db()
    assert Resolution.objects.get().confidence > 0.85
    assert (item.places, item.state) == (2, Item.State.DONE)


def test_an_item_that_was_done_opens_again_when_it_turns_out_to_be_unsure():
    project = make_adaptive()
    item = project.items.get()
    answer(item, "pos", "neg")
    Answer.objects.update(review_due_at=timezone.now() - timedelta(days=1))
    accept_due(limit=10)
    item.refresh_from_db()
    before = item.state

    count_new_answers()

    item.refresh_from_db()
    assert (before, item.state, item.places) == (Item.State.DONE, Item.State.OPEN, 3)


def test_nobody_else_is_asked_while_an_answer_is_on_its_way():
    project = make_adaptive()
    item = project.items.get()
    answer(item, "pos", "neg")
    Item.objects.update(places=3)
    lease = make_lease(item, make_user())

    count_new_answers()
    with_lease = places_of(item)
    lease.expires_at = timezone.now() - timedelta(seconds=1)
    lease.save()
    expire_leases()
    settle_places(project)

    assert (with_lease, places_of(item)) == (3, 3)
    assert item.taken == 2  # so its place is free again


def test_a_lease_on_a_sure_item_that_runs_out_takes_its_place_with_it():
    project = make_adaptive()
    item = project.items.get()
    answer(item, "pos", "neg")
    count_new_answers()
    lease = make_lease(item, make_user())
    sure_of(item)

    settle_places(project)
    held = (places_of(item), Resolution.objects.get().is_settled)
    lease.expires_at = timezone.now() - timedelta(seconds=1)
    lease.save()
    expire_leases()
    settle_marked_projects()

    assert held == (3, False)  # looked at again until the lease has ended
    assert (places_of(item), Resolution.objects.get().is_settled) == (2, True)


def test_late_work_on_an_item_that_is_sure_by_now_is_not_needed():
    project = make_adaptive()
    item = project.items.get()
    answer(item, "pos", "neg")
    count_new_answers()
    worker = make_user()
    lease = make_lease(item, worker, expires_at=timezone.now() - timedelta(seconds=1))
    expire_leases()
    sure_of(item)
    settle_places(project)

    with pytest.raises(NotNeeded):
        submit_answer(worker, lease_id=lease.pk, key=uuid4(), result={"sentiment": "pos"})


def test_a_rejected_answer_makes_its_item_unsure_again_and_keeps_its_own_place():
    reviewer = make_user("reviewer")
    project = make_adaptive(target=0.85, team=make_team(owner=make_user("owner"), reviewer=reviewer))
    item = project.items.get()
    first, _second = answer(item, "pos", "pos")
    count_new_answers()
    sure = places_of(item)

    decide(first, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
    count_new_answers()

    item.refresh_from_db()
    # While the rejection can be appealed its place is kept; somebody else is asked all the same.
    assert (sure, item.places - item.taken) == (2, 1)


def test_an_answer_that_is_done_again_is_waited_for():
    reviewer = make_user("reviewer")
    project = make_adaptive(target=0.85, team=make_team(owner=make_user("owner"), reviewer=reviewer))
    item = project.items.get()
    first, _second = answer(item, "pos", "pos")
    count_new_answers()

    decide(first, actor=reviewer, decision=Verdict.Decision.RETURNED, **WORDS)
    count_new_answers()

    assert places_of(item) == 2


def test_a_place_that_becomes_free_on_a_sure_item_is_withdrawn():
    project = make_adaptive()
    item = project.items.get()
    Item.objects.update(places=3)
    answer(item, "pos", "neg", "pos")
    count_new_answers()
    sure_of(item)
    settle_places(project)
    Item.objects.update(taken=F("taken") - 1, answered=F("answered") - 1)

    look_again([item.pk])
    settle_marked_projects()

    assert places_of(item) == 2


@pytest.mark.parametrize("state", [Project.State.CLOSING, Project.State.CLOSED])
def test_a_project_that_ends_gets_no_more_places(state):
    project = make_adaptive()
    answer(project.items.get(), "pos", "neg")
    Project.objects.update(state=state)

    count_new_answers()

    assert places_of(project.items.get()) == 2
    assert Resolution.objects.get().is_settled


def test_gold_and_hidden_items_get_no_places_and_an_item_shown_again_is_looked_at():
    project = make_adaptive()
    gold, item = make_gold(project, places=4), project.items.get(is_gold=False)
    answer(gold, "neg", "pos")
    answer(item, "pos", "neg")
    Item.objects.filter(pk=item.pk).update(state=Item.State.HIDDEN)
    HiddenItem.objects.create(item=item, project=project, people=3, hidden_at=timezone.now())

    count_new_answers()
    hidden = places_of(item)
    show_item(item, actor=project.created_by)
    settle_marked_projects()

    assert (places_of(gold), hidden, places_of(item)) == (4, 2, 3)


def test_projects_with_a_fixed_number_of_answers_are_left_alone():
    project = make_project(items=1, overlap=2)
    answer(project.items.get(), "pos", "neg")

    count_new_answers()

    assert places_of(project.items.get()) == 2
    assert Resolution.objects.get().is_settled


def test_an_estimate_that_nobody_has_looked_at_is_found_by_the_next_run(monkeypatch):
    project = make_adaptive(items=5)
    for item in project.items.all():
        answer(item, "pos", "neg")
    monkeypatch.setattr("annotation.domain.resolution.settle_places", lambda project: 0)
    monkeypatch.setattr("annotation.domain.resolution.settle_marked_projects", lambda: 0)
    count_new_answers()
    monkeypatch.undo()
    monkeypatch.setattr(places, "BATCH", 2)

    assert count_new_answers() == 0
    assert set(project.items.values_list("places", flat=True)) == {3}


def test_a_fit_may_open_and_close_items():
    project = make_adaptive(items=6, most=4)
    people = [make_user() for _n in range(3)]
    project.items.update(places=3)
    for item in project.items.all():
        for number, person in enumerate(people):
            make_answer(item, person, "pos" if number < 2 or item.position % 3 else "neg")
    count_new_answers()

    refit_project(project)
    settle_places(project)

    for row in Resolution.objects.select_related("item"):
        is_sure = row.confidence >= 0.95
        assert row.item.places == (3 if is_sure else 4)


def test_the_confidence_that_is_kept_is_the_one_that_is_compared_with_the_target():
    fixed, adaptive = make_project(items=1), make_adaptive()
    for project in (fixed, adaptive):
        answer(project.items.get(), "pos", "pos")

    count_new_answers()

    # One-coin says 9 to 1 for two newcomers who agree; the vote, which has a third of the say, is unanimous.
    assert Resolution.objects.get(project=adaptive).confidence == pytest.approx(0.9)
    assert Resolution.objects.get(project=fixed).confidence == pytest.approx(1 / 3 + 0.9 * 2 / 3)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"target_confidence": 0.95, "least_overlap": 1}, "least_overlap"),
        ({"target_confidence": 0.95, "least_overlap": 4}, "overlap"),
        ({"target_confidence": 1.0}, "target_confidence"),
        ({"target_confidence": 0.2}, "target_confidence"),
    ],
)
def test_a_target_needs_room_between_least_and_most(changes, field):
    project = make_draft()

    with pytest.raises(InvalidInput) as refusal:
        update_project(project, actor=project.created_by, **changes)

    assert [error.path for error in refusal.value.errors] == [field]


def test_the_least_sure_item_is_lent_first(monkeypatch):
    project = make_adaptive(items=6)
    for item, value in zip(project.items.all(), ("pos", "pos", "neg", "pos", "neg", "pos"), strict=True):
        answer(item, "pos", value)
    count_new_answers()
    monkeypatch.setattr("annotation.domain.draw.BY_TURNS_PERCENT", 0)
    monkeypatch.setattr("annotation.domain.draw._dice.randrange", lambda most: 50)

    lease_items(project.pk, user=make_user(), n=2)

    leased = Assignment.objects.filter(state="leased").values_list("item", flat=True)
    unsure = {item.pk for item in project.items.filter(position__in=(2, 4))}
    assert set(leased) == unsure


def at_once(*jobs):
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            connection.ensure_connection()
            gate.wait(timeout=30)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [task.result() for task in [pool.submit(run, job) for job in jobs]]


@pytest.mark.django_db(transaction=True)
def test_counting_fitting_expiring_and_answering_at_once_never_give_more_places_than_are_paid():
    project = make_adaptive(items=12, most=4)
    people = [make_user() for _n in range(6)]

    def work(person):
        def run():
            for _round in range(12):
                for lease in lease_items(project.pk, user=person, n=3).leases:
                    value = "pos" if (lease.number + person.pk) % 3 else "neg"
                    submit_answer(person, lease_id=lease.id, key=uuid4(), result={"sentiment": value})

        return run

    def keep_counting():
        for _round in range(25):
            count_new_answers()
            expire_leases()

    def keep_fitting():
        for _round in range(15):
            refit_project(Project.objects.get(pk=project.pk))

    at_once(*(work(person) for person in people), keep_counting, keep_fitting)
    count_new_answers()
    settle_marked_projects()

    for item in project.items.select_related("resolution"):
        counting = item.answers.filter(state__in=("pending", "accepted")).count()
        assert item.taken == item.answered == counting <= 4
        is_sure = item.resolution.confidence >= 0.95 and item.resolution.answers >= 2
        wanted = places_wanted(taken=item.taken, is_sure=is_sure, is_waiting=False, least=2, most=4)
        assert item.places == wanted
    assert not Resolution.objects.filter(is_settled=False).exists()
