from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from annotation.domain import hidden, lease
from annotation.domain.lease import expire_leases, heartbeat, lease_items, release_lease, skip_lease
from annotation.exceptions import AnnotationError
from annotation.models import AnnotatorProgress, Assignment, Item, Project
from annotation.tests.factories import (
    make_answer,
    make_gold,
    make_items,
    make_lease,
    make_project,
    make_target,
    make_user,
)

pytestmark = pytest.mark.django_db


def items_of(leased):
    return {Assignment.objects.get(pk=each.id).item_id for each in leased.leases}


def test_lease_items_takes_a_place_on_each_item_and_fixes_the_price():
    project = make_project(items=4)
    worker = make_user()

    leased = lease_items(project.pk, user=worker, n=3)

    assert leased.state == "ok"
    assert [each.data for each in leased.leases]
    assert len(leased.leases) == 3
    assert sorted(Item.objects.filter(project=project).values_list("taken", flat=True)) == [0, 1, 1, 1]
    assert set(Assignment.objects.values_list("price_minor", "schema_version")) == {(50_000, project.schema_version_id)}
    assert AnnotatorProgress.objects.get().leases_drawn == 3


def test_lease_items_never_offers_an_item_twice_to_the_same_person():
    project = make_project(items=3)
    worker = make_user()
    answered, skipped, _open = Item.objects.filter(project=project)
    make_answer(answered, worker)
    make_lease(skipped, worker, state=Assignment.State.SKIPPED)

    first = lease_items(project.pk, user=worker, n=5)
    second = lease_items(project.pk, user=worker, n=5)

    assert items_of(first) == {_open.pk}
    assert (second.state, second.leases, second.why[0].code) == ("empty", [], "all_seen")
    assert second.retry_after_seconds == lease.RETRY_EMPTY_SECONDS


def test_lease_items_gives_nothing_when_every_place_is_taken():
    project = make_project(items=1, overlap=1)
    lease_items(project.pk, user=make_user("other"), n=1)

    leased = lease_items(project.pk, user=make_user(), n=1)

    assert (leased.state, [why.code for why in leased.why]) == ("empty", ["no_places"])


def test_a_place_given_back_behind_the_cursor_is_found_in_the_next_lap():
    project = make_project(items=6, overlap=1)
    worker, other = make_user("worker"), make_user("other")
    (held,) = lease_items(project.pk, user=other, n=1).leases
    lease_items(project.pk, user=worker, n=3)
    release_lease(other, lease_id=held.id)

    leased = lease_items(project.pk, user=worker, n=2)
    again = lease_items(project.pk, user=worker, n=2)

    assert len(leased.leases) == 2
    assert items_of(again) == {Assignment.objects.get(pk=held.id).item_id}


def test_a_draw_looks_at_a_bounded_window_and_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr("annotation.domain.draw.WINDOW", 10)
    project = make_project(items=100)
    worker = make_user()
    for item in Item.objects.filter(project=project).order_by("position")[:65]:
        make_answer(item, worker)

    states = [lease_items(project.pk, user=worker, n=2) for _call in range(2)]

    assert [(each.state, len(each.leases)) for each in states] == [("ok", 0), ("ok", 2)]
    assert [each.retry_after_seconds for each in states] == [1, None]
    assert min(items_of(states[1])) == Item.objects.get(project=project, position=65).pk


def test_returned_answers_come_first_at_their_own_price_and_take_no_place():
    project = make_project(items=3)
    worker = make_user()
    item = Item.objects.filter(project=project).last()
    make_answer(item, worker, state="returned", price_minor=70_000, decided_at=timezone.now())

    leased = lease_items(project.pk, user=worker, n=2)

    assert leased.leases[0].returned["value"] == {"sentiment": "pos"}
    assert [each.price_minor for each in leased.leases] == [70_000, 50_000]
    item.refresh_from_db()
    assert item.taken == 1


