from copy import deepcopy
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.domain.resolution import count_new_answers, refit_project
from annotation.models import AnnotatorProgress, Answer, Consensus
from annotation.queries.confusion import confusion_of, mixups_of
from annotation.queries.probes import recent_probes
from annotation.queries.project_quality import interface_of, quality_of
from annotation.tests.factories import make_answer, make_gold, make_items, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
LABELS = {
    "schema": "1",
    "data": {"text": {"type": "text"}},
    "fields": [
        {
            "name": "topics", "tool": "choices", "title": {"en": "Topics"}, "source": "text", "multiple": True,
            "options": [{"value": name, "title": {"en": name.title()}} for name in ("water", "sand", "wind")],
        }
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def owner(client):
    owner = make_user("owner")
    client.force_login(owner)
    return owner


def answer_probe(gold, worker, value):
    """As a submission counts it."""
    answer = make_answer(gold, worker, value)
    progress = AnnotatorProgress.objects.get(project=gold.project, user=worker)
    progress.gold_seen += 1
    progress.gold_right += value == "pos"
    progress.save()
    return answer


def project_with_probes(owner, *, workers=3, golds=20, wrong_from=None):
    """Everybody answers every probe, rightly until `wrong_from`."""
    project = make_project(items=6, owner=owner, team=make_team(owner=owner))
    Consensus.objects.get_or_create(project=project)
    people = [make_user() for _n in range(workers)]
    for number in range(golds):
        gold = make_gold(project)
        for worker in people:
            answer_probe(gold, worker, "neg" if wrong_from is not None and number >= wrong_from else "pos")
    for item in project.items.filter(is_gold=False):
        for place, worker in enumerate(people):
            make_answer(item, worker, "neg" if item.position == 0 and place == 0 else "pos")
    count_new_answers()
    refit_project(project)
    return project


def test_an_empty_project_says_what_will_be_here(client, owner):
    project = make_project(items=1, owner=owner)

    page = client.get(reverse("project-quality", args=[project.pk])).content.decode()

    assert "No hidden probe has been answered yet" in page
    assert "It takes 20 decided probes; there are 0" in page
    assert "What is taken for what appears here" in page
    assert '<svg class="plot' not in page


def test_the_page_shows_probes_agreement_confidence_and_confusions(client, owner):
    project = project_with_probes(owner)

    response = client.get(reverse("project-quality", args=[project.pk]))
    page, found = response.content.decode(), response.context["found"]

    assert (found.probes.all_right, found.probes.all_seen, found.probes.count) == (60, 60, 60)
    assert len(found.probes.points) == 4
    assert found.fields[0].sureness.decided == 20
    assert found.fields[0].confusion.counts == [[[17, 1], [0, 0]]]
    assert page.count('class="plot__drawing" role="img"') == 3
    assert page.count("The numbers") == 3
    assert "become worse" not in page


def test_a_fall_raises_the_alarm_and_says_since_when(client, owner):
    project = project_with_probes(owner, golds=30, wrong_from=20)

    response = client.get(reverse("project-quality", args=[project.pk]))
    probes = response.context["found"].probes

    assert probes.has_fallen
    assert probes.since == recent_probes(project.pk)[60].at
    assert "Annotators have become worse on hidden probes" in response.content.decode()


def test_confidence_is_judged_without_the_answers_to_that_probe(owner):
    """Everybody has answered one probe only, wrongly: who knew that would turn the answers round and be right."""
    project = make_project(items=0, owner=owner)
    Consensus.objects.get_or_create(project=project)
    for _n in range(20):
        gold = make_gold(project)
        for _m in range(3):
            answer_probe(gold, make_user(), "neg")
    count_new_answers()
    refit_project(project)

    (field,) = quality_of(project).fields

    assert field.sureness.decided == 20
    assert [bar.right.estimate for bar in field.sureness.bars] == [0]


def test_clients_see_pseudonyms_and_quality_admins_names(client, owner):
    project = project_with_probes(owner)
    AnnotatorProgress.objects.update(reliability={"sentiment": [9.0, 10.0]})
    Answer.objects.update(active_ms=4000)
    cache.clear()

    theirs = client.get(reverse("project-quality", args=[project.pk])).content.decode()
    client.force_login(make_user("admin", is_quality_admin=True))
    admins = client.get(reverse("project-quality", args=[project.pk])).content.decode()

    assert "annotator-" in theirs
    assert ">worker<" not in theirs
    assert ">worker<" in admins


def test_whoever_has_worked_in_the_project_is_told_nothing_that_probes_are_part_of(client, owner):
    """A figure that moves with his own answer would tell which item was a probe."""
    project = project_with_probes(owner)
    worker = AnnotatorProgress.objects.filter(project=project).first().user
    project.team.memberships.create(user=worker, role="viewer")
    client.force_login(worker)

    page = client.get(reverse("project-quality", args=[project.pk])).content.decode()
    told = client.get(reverse("api-project-quality", args=[project.pk])).json()
    people = client.get(reverse("api-project-annotators", args=[project.pk])).json()["results"]

    assert "is not shown to you" in page
    assert "60 of 60" not in page + client.get(reverse("project-people", args=[project.pk])).content.decode()
    assert (told["with_probes"], told["probes"]["all_seen"], told["people"]) == (False, 0, [])
    assert {(row["gold_seen"], row["reliability"]) for row in people} == {(0, None)}
    assert told["questions"][0]["confusion"]["counts"] == [[[17, 1], [0, 0]]]


def test_options_are_compared_one_by_one_where_several_may_be_chosen(client, owner):
    project = make_project(items=0, owner=owner, schema=LABELS)
    (field,) = confusion_of(
        interface_of(project),
        [({"topics": ["water"]}, {"topics": ["water", "sand"]})] * 4 + [({"topics": ["wind"]}, {})],
    )

    assert field.counts == [[[1, 0], [0, 4]], [[1, 4], [0, 0]], [[4, 0], [1, 0]]]
    assert [(mixup.option, mixup.decided, mixup.answered, mixup.count) for mixup in mixups_of(field)] == [(1, 0, 1, 4)]


def test_the_page_takes_the_same_statements_for_few_items_and_people_and_for_many(client, owner):
    address = None

    def statements():
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    project = project_with_probes(owner, workers=3, golds=20)
    address = reverse("project-quality", args=[project.pk])
    few = statements()
    more = [make_user() for _n in range(4)]
    for item in make_items(project, 8):
        for worker in more[:3]:
            make_answer(item, worker)
    for _n in range(5):
        gold = make_gold(project)
        for worker in more:
            answer_probe(gold, worker, "pos")
    count_new_answers()
    refit_project(project)

    assert statements() == few
    assert few <= 30


def test_what_was_counted_is_kept_for_some_minutes(client, owner):
    project = project_with_probes(owner)
    client.get(reverse("project-quality", args=[project.pk]))

    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("project-quality", args=[project.pk]))

    assert not any("annotation_answer" in query["sql"] for query in captured.captured_queries)


def test_the_api_tells_the_same(client, owner):
    project = project_with_probes(owner)

    told = client.get(reverse("api-project-quality", args=[project.pk])).json()

    assert told["probes"]["drift"]["has_fallen"] is False
    assert (told["probes"]["right"], told["probes"]["count"]) == (60, 60)
    assert told["questions"][0]["confusion"] == {
        "classes": ["pos", "neg"], "per_option": False, "counts": [[[17, 1], [0, 0]]],
    }  # fmt: skip
    assert told["questions"][0]["sureness"]["decided"] == 20
    assert all(row["annotator"].startswith("annotator-") for row in told["people"])


def test_a_hostile_title_of_an_option_is_only_text(client, owner):
    project = project_with_probes(owner)
    version = project.schema_version
    version.schema = deepcopy(version.schema)
    version.schema["fields"][0]["options"][0]["title"]["en"] = "<script>alert(1)</script>"
    version.pk = None
    version.number = 2
    version.save()
    project.schema_version = version
    project.save()

    page = client.get(reverse("project-quality", args=[project.pk])).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_probes_before_a_moment_leave_out_the_later_ones(owner):
    project = project_with_probes(owner, golds=5)
    ids = list(Answer.objects.filter(item__is_gold=True).order_by("id").values_list("pk", flat=True))
    Answer.objects.filter(pk__in=ids[:6]).update(created_at=timezone.now() - timedelta(days=2))

    assert len(recent_probes(project.pk, before=timezone.now() - timedelta(days=1))) == 6
    assert len(recent_probes(project.pk)) == 15
