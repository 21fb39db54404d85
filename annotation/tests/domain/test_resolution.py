"""The consensus follows answers online, forgets what was rejected, and the batch fit replaces it."""

import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from annotation.agreement.refit import refit
from annotation.domain.resolution import count_new_answers, majority_of, refit_changed_projects, refit_project
from annotation.domain.verdict import decide
from annotation.kinds.schema import schema_for
from annotation.models import AnnotatorProgress, Answer, Consensus, Item, Project, Resolution, Verdict
from annotation.tests.factories import make_answer, make_gold, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
WORDS = {"reason": "wrong", "evidence": "Not what the text says."}


def make_crowd(*, items=6, people=4, seed=1, **fields):
    """A project answered by people of different reliability, and its reviewer."""
    dice = random.Random(seed)
    reviewer = make_user("reviewer")
    project = make_project(
        items=items, overlap=people, team=make_team(owner=make_user("owner"), reviewer=reviewer), **fields
    )
    for number, worker in enumerate(make_user() for _n in range(people)):
        for item in project.items.all():
            right = dice.random() < 0.95 - 0.15 * number
            make_answer(item, worker, ("pos", "neg")[(item.position % 2) ^ (not right)])
    return project, reviewer


def state_of(project):
    """All that the estimate keeps, rounded: sums are added up in different orders."""
    return {
        "resolutions": {
            row.item_id: (row.value, round(row.confidence, 9) if row.confidence is not None else None, row.answers)
            for row in Resolution.objects.filter(project=project)
        },
        "standings": {
            user: {name: [round(number, 9) + 0.0 for number in sums] for name, sums in saved.items()}
            for user, saved in AnnotatorProgress.objects.filter(project=project).values_list("user_id", "reliability")
        },
        "crowds": {
            name: [round(number, 9) for number in sums]
            for name, sums in Consensus.objects.get(project=project).crowds.items()
        },
    }


def test_every_answer_is_counted_once():
    make_crowd()

    counts = [count_new_answers() for _time in range(2)]

    assert counts == [24, 0]
    assert set(Resolution.objects.values_list("answers", flat=True)) == {4}
    assert all(0.5 <= row.confidence <= 1 for row in Resolution.objects.all())
    assert Consensus.objects.get().counted == 24


def test_answers_are_counted_in_several_batches_alike(monkeypatch):
    project, _reviewer = make_crowd()
    monkeypatch.setattr("annotation.domain.resolution.BATCH", 5)

    assert count_new_answers() == 24
    refit_project(project)
    small = state_of(project)
    monkeypatch.undo()
    refit_project(project)

    assert state_of(project) == small


