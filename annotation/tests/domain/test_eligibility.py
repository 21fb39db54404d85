import itertools
from dataclasses import replace

import pytest

from accounts.models import Membership, Role, User
from annotation.eligibility import MAX_LIVE_IN_PROJECT, Standing, reasons_against, room_for_leases
from annotation.models import AnnotatorProgress, Insider, Item, Project
from annotation.queries.standing import project_with_standing, standing_of, with_places, with_standing
from annotation.queries.work import work_projects
from annotation.tests.factories import (
    make_answer,
    make_exam,
    make_items,
    make_lease,
    make_pass,
    make_progress,
    make_project,
    make_target,
    make_team,
    make_user,
)

OPEN = {"state": "open", "languages": [], "team_only": False, "min_reputation": 0, "cap_per_person": None}


def codes(user=None, standing=None, **project):
    user = user or User(languages=["fr"])
    return [why.code for why in reasons_against(user, Project(**OPEN | project), standing or Standing())]


@pytest.mark.parametrize(
    ("project", "standing", "expected"),
    [
        ({}, {}, []),
        ({"state": "paused"}, {}, ["paused"]),
        ({"state": "closing"}, {}, ["closed"]),
        ({"languages": ["de", "fr"]}, {}, []),
        ({"languages": ["de"]}, {}, ["languages"]),
        ({}, {"is_member": True}, ["own_team"]),
        ({}, {"is_insider": True}, ["insider"]),
        ({"team_only": True}, {"is_member": True}, []),
        ({"team_only": True}, {}, ["team_only"]),
        ({"min_reputation": 80}, {"accepted": 8, "rejected": 2}, []),
        ({"min_reputation": 81}, {"accepted": 8, "rejected": 2}, ["reputation"]),
        ({"min_reputation": 100}, {"accepted": 1, "rejected": 8}, []),
        ({}, {"needs_exam": True}, ["exam"]),
        ({"cap_per_person": 3}, {"answers": 1, "live_here": 1}, []),
        ({"cap_per_person": 3}, {"answers": 1, "live_here": 2}, ["cap"]),
        ({"assignment_mode": "manual"}, {"is_targeted": False}, ["not_targeted"]),
        ({"assignment_mode": "automatic"}, {"is_targeted": False}, []),
        ({}, {"has_places": False}, ["no_places"]),
        ({}, {"live_here": MAX_LIVE_IN_PROJECT}, ["too_many_leases"]),
        ({"state": "paused", "languages": ["de"]}, {"is_member": True}, ["paused", "own_team", "languages"]),
    ],
)
def test_each_rule_names_itself(project, standing, expected):
    assert codes(standing=Standing(**standing), **project) == expected


def test_a_suspended_person_takes_nothing_new():
    assert codes(User(is_suspended=True)) == ["suspended"]


def test_every_reason_says_what_would_change_it():
    everything = Standing(
        is_insider=True,
        needs_exam=True,
        answers=1,
        live_here=1,
        rejected=10,
        has_places=False,
        is_targeted=False,
        live_in_all=99,
    )
    project = Project(
        state="paused", languages=["de"], team_only=True, min_reputation=50, cap_per_person=1, assignment_mode="manual"
    )

    found = reasons_against(User(is_suspended=True), project, everything)

    assert len(found) == 11
    assert all(why.message and why.fix for why in found)


def test_room_is_what_the_narrowest_cap_leaves():
    assert room_for_leases(Project(cap_per_person=None), Standing(live_here=18)) == 2
    assert room_for_leases(Project(cap_per_person=None), Standing(live_in_all=59)) == 1
    assert room_for_leases(Project(cap_per_person=5), Standing(answers=4, live_here=3)) == 0


@pytest.mark.django_db
def test_the_list_and_the_rules_agree_about_everybody():
    """The filter in SQL and the pure rules are two writings of one thing."""
    worker = make_user(languages=["fr", "ja"])
    other_team, own_team = make_team(), make_team()
    Membership.objects.create(team=own_team, user=worker, role=Role.VIEWER)
    elsewhere = make_project(items=0, state="closed")
    make_progress(elsewhere, worker, accepted=8, rejected=4)
    combinations = itertools.product(
        ("open", "paused"),
        ([], ["fr"], ["de"]),
        (other_team, own_team),
        (False, True),
        (0, 66, 67),
        ("automatic", "manual"),
    )
    for state, languages, team, team_only, min_reputation, mode in combinations:
        make_project(
            items=0, state=state, languages=languages, team=team, team_only=team_only, min_reputation=min_reputation,
            assignment_mode=mode,
        )  # fmt: skip
    for index, project in enumerate(Project.objects.exclude(pk=elsewhere.pk)):
        item, *_rest = make_items(project, 1 + index % 2, state=Item.State.DONE if index % 7 == 0 else Item.State.OPEN)
        if index % 3:
            make_target(item, worker)
        if index % 5 == 0:
            project.cap_per_person = 1
            project.save()
        if index % 10 == 0:
            make_lease(item, worker)
        if index % 9 == 4:
            Insider.objects.create(project=project, user=worker)
        if index % 8 in {1, 5}:
            make_exam(project, pool=0)
        if index % 8 == 5:
            make_pass(project, worker, valid_days=index % 16 - 8)
    everything = with_places(with_standing(Project.objects.all(), worker))

    by_rule = {p.pk for p in everything if not reasons_against(worker, p, standing_of(p))}
    can = {p.pk for p in work_projects(worker, is_workable=True)}
    cannot = {p.pk for p in work_projects(worker, is_workable=False)}

    assert can == by_rule
    for project in everything.exclude(assignment_mode="automatic").filter(my_progress__isnull=False)[:5]:
        assert standing_of(project_with_standing(worker, project.pk)) == replace(standing_of(project), has_places=True)
    assert len(can) > 3
    assert not can & cannot
    hidden = {p.pk for p in everything if p.team_only and p.team_id == other_team.pk and not p.my_progress}
    assert can | cannot == {p.pk for p in everything} - hidden - {elsewhere.pk}


@pytest.mark.django_db
def test_standing_counts_this_project_and_all_projects():
    worker = make_user()
    one, two = make_project(items=3), make_project(items=3)
    make_answer(one.items.first(), worker)
    make_lease(one.items.last(), worker)
    make_lease(two.items.first(), worker)
    AnnotatorProgress.objects.filter(project=two).update(accepted=5, rejected=2)
    AnnotatorProgress.objects.filter(project=one).update(accepted=1)

    standing = standing_of(with_places(with_standing(Project.objects.filter(pk=one.pk), worker)).get())

    assert standing_of(project_with_standing(worker, one.pk)) == standing

    assert standing == Standing(
        answers=1, accepted_here=1, live_here=1, live_in_all=2, accepted=6, rejected=2, is_targeted=False
    )
