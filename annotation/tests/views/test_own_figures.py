"""What an annotator is told of himself, and what it must not tell: which items are probes."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.domain.verdict import decide
from annotation.models import Answer, Resolution, Verdict
from annotation.tests.factories import make_answer, make_gold, make_items, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
WORDS = {"reason": "instructions", "evidence": "Irony was to be marked negative."}


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def worker(client):
    worker = make_user()
    client.force_login(worker)
    return worker


def page_of(client, project):
    return client.get(reverse("my-project-figures", args=[project.pk]))


def resolve(item, value, **fields):
    Resolution.objects.create(
        item=item, project=item.project, value={"sentiment": value}, method="auto",
        **{"confidence": 0.95, "answers": 3} | fields,
    )  # fmt: skip


def yesterday():
    Answer.objects.update(created_at=timezone.now() - timedelta(days=1, hours=1))


def test_only_who_has_answered_in_a_project_has_figures_there(client, worker):
    project = make_project(items=1)
    make_answer(project.items.get(), make_user())

    assert page_of(client, project).status_code == 404
    assert list(client.get(reverse("my-figures")).context["found"]) == []


def test_the_list_shows_where_i_worked(client, worker):
    project = make_project(items=1)
    make_answer(project.items.get(), worker)

    (row,) = client.get(reverse("my-figures")).context["found"]

    assert (row.project, row.answers, row.judged) == (project, 1, 0)


def test_probes_are_told_in_fives_and_not_before_midnight(client, worker):
    project = make_project(items=0)
    for number in range(8):
        make_answer(make_gold(project), worker, "neg" if number == 0 else "pos")
    today = page_of(client, project).context["figures"]
    yesterday()

    after = page_of(client, project).context["figures"]

    assert (today.probes.count, today.project_probes.count) == (0, 0)
    assert (after.probes.right, after.probes.count) == (4, 5)


def test_answers_are_compared_with_what_several_people_surely_decided(client, worker):
    project = make_project(items=6)
    sure, unsure, alone, *more = project.items.all()
    for item in (sure, unsure, alone, *more):
        make_answer(item, worker, "pos")
    resolve(sure, "neg")
    resolve(unsure, "neg", confidence=0.6)
    resolve(alone, "neg", answers=1)
    for item in more:
        resolve(item, "neg")
    yesterday()

    response = page_of(client, project)
    figures = response.context["figures"]

    assert (figures.compared.right, figures.compared.count) == (0, 4)
    assert [(each.words, each.mixup.count, each.mixup.of) for each in response.context["advice"]] == [
        ("“Negative” taken for “Positive”", 4, 4)
    ]


def test_reasons_are_counted_and_their_last_words_shown(client, worker):
    reviewer = make_user("reviewer")
    project = make_project(items=2, team=make_team(owner=reviewer))
    for item in project.items.all():
        decide(make_answer(item, worker), actor=reviewer, decision=Verdict.Decision.RETURNED, **WORDS)

    response = page_of(client, project)

    (saying,) = response.context["figures"].sayings
    assert (saying.count, saying.evidence) == (2, WORDS["evidence"])
    assert WORDS["evidence"] in response.content.decode()


def test_the_api_tells_the_same(client, worker):
    project = make_project(items=4)
    for item in project.items.all():
        make_answer(item, worker, "pos")
        resolve(item, "pos")
    yesterday()

    listed = client.get(reverse("api-my-figures")).json()
    told = client.get(reverse("api-my-project-figures", args=[project.pk])).json()

    assert listed["results"][0]["project"] == str(project.pk)
    assert (told["compared"]["right"], told["compared"]["count"]) == (4, 4)
    assert told["probes"]["interval"] is None
    assert told["confusions"][0]["counts"] == [[[4, 0], [0, 0]]]


def test_the_page_takes_the_same_statements_for_few_answers_and_for_many(client, worker):
    project = make_project(items=2)

    def answer_all(items):
        for item in items:
            make_answer(item, worker)
            resolve(item, "neg")
        yesterday()
        cache.clear()

    def statements():
        with CaptureQueriesContext(connection) as captured:
            page_of(client, project)
        return len(captured)

    answer_all(project.items.all())
    few = statements()
    answer_all(make_items(project, 20))

    assert statements() == few
