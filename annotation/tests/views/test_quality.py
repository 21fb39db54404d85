from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.domain.summary import summarize_clients, summarize_people, summarize_projects
from annotation.domain.verdict import decide
from annotation.models import AnnotatorProgress, GoldSummary, Resolution, ReviewerSummary, SummaryRun, Verdict
from annotation.queries.quality import rate_has_jumped
from annotation.tests.factories import (
    make_answer,
    make_gold,
    make_items,
    make_progress,
    make_project,
    make_team,
    make_user,
)
from lib.ids import first_id_of, new_id

pytestmark = pytest.mark.django_db
PAGES = ["quality", "quality-annotators", "quality-reviewers"]
WORDS = {"reason": "wrong", "evidence": "Not what the text says."}


@pytest.fixture
def admin(client):
    admin = make_user("admin", is_quality_admin=True)
    client.force_login(admin)
    return admin


def summarize_afresh():
    SummaryRun.objects.all().delete()
    summarize_people()


def reject_all(project, reviewer, count):
    worker = make_user()
    for item in make_items(project, count):
        decide(make_answer(item, worker), actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)


@pytest.mark.parametrize("name", PAGES)
def test_only_quality_admins_get_in(client, name):
    client.force_login(make_user("outsider"))

    assert client.get(reverse(name)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_instance_says_what_will_be_here(client, admin, name):
    assert client.get(reverse(name)).status_code == 200


def test_projects_show_what_waits_and_how_unsure_they_are(client, admin):
    project = make_project(items=2)
    sure, unsure = project.items.all()
    make_answer(sure, make_user())
    for item, confidence in ((sure, 0.95), (unsure, 0.6)):
        Resolution.objects.create(item=item, project=project, value={}, confidence=confidence, method="x", answers=1)

    summarize_projects()

    (row,) = client.get(reverse("quality")).context["found"]

    assert (row.summary.pending, row.summary.resolved, row.summary.uncertain) == (1, 2, 1)


def test_a_project_whose_probes_are_answered_worse_is_marked(client, admin):
    project, worker = make_project(items=0), make_user()
    for number in range(90):
        make_answer(make_gold(project), worker, "pos" if number < 60 else "neg")
    AnnotatorProgress.objects.update(gold_seen=90, gold_right=60)

    summarize_projects()

    response = client.get(reverse("quality"))
    (row,) = response.context["found"]
    assert (row.summary.probes_right, row.summary.probes_seen) == (60, 90)
    assert row.summary.probes_fallen_at is not None
    assert "Has fallen" in response.content.decode()


def test_a_client_that_suddenly_rejects_is_named(client, admin):
    reviewer, past = make_user("reviewer"), make_user("past")
    project = make_project(items=1, team=make_team("Sudden", owner=reviewer))
    make_progress(project, past, accepted=980, rejected=20)
    reject_all(project, reviewer, 25)
    summarize_clients()

    response = client.get(reverse("quality"))

    (rate,) = response.context["jumped"]
    assert (rate.rejected, rate.judged, rate.rejected_before, rate.judged_before) == (25, 25, 20, 1000)
    assert "Sudden rejects far more than before" in response.content.decode()


@pytest.mark.parametrize(
    ("figures", "has_jumped"),
    [
        ((25, 100, 20, 1000), True),
        ((11, 100, 20, 1000), True),
        ((10, 100, 20, 1000), False),
        ((19, 19, 20, 1000), False),
        ((50, 100, 0, 5), False),
        ((0, 100, 0, 1000), False),
        ((4, 20, 0, 1000), False),
        ((5, 20, 0, 1000), True),
    ],
)
def test_a_jump_is_fivefold_and_not_chance(figures, has_jumped):
    assert rate_has_jumped(*figures) is has_jumped


def test_gold_shows_the_lowest_share_first_over_all_projects(client, admin):
    careful, careless = make_user("careful"), make_user("careless")
    for _n in range(2):
        make_progress(make_project(items=0), careful, gold_seen=5, gold_right=5)
    make_progress(make_project(items=0), careless, gold_seen=4, gold_right=1)

    summarize_people()

    rows = client.get(reverse("quality-annotators")).context["found"]

    assert [(row.user, row.right, row.seen, row.projects) for row in rows] == [
        (careless, 1, 4, 1),
        (careful, 10, 10, 2),
    ]


def test_reviewers_are_counted_and_a_favourite_is_pointed_out(client, admin):
    reviewer, favourite, other = make_user("reviewer"), make_user("favourite"), make_user("other")
    project = make_project(items=0, team=make_team(owner=reviewer))
    for item in make_items(project, 20):
        decide(make_answer(item, favourite), actor=reviewer, decision=Verdict.Decision.ACCEPTED)
    decide(make_answer(item, other), actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)

    summarize_people()

    (row,) = client.get(reverse("quality-reviewers")).context["found"]

    assert (row.accepted, row.rejected, row.returned, row.always_accepts) == (20, 1, 0, 1)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_the_same_statements_for_one_row_and_for_many(client, admin, name):
    def grow():
        reviewer = make_user("reviewer")
        project = make_project(items=0, team=make_team(owner=reviewer))
        reject_all(project, reviewer, 1)
        AnnotatorProgress.objects.update(gold_seen=3, gold_right=1)
        summarize_projects()
        summarize_clients()
        summarize_afresh()

    def statements():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(name))
        return len(captured)

    grow()
    one = statements()
    for _n in range(3):
        grow()

    assert statements() == one


def test_people_are_read_from_summaries_which_say_as_of_when(client, admin):
    reviewer, worker = make_user("reviewer"), make_user("worker")
    project = make_project(items=0, team=make_team(owner=reviewer))
    make_progress(make_project(items=0), worker, gold_seen=4, gold_right=1)
    reject_all(project, reviewer, 1)
    summarize_people()
    reject_all(project, reviewer, 1)
    AnnotatorProgress.objects.update(gold_seen=9)

    for name, table in (("quality-annotators", "goldsummary"), ("quality-reviewers", "reviewersummary")):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(reverse(name))
        read = " ".join(each["sql"] for each in captured)
        assert table in read
        assert "annotation_verdict" not in read
        assert "annotation_annotatorprogress" not in read
        assert "as of" in response.content.decode()
        assert [row.user for row in response.context["found"]] == [worker if table == "goldsummary" else reviewer]


def test_counting_people_rests_twenty_times_as_long_as_it_took(admin):
    make_progress(make_project(items=0), make_user(), gold_seen=4, gold_right=1)
    assert summarize_people() == 1
    make_progress(make_project(items=0), make_user(), gold_seen=4, gold_right=1)
    SummaryRun.objects.update(took_ms=3_000)

    assert summarize_people() == 0
    SummaryRun.objects.update(counted_at=timezone.now() - timedelta(seconds=61))

    assert summarize_people() == 1
    assert GoldSummary.objects.count() == 2


def test_who_judged_nothing_of_late_is_forgotten(admin, monkeypatch):
    reviewer = make_user("reviewer")
    reject_all(make_project(items=0, team=make_team(owner=reviewer)), reviewer, 1)
    summarize_afresh()
    monkeypatch.setattr("annotation.queries.quality.RECENT", timedelta(days=-1))

    summarize_afresh()

    assert not ReviewerSummary.objects.exists()


def test_ids_can_be_bounded_in_time():
    now = timezone.now()

    assert first_id_of(now - timedelta(seconds=1)) < new_id() < first_id_of(now + timedelta(seconds=60))