def test_a_rejected_answer_leaves_the_consensus_as_if_it_had_never_been():
    project, reviewer = make_crowd(people=3)
    (*_others, last) = project.answers.filter(item=project.items.first()).order_by("id")
    Answer.objects.filter(pk=last.pk).update(is_counted=True)
    count_new_answers()
    without = state_of(project)
    Answer.objects.filter(pk=last.pk).update(is_counted=False)
    count_new_answers()

    decide(last, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
    count_new_answers()

    assert state_of(project)["resolutions"][last.item_id] == without["resolutions"][last.item_id]
    assert state_of(project)["crowds"] == without["crowds"]


def test_an_answer_rejected_before_it_was_counted_changes_nothing():
    project, reviewer = make_crowd(people=2, items=1)
    first, second = project.answers.order_by("id")
    decide(second, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)

    count_new_answers()

    row = Resolution.objects.get()
    assert (row.answers, row.value) == (1, first.value)


def test_an_item_without_answers_has_no_confidence():
    project, reviewer = make_crowd(people=1, items=1)
    count_new_answers()
    decide(project.answers.get(), actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)

    count_new_answers()

    row = Resolution.objects.get()
    assert (row.value, row.confidence, row.answers) == ({}, None, 0)


def test_a_reworked_answer_takes_the_place_of_the_first():
    project, reviewer = make_crowd(people=1, items=1)
    answer = project.answers.get()
    count_new_answers()
    decide(answer, actor=reviewer, decision=Verdict.Decision.RETURNED, **WORDS)
    other = {"sentiment": "neg" if answer.value["sentiment"] == "pos" else "pos"}
    Answer.objects.update(value=other, revision=2, state="pending", is_counted=False)

    count_new_answers()

    row = Resolution.objects.get()
    assert (row.value, row.answers) == (other, 1)


def test_the_refit_is_the_fit_of_agreement_over_the_same_answers():
    project, _reviewer = make_crowd(items=12)
    make_answer(make_gold(project, "neg"), make_user(), "pos")
    count_new_answers()
    rows = [(a.item_id, str(a.user_id), a.value) for a in project.answers.order_by("?")]
    gold = {item.pk: item.gold.value for item in Item.objects.filter(is_gold=True)}
    version = project.schema_version
    expected = refit(schema_for(version.pk, version.schema), rows, gold=gold, method="auto")

    refit_project(project)

    stored = {row.item_id: (row.value["sentiment"], round(row.confidence, 9)) for row in Resolution.objects.all()}
    fitted = {
        item: (resolution["sentiment"].value, round(resolution["sentiment"].confidence, 9))
        for item, _state, resolution in expected.items()
    }
    assert stored == fitted
    standings = {
        str(user): saved["sentiment"] for user, saved in AnnotatorProgress.objects.values_list("user_id", "reliability")
    }
    assert standings == {
        user: pytest.approx([fields["sentiment"].correct, fields["sentiment"].evidence])
        for user, fields in expected.standings.items()
    }


def test_after_a_refit_the_order_in_which_answers_came_does_not_matter():
    project, _reviewer = make_crowd(items=8)
    states = []
    for seed in range(3):
        Resolution.objects.all().delete()
        Consensus.objects.all().delete()
        AnnotatorProgress.objects.update(reliability={})
        order = list(project.answers.values_list("pk", flat=True))
        random.Random(seed).shuffle(order)
        Answer.objects.update(is_counted=True)
        for chunk in (
            itertools.batched(order, 7) if hasattr(itertools, "batched") else [order[:9], order[9:20], order[20:]]
        ):
            Answer.objects.filter(pk__in=chunk).update(is_counted=False)
            count_new_answers()
        refit_project(project)
        states.append(state_of(project))

    assert states[0] == states[1] == states[2]


def test_a_standing_is_the_sum_of_the_credits_in_the_items():
    project, reviewer = make_crowd()
    count_new_answers()
    refit_project(project)
    for answer in project.answers.order_by("id")[:3]:
        decide(answer, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
    count_new_answers()

    sums = {}
    for row in Resolution.objects.all():
        for annotator, _plain, _weight, correct, evidence in row.state["sentiment"]["v"]:
            total = sums.setdefault(int(annotator), [0.0, 0.0])
            total[0] += correct
            total[1] += evidence
    saved = dict(AnnotatorProgress.objects.values_list("user_id", "reliability"))
    assert {user: saved[user]["sentiment"] for user in sums} == {
        user: pytest.approx(total, abs=1e-6) for user, total in sums.items()
    }


def test_a_refit_between_a_rejection_and_its_count_leaves_no_trace_of_its_author():
    project, reviewer = make_crowd(items=2, people=3)
    newcomer = make_user("newcomer")
    Item.objects.update(places=4)
    answer = make_answer(project.items.first(), newcomer)
    count_new_answers()
    decide(answer, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)

    refit_project(project)
    count_new_answers()

    assert AnnotatorProgress.objects.get(user=newcomer).reliability in ({}, {"sentiment": [0.0, 0.0]})


def test_gold_is_known_and_teaches_without_being_moved():
    project = make_project(items=1)
    gold = make_gold(project, "neg")
    wrong, right = make_user("wrong"), make_user("right")
    make_answer(gold, wrong, "pos")
    make_answer(gold, right, "neg")

    count_new_answers()

    row = Resolution.objects.get(item=gold)
    assert (row.value, row.confidence) == ({"sentiment": "neg"}, 1.0)
    standings = dict(AnnotatorProgress.objects.values_list("user_id", "reliability"))
    assert (standings[wrong.pk]["sentiment"], standings[right.pk]["sentiment"]) == ([0.0, 1.0], [1.0, 1.0])


def test_projects_are_fitted_again_when_they_have_grown_and_at_their_end():
    project, _reviewer = make_crowd(items=10, people=3)
    Item.objects.update(places=4)
    late = list(project.answers.order_by("-id")[:1])
    Answer.objects.filter(pk=late[0].pk).update(is_counted=True)
    count_new_answers()

    first = refit_changed_projects()
    unchanged = refit_changed_projects()
    Answer.objects.filter(pk=late[0].pk).update(is_counted=False)
    count_new_answers()
    too_little = refit_changed_projects()
    Project.objects.update(state=Project.State.CLOSING)

    assert (first, unchanged, too_little, refit_changed_projects()) == (1, 0, 0, 1)


def test_the_majority_is_there_for_comparison():
    project = make_project(items=1)

    decided = majority_of(
        project, [("a", {"sentiment": "pos"}), ("b", {"sentiment": "neg"}), ("c", {"sentiment": "pos"})]
    )

    assert (decided["sentiment"].value, round(decided["sentiment"].confidence, 3)) == ("pos", 0.667)


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
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_two_workers_count_everything_once(monkeypatch):
    monkeypatch.setattr("annotation.domain.resolution.BATCH", 3)
    make_crowd(items=10)

    counted = sum(at_once(count_new_answers, count_new_answers)) + count_new_answers()

    assert counted == 40 == Consensus.objects.get().counted
    assert set(Resolution.objects.values_list("answers", flat=True)) == {4}


@pytest.mark.django_db(transaction=True)
def test_counting_and_rejecting_at_once_end_without_the_rejected():
    project, reviewer = make_crowd(items=10)
    doomed = list(project.answers.order_by("id")[:10])

    at_once(
        count_new_answers,
        lambda: [decide(each, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS) for each in doomed],
    )
    count_new_answers()

    assert sum(Resolution.objects.values_list("answers", flat=True)) == 30
    votes = [vote[0] for row in Resolution.objects.all() for vote in row.state["sentiment"]["v"]]
    assert len(votes) == 30
