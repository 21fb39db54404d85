"""A page about a hundred thousand items reads one row."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.domain.summary import LEAST_REST, MOST_REST, summarize_clients, summarize_projects
from annotation.models import ClientSummary, Project, ProjectSummary
from annotation.queries.project import COUNTED_AT_ONCE, count_project, progress_of
from annotation.queries.quality import projects_in_work
from annotation.tests.api.test_work import statements_of
from annotation.tests.factories import make_answer, make_draft, make_items, make_project, make_user

pytestmark = pytest.mark.django_db
HUNDRED_THOUSAND = 100_000


def made_large(project):
    Project.objects.filter(pk=project.pk).update(items_total=HUNDRED_THOUSAND)
    project.refresh_from_db()
    return project


def let_rest(age):
    ProjectSummary.objects.update(counted_at=timezone.now() - age)


def test_the_progress_of_a_large_project_is_one_row_and_says_as_of_when():
    project = made_large(make_project(items=2))
    make_answer(project.items.first(), make_user())
    summarize_projects()
    make_answer(project.items.last(), make_user())

    progress, statements = statements_of(lambda: progress_of(project))

    assert [("annotation_projectsummary" in sql) for sql in statements] == [True]
    assert (progress.answers, progress.as_of) == (1, ProjectSummary.objects.get().counted_at)


def test_a_small_project_is_counted_at_once():
    project = make_project(items=2)
    summarize_projects()
    make_answer(project.items.first(), make_user())

    assert project.items_total * project.overlap < COUNTED_AT_ONCE
    assert progress_of(project).answers == 1


def test_a_summary_says_what_counting_says():
    project = make_project(items=3)
    first, second, third = project.items.all()
    make_answer(first, make_user())
    make_answer(second, make_user(), state="rejected")
    make_answer(third, make_user(), state="accepted", is_counted=True)
    summarize_projects()

    counted = count_project(project)

    summary = ProjectSummary.objects.get()
    assert {name: getattr(summary, name) for name in counted} == counted
    assert (counted["pending"], counted["accepted"], counted["rejected"], counted["uncounted"]) == (1, 1, 1, 2)


def test_only_projects_in_which_something_happened_are_counted_again():
    busy, idle = make_project(items=1), make_project(items=1)
    make_draft()
    assert summarize_projects() == 2
    make_answer(busy.items.get(), make_user())
    assert summarize_projects() == 0  # too soon

    let_rest(LEAST_REST + timedelta(seconds=1))

    assert summarize_projects() == 1
    assert ProjectSummary.objects.get(project=busy).pending == 1
    assert ProjectSummary.objects.get(project=idle).pending == 0


def test_what_takes_long_to_count_rests_longer_and_what_is_old_is_counted_all_the_same():
    make_answer(make_project(items=1).items.get(), make_user())
    summarize_projects()
    ProjectSummary.objects.update(took_ms=2_000, marker="before")

    let_rest(timedelta(seconds=39))
    too_soon = summarize_projects()
    let_rest(timedelta(seconds=41))
    in_time = summarize_projects()
    let_rest(MOST_REST + timedelta(seconds=1))
    idle_but_old = summarize_projects()

    assert (too_soon, in_time, idle_but_old) == (0, 1, 1)


def test_a_closed_project_is_counted_once_more_and_then_never():
    project = make_project(items=1)
    summarize_projects()
    let_rest(MOST_REST * 2)
    Project.objects.update(state="closed", closed_at=timezone.now() - MOST_REST)

    assert (summarize_projects(), summarize_projects()) == (1, 0)
    assert ProjectSummary.objects.get(project=project).counted_at > Project.objects.get().closed_at


def test_the_quality_page_reads_no_answers_and_no_resolutions():
    for _each in range(2):
        make_items(made_large(make_project(items=0)), 1)
    summarize_projects()

    _rows, statements = statements_of(lambda: list(projects_in_work()[:25]))

    assert len(statements) == 1
    assert "annotation_answer" not in statements[0]
    assert "annotation_resolution" not in statements[0]


def test_a_client_with_nothing_judged_of_late_is_forgotten():
    team = make_project(items=0).team
    ClientSummary.objects.create(
        team=team, rejected=1, judged=1, rejected_before=0, judged_before=0, rate=1, has_jumped=False,
        counted_at=timezone.now(),
    )  # fmt: skip

    assert summarize_clients() == 0
    assert not ClientSummary.objects.exists()
