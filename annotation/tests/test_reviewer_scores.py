"""What counts for and against a reviewer, and what does not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.domain.appeals import answer_appeal, end_due, object_to
from annotation.domain.summary import summarize_people
from annotation.domain.verdict import decide
from annotation.models import Answer, Appeal, GoldAnswer, Project, Resolution, ReviewerSummary, Verdict
from annotation.queries.reviewer_scores import Score, record_of, scores_of
from annotation.tests.factories import make_answer, make_gold, make_items, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
ACCEPTED, REJECTED, RETURNED = Verdict.Decision
EVIDENCE = "The text says the opposite."
WHY = "The last sentence says so."


class Scene:
    pass


@pytest.fixture
def scene():
    scene = Scene()
    scene.owner, scene.reviewer, scene.second = make_user("owner"), make_user("reviewer"), make_user("second")
    scene.admin, scene.worker = make_user("admin", is_quality_admin=True), make_user("worker")
    scene.team = make_team(owner=scene.owner, reviewer=scene.reviewer)
    scene.team.memberships.create(user=scene.second, role="reviewer")
    scene.project = make_project(team=scene.team, owner=scene.owner, items=0)
    GoldAnswer.objects.update(made_at=timezone.now() - timedelta(days=1))
    return scene


def score_of(person):
    score = scores_of([person.pk])[person.pk]
    return score.right, score.wrong


def judge(scene, decision, item=None, *, by=None, value="neg"):
    item = item or make_items(scene.project, 1)[0]
    answer = make_answer(item, make_user(), value)
    decide(answer, actor=by or scene.reviewer, decision=decision, reason="wrong", evidence=EVIDENCE)
    return Answer.objects.get(pk=answer.pk)


def appeal(scene, answer, *steps):
    """Each step is (who, whether the rejection is upheld); the author goes on as far as it takes."""
    for who, upholds in steps:
        object_to(answer, actor=answer.user, text=WHY)
        answer_appeal(answer, actor=who, upholds=upholds, reason="wrong", text=EVIDENCE)


@pytest.mark.parametrize(
    ("decision", "value", "is_right"),
    [(ACCEPTED, "pos", True), (ACCEPTED, "neg", False), (REJECTED, "neg", True), (RETURNED, "neg", True),
     (REJECTED, "pos", False), (RETURNED, "pos", False)],
)  # fmt: skip
def test_a_verdict_on_a_probe_is_right_when_it_takes_what_is_right_and_nothing_else(scene, decision, value, is_right):
    judge(scene, decision, make_gold(scene.project, "pos"), value=value)

    assert score_of(scene.reviewer) == (int(is_right), int(not is_right))


def test_a_probe_counts_by_what_the_answer_said_when_it_was_judged(scene):
    answer = judge(scene, RETURNED, make_gold(scene.project, "pos"), value="neg")
    answer.revisions.create(number=1, value=answer.value)
    Answer.objects.filter(pk=answer.pk).update(value={"sentiment": "pos"}, revision=2, state="pending")

    assert score_of(scene.reviewer) == (1, 0)


def test_what_became_gold_only_after_the_verdict_tests_nobody(scene):
    """Gold made of finished items says what reviewers let pass: to count it would be to count agreement."""
    item = make_items(scene.project, 1)[0]
    judge(scene, ACCEPTED, item, value="pos")
    GoldAnswer.objects.create(item=item, value={"sentiment": "pos"})

    assert score_of(scene.reviewer) == (0, 0)


def test_an_exam_question_is_no_hidden_probe(scene):
    gold = make_gold(scene.project, "pos")
    GoldAnswer.objects.filter(item=gold).update(use="exam")
    judge(scene, ACCEPTED, gold, value="pos")

    assert score_of(scene.reviewer) == (0, 0)


def test_whoever_manages_the_project_has_chosen_its_gold_and_is_not_tested_by_it(scene):
    judge(scene, ACCEPTED, make_gold(scene.project, "pos"), by=scene.owner, value="pos")

    assert score_of(scene.owner) == (0, 0)


def test_two_reviewers_who_agree_prove_nothing(scene):
    answer = judge(scene, REJECTED)
    appeal(scene, answer, (scene.second, True))
    Appeal.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    end_due()

    assert Appeal.objects.get().state == "final"
    assert [score_of(person) for person in (scene.reviewer, scene.second)] == [(0, 0), (0, 0)]


def test_a_second_reviewer_who_gives_in_overrules_the_first_and_gains_nothing(scene):
    appeal(scene, judge(scene, REJECTED), (scene.second, False))

    assert [score_of(person) for person in (scene.reviewer, scene.second)] == [(0, 1), (0, 0)]


@pytest.mark.parametrize(("upholds", "expected"), [(True, (1, 0)), (False, (0, 1))])
def test_the_word_of_a_quality_admin_counts_for_whoever_rejected_and_whoever_upheld(scene, upholds, expected):
    appeal(scene, judge(scene, REJECTED), (scene.second, True), (scene.admin, upholds))

    assert [score_of(person) for person in (scene.reviewer, scene.second)] == [expected, expected]


def test_what_the_clock_decides_counts_for_nobody(scene):
    answer = judge(scene, REJECTED)
    object_to(answer, actor=answer.user, text=WHY)
    Appeal.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    end_due()

    assert Appeal.objects.get().state == "overturned"
    assert score_of(scene.reviewer) == (0, 0)


def test_an_appeal_that_still_runs_counts_for_nobody(scene):
    answer = judge(scene, REJECTED)
    object_to(answer, actor=answer.user, text=WHY)

    assert score_of(scene.reviewer) == (0, 0)


def test_the_interval_narrows_and_one_bad_day_is_no_verdict_on_a_person():
    none, one, many = Score(0, 0), Score(0, 1), Score(90, 10)

    assert (none.mean, round(one.mean, 3), round(many.mean, 3)) == (0.8, 0.667, 0.895)
    assert one.high > 0.9
    assert many.high - many.low < none.high - none.low
    assert 0 <= one.low < one.mean < one.high <= 1


def test_lines_name_probes_only_when_their_project_is_closed(scene):
    judge(scene, ACCEPTED, make_gold(scene.project, "pos"), value="pos")
    appeal(scene, judge(scene, REJECTED), (scene.second, False))

    while_open = record_of(scene.reviewer)
    Project.objects.update(state="closed", closed_at=timezone.now())
    when_closed = record_of(scene.reviewer)

    assert [line.source for line in while_open.lines] == ["overturned"]
    assert sorted(line.source for line in when_closed.lines) == ["overturned", "probe"]
    assert [(row.project, row.right, row.seen) for row in while_open.probes] == [(scene.project.title, 1, 1)]


def test_the_mix_of_items_stands_beside_everybodys(scene):
    for n, confidence in enumerate([0.99, 0.5, None]):
        item = make_items(scene.project, 1)[0]
        Resolution.objects.create(
            item=item, project=scene.project, value={}, confidence=confidence, method="m", answers=1
        )
        answer = judge(scene, REJECTED, item)
        if n == 1:
            appeal(scene, answer, (scene.second, False))
        judge(scene, ACCEPTED, item, by=scene.second)

    mix = [(row.name, row.mine, row.overturned, row.everybody) for row in record_of(scene.reviewer).mix]

    assert mix == [("sure", 1, 0, 2), ("unsure", 1, 1, 2), ("open", 1, 0, 2)]


def test_the_record_takes_the_same_statements_whatever_it_holds(scene):
    counts = []
    for number in (1, 3):
        for _n in range(number):
            judge(scene, ACCEPTED, make_gold(scene.project, "pos"), value="pos")
            appeal(scene, judge(scene, REJECTED), (scene.second, False))
        with CaptureQueriesContext(connection) as statements:
            record_of(scene.reviewer)
        counts.append(len(statements))

    assert counts == [4, 4]


def test_the_background_keeps_the_score_of_everybody_who_judged_of_late(scene):
    judge(scene, ACCEPTED, make_gold(scene.project, "pos"), value="pos")
    judge(scene, ACCEPTED, make_gold(scene.project, "pos"), value="neg")

    summarize_people()

    row = ReviewerSummary.objects.get(user=scene.reviewer)
    assert (row.right, row.wrong, row.known) == (1, 1, 2)


def test_the_pages_explain_it_to_its_owner_and_to_quality_admins_only(client, scene):
    appeal(scene, judge(scene, REJECTED), (scene.second, False))
    summarize_people()
    anybodys = reverse("quality-reviewer", args=[scene.reviewer.public_id])
    client.force_login(scene.reviewer)
    own = client.get(reverse("my-reviewing")).content.decode()
    refused = client.get(anybodys).status_code
    client.force_login(scene.admin)
    overview = client.get(reverse("quality-reviewers")).content.decode()
    page = client.get(anybodys).content.decode()

    assert "An appeal against your verdict: it was overturned" in own
    assert refused == 404
    assert f"{anybodys}#mix-title" in overview
    assert "What was judged" in page