def test_returned_answers_are_offered_also_when_nothing_new_may_be():
    project = make_project(items=3, cap_per_person=1)
    worker = make_user()
    make_answer(project.items.first(), worker, state="returned")
    Project.objects.update(state=Project.State.PAUSED)

    first = lease_items(project.pk, user=worker, n=2)
    second = lease_items(project.pk, user=worker, n=2)

    assert (first.state, len(first.leases)) == ("ok", 1)
    assert (second.state, second.retry_after_seconds) == ("paused", lease.RETRY_PAUSED_SECONDS)


def test_gold_is_drawn_blind_once_a_person_and_by_its_share(monkeypatch):
    project = make_project(items=5, gold_percent=50)
    golds = [make_gold(project) for _each in range(2)]
    monkeypatch.setattr("annotation.domain.draw._dice.randrange", lambda _n: 0)
    worker = make_user()

    first = lease_items(project.pk, user=worker, n=4)
    second = lease_items(project.pk, user=worker, n=4)

    assert {gold.pk for gold in golds} < items_of(first)
    assert len(first.leases) == 4
    assert not {gold.pk for gold in golds} & items_of(second)
    assert {tuple(sorted(each.as_json())) for each in first.leases} == {tuple(sorted(first.leases[0].as_json()))}
    assert [each.number for each in first.leases] == [1, 2, 3, 4]


def test_gold_that_was_let_go_is_not_drawn_again(monkeypatch):
    project = make_project(items=1, gold_percent=50)
    gold = make_gold(project)
    monkeypatch.setattr("annotation.domain.draw._dice.randrange", lambda _n: 0)
    worker = make_user()
    make_lease(gold, worker, state=Assignment.State.EXPIRED)

    leased = lease_items(project.pk, user=worker, n=2)

    assert items_of(leased) == {project.items.get(is_gold=False).pk}


def test_without_a_gold_share_gold_is_never_leased():
    project = make_project(items=2)
    make_gold(project)

    leased = lease_items(project.pk, user=make_user(), n=5)

    assert len(leased.leases) == 2


def test_manual_projects_lend_only_what_is_meant_for_this_person():
    project = make_project(items=3, assignment_mode="manual")
    worker = make_user()
    item = project.items.get(position=1)
    make_target(item, worker)
    make_target(project.items.get(position=2), make_user("other"))

    leased = lease_items(project.pk, user=worker, n=5)
    stranger = lease_items(project.pk, user=make_user("stranger"), n=5)

    assert items_of(leased) == {item.pk}
    assert (stranger.state, stranger.why[0].code) == ("not_eligible", "not_targeted")


def test_one_person_holds_at_most_twenty_leases_in_a_project():
    project = make_project(items=30)
    worker = make_user()

    lease_items(project.pk, user=worker, n=15)
    second = lease_items(project.pk, user=worker, n=15)
    third = lease_items(project.pk, user=worker, n=15)

    assert len(second.leases) == 5
    assert (third.state, third.leases, [why.code for why in third.why]) == ("ok", [], ["too_many_leases"])


def test_the_cap_counts_answers_and_leases():
    project = make_project(items=5, cap_per_person=3)
    worker = make_user()
    make_answer(project.items.first(), worker)

    first = lease_items(project.pk, user=worker, n=5)
    second = lease_items(project.pk, user=worker, n=5)

    assert len(first.leases) == 2
    assert second.why[0].code == "cap"


def test_only_the_columns_of_the_interface_are_shown():
    project = make_project(items=0)
    make_items(project, 1, data={"text": "Shown", "right_answer": "pos"})

    (leased,) = lease_items(project.pk, user=make_user(), n=1).leases

    assert leased.data == {"text": "Shown"}


