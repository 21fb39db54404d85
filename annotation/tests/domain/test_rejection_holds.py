"""A client that suddenly rejects far more than before: what is held, who looks at it, and what follows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry
from annotation.domain.appeals import end_due, object_to
from annotation.domain.rejection_holds import carry_out_decided, end_hold
from annotation.domain.summary import summarize_clients
from annotation.domain.verdict import decide
from annotation.exceptions import AnnotationError
from annotation.models import AnnotatorProgress, Appeal, AppealStep, RejectionHold, Verdict
from annotation.queries.open_work import has_open_work
from annotation.queries.quality import LEAST_RECENT, rate_of
from annotation.tests.factories import make_answer, make_items, make_progress, make_project, make_team, make_user

WORDS = {"reason": "wrong", "evidence": "The text says the opposite."}
WHY = "I looked at all of them: they are well founded."
Outcome = RejectionHold.Outcome


@pytest.fixture
def scene(db):
    return make_scene()


def make_scene():
    """A client that rejected 2 % of a thousand answers, long ago."""
    reviewer = make_user("reviewer")
    project = make_project(items=0, team=make_team("Sudden", owner=make_user("owner"), reviewer=reviewer))
    project.reviewer, project.admin = reviewer, make_user("admin", is_quality_admin=True)
    make_progress(project, make_user("past"), accepted=980, rejected=20)
    project.worker = make_user("worker")
    return project


def reject(project, count):
    for item in make_items(project, count):
        answer = make_answer(item, project.worker)
        decide(answer, actor=project.reviewer, decision=Verdict.Decision.REJECTED, **WORDS)


def states():
    return list(Appeal.objects.order_by("created_at", "pk").values_list("state", flat=True))


def test_a_fivefold_jump_holds_the_rejections_that_follow(scene):
    reject(scene, LEAST_RECENT + 3)

    assert states() == ["open"] * (LEAST_RECENT - 1) + ["held"] * 4
    hold = RejectionHold.objects.get()
    assert (hold.rejected, hold.judged, hold.rejected_before, hold.judged_before) == (20, 20, 20, 1000)
    assert Appeal.objects.filter(state="held", due_at=None).count() == 4
    assert AuditEntry.objects.get(action="rejections.held").object_id == str(scene.team_id)
    assert has_open_work(scene)
    with pytest.raises(AnnotationError, match="waits for a quality admin"):
        object_to(Appeal.objects.filter(state="held").first().answer, actor=scene.worker, text=WHY)


def test_a_jump_is_seen_also_between_two_counts_of_the_background(scene):
    reject(scene, 10)
    summarize_clients()
    reject(scene, 10)

    assert rate_of(scene.team).rejected == 20
    assert states().count("held") == 1


def test_as_many_rejections_as_ever_are_not_held(scene):
    AnnotatorProgress.objects.filter(rejected=20).update(accepted=500, rejected=500)

    reject(scene, 25)

    assert set(states()) == {"open"}


def test_a_client_without_a_past_is_not_held(scene):
    AnnotatorProgress.objects.filter(rejected=20).delete()

    reject(scene, 25)

    assert set(states()) == {"open"}


def test_released_rejections_get_their_clock_and_no_further_ones_are_held_for_the_same_jump(scene):
    reject(scene, 22)
    end_hold(RejectionHold.objects.get(), actor=scene.admin, outcome=Outcome.RELEASED, reason=WHY)

    assert (carry_out_decided(), carry_out_decided()) == (3, 0)
    reject(scene, 2)

    assert set(states()) == {"open"}
    assert all(left > timedelta(hours=71) for left in (a.due_at - timezone.now() for a in Appeal.objects.all()))
    assert set(AppealStep.objects.values_list("kind", "by")) == {("held", None), ("released", scene.admin.pk)}
    assert AuditEntry.objects.get(action="rejections.released").actor == scene.admin


def test_voided_rejections_are_paid_and_mark_nobody_but_the_reviewer(scene):
    reject(scene, 22)
    end_hold(RejectionHold.objects.get(), actor=scene.admin, outcome=Outcome.VOIDED, reason="Nobody has looked.")
    carry_out_decided()
    reject(scene, 1)

    assert (states().count("overturned"), states().count("held")) == (3, 1)
    assert AnnotatorProgress.objects.values_list("accepted", "rejected").get(user=scene.worker) == (3, 0)


def test_a_hold_is_decided_once_with_a_reason_and_by_nobody_of_the_client(scene):
    reject(scene, 20)
    hold = RejectionHold.objects.get()
    for actor, reason, refusal in ((scene.admin, " ", "Say why"), (scene.reviewer, WHY, "belong")):
        with pytest.raises(AnnotationError, match=refusal):
            end_hold(hold, actor=actor, outcome=Outcome.RELEASED, reason=reason)
    for _twice in range(2):
        end_hold(hold, actor=scene.admin, outcome=Outcome.RELEASED, reason=WHY)

    with pytest.raises(AnnotationError, match="decided already"):
        end_hold(hold, actor=scene.admin, outcome=Outcome.VOIDED, reason=WHY)
    assert AuditEntry.objects.filter(action="rejections.released").count() == 1


def test_what_is_held_has_no_clock_that_could_run_out(scene):
    reject(scene, 20)

    assert end_due() == 0
    assert states().count("held") == 1


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_begin_one_hold_and_one_letter_is_written():
    scene = make_scene()
    reject(scene, LEAST_RECENT - 1)
    answers = [make_answer(item, make_user()) for item in make_items(scene, 4)]
    mail.outbox.clear()

    def run(answer):
        try:
            return decide(answer, actor=scene.reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, answers))

    assert RejectionHold.objects.count() == 1
    assert sum("far more than before" in letter.subject for letter in mail.outbox) == 1