def test_heartbeat_prolongs_own_live_leases_up_to_a_limit():
    project = make_project(items=3, lease_seconds=100)
    worker, outsider = make_user(), make_user("outsider")
    now = timezone.now()
    fresh = make_lease(project.items.get(position=0), worker, expires_at=now + timedelta(seconds=10))
    old = make_lease(
        project.items.get(position=1), worker,
        leased_at=now - timedelta(seconds=390), expires_at=now + timedelta(seconds=5),
    )  # fmt: skip
    gone = make_lease(project.items.get(position=2), worker, state=Assignment.State.RELEASED)

    alive = heartbeat(worker, lease_ids=[fresh.pk, old.pk, gone.pk])
    foreign = heartbeat(outsider, lease_ids=[fresh.pk])

    # The database's clock began with the test's transaction, a moment before ours.
    assert alive == {fresh.pk: 100, old.pk: pytest.approx(10, abs=2), gone.pk: None}
    assert foreign == {fresh.pk: None}


def test_release_gives_the_place_back_once():
    project = make_project(items=1)
    worker = make_user()
    (held,) = lease_items(project.pk, user=worker, n=1).leases

    release_lease(worker, lease_id=held.id)
    release_lease(worker, lease_id=held.id)

    assert project.items.get().taken == 0


def test_a_stranger_cannot_release_and_learns_nothing():
    project = make_project(items=1)
    (held,) = lease_items(project.pk, user=make_user(), n=1).leases

    with pytest.raises(AnnotationError) as foreign:
        release_lease(make_user("outsider"), lease_id=held.id)
    with pytest.raises(AnnotationError) as absent:
        release_lease(make_user("outsider"), lease_id=project.pk)

    assert (foreign.value.status, foreign.value.message) == (404, absent.value.message)
    assert project.items.get().taken == 1


def test_a_skipped_item_goes_to_others_and_never_comes_back():
    project = make_project(items=1)
    worker = make_user()
    (held,) = lease_items(project.pk, user=worker, n=1).leases

    skip_lease(worker, lease_id=held.id, reason="too_hard", note="Which film?")

    assert lease_items(project.pk, user=worker, n=1).state == "empty"
    assert len(lease_items(project.pk, user=make_user("other"), n=1).leases) == 1
    assert Assignment.objects.get(pk=held.id).skip_note == "Which film?"


def test_skip_needs_a_known_reason():
    project = make_project(items=1)
    worker = make_user()
    (held,) = lease_items(project.pk, user=worker, n=1).leases

    with pytest.raises(AnnotationError, match="Choose one"):
        skip_lease(worker, lease_id=held.id, reason="tired")


def test_three_people_who_call_an_item_broken_hide_it():
    project = make_project(items=1, overlap=5)
    item = project.items.get()
    for _each in range(hidden.BROKEN_SKIPS_TO_HIDE):
        assert Item.objects.get(pk=item.pk).state == Item.State.OPEN
        worker = make_user()
        (held,) = lease_items(project.pk, user=worker, n=1).leases
        skip_lease(worker, lease_id=held.id, reason="broken")

    item.refresh_from_db()
    assert (item.state, item.taken) == (Item.State.HIDDEN, 0)
    assert AuditEntry.objects.get(action="item.hidden").changes["broken_for"] == 3


def test_expire_leases_frees_every_place_in_chunks():
    project = make_project(items=3, overlap=5)
    late, now = timezone.now() - timedelta(seconds=1), timezone.now()
    for item in project.items.all():
        for _each in range(2):
            item.refresh_from_db()
            make_lease(item, make_user(), expires_at=late)
        make_lease(item, make_user(), expires_at=now + timedelta(minutes=1))

    expired = expire_leases(chunk=4)

    assert expired == 6
    assert list(project.items.values_list("taken", flat=True)) == [1, 1, 1]
    assert Assignment.objects.filter(state="expired", ended_at__isnull=False).count() == 6


def test_an_expired_rework_keeps_the_place_of_its_answer():
    project = make_project(items=1)
    worker = make_user()
    make_answer(project.items.get(), worker, state="returned")
    lease_items(project.pk, user=worker, n=1)
    Assignment.objects.filter(is_rework=True).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert expire_leases() == 1

    assert project.items.get().taken == 1
    assert lease_items(project.pk, user=worker, n=1).leases[0].returned
