"""What an annotator sees of his own answers: verdict, reason, and the way of the money."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotation.domain.accrual import accrue_earnings
from annotation.domain.rework import lapse_returned
from annotation.domain.verdict import accept_by_silence, decide
from annotation.models import Answer, Verdict
from annotation.tests.domain.test_accrual import make_paid_project
from annotation.tests.factories import make_answer, make_items, make_project, make_user
from rewards.models import Earning, Payout, SettlementBatch

pytestmark = pytest.mark.django_db
WORDS = {"reason": "instructions", "evidence": "Irony was to be marked negative."}


@pytest.fixture
def worker(client):
    worker = make_user()
    client.force_login(worker)
    return worker


def detail(client, answer):
    return client.get(reverse("my-answer", args=[answer.pk]))


def text_of(response):
    return response.content.decode()


def test_nobody_sees_the_answers_of_others(client, worker):
    theirs = make_answer(make_project(items=1).items.get(), make_user())

    assert detail(client, theirs).status_code == 404
    assert client.get(reverse("my-answers")).context["rows"] == []


def test_the_list_shows_verdict_reason_and_what_to_do(client, worker):
    project, reviewer = make_paid_project(items=3)
    returned, rejected, pending = (make_answer(item, worker) for item in project.items.all())
    decide(returned, actor=reviewer, decision=Verdict.Decision.RETURNED, **WORDS)
    decide(rejected, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)

    page = text_of(client.get(reverse("my-answers")))

    assert page.count(WORDS["evidence"]) == 2
    assert page.count(reverse("workbench", args=[project.pk])) == 1
    assert reverse("my-answer", args=[pending.pk]) in page


def test_the_list_is_filtered_by_verdict_and_project(client, worker):
    project, other = make_project(items=2), make_project(items=1)
    accepted = make_answer(project.items.first(), worker, state="accepted")
    make_answer(project.items.last(), worker)
    make_answer(other.items.get(), worker, state="accepted")

    rows = client.get(reverse("my-answers"), {"state": "accepted", "project": str(project.pk)}).context["rows"]
    nonsense = client.get(reverse("my-answers"), {"state": "burnt", "project": "x", "page": "-1"})

    assert [row.answer for row in rows] == [accepted]
    assert len(nonsense.context["rows"]) == 3


def test_the_list_takes_the_same_statements_for_one_answer_and_for_many(client, worker):
    project = make_project(items=1)
    make_answer(project.items.get(), worker)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("my-answers"))
        return len(captured)

    one = statements()
    for item in make_items(project, 10):
        make_answer(item, worker)

    assert statements() == one


def test_a_rejected_answer_says_why_and_what_can_be_done(client, worker):
    project, reviewer = make_paid_project()
    answer = make_answer(project.items.first(), worker)
    decide(answer, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)

    page = text_of(detail(client, answer))

    assert WORDS["evidence"] in page
    assert "The instructions were not followed" in page
    assert "Nothing is final yet: its pay is kept" in page
    assert "If nobody answers in time, you are paid in full." in page
    assert reviewer.email not in page


def test_a_returned_answer_leads_to_the_workbench(client, worker):
    project, reviewer = make_paid_project()
    answer = make_answer(project.items.first(), worker)
    decide(answer, actor=reviewer, decision=Verdict.Decision.RETURNED, **WORDS)

    page = text_of(detail(client, answer))

    assert "Next: do it again" in page
    assert reverse("workbench", args=[project.pk]) in page


def test_an_answer_that_was_not_done_again_says_so(client, worker):
    project, reviewer = make_paid_project()
    answer = make_answer(project.items.first(), worker)
    decide(answer, actor=reviewer, decision=Verdict.Decision.RETURNED, **WORDS)
    Answer.objects.update(review_due_at=timezone.now() - timedelta(hours=1))
    lapse_returned()

    assert "It was returned, and not done again in time" in text_of(detail(client, answer))


def test_silence_is_called_silence(client, worker):
    answer = make_answer(make_project(items=1).items.get(), worker, review_due_at=timezone.now() - timedelta(hours=1))
    accept_by_silence()

    assert "nobody objected in time" in text_of(detail(client, answer))


def test_the_money_is_followed_from_verdict_to_transaction(client, worker):
    project, reviewer = make_paid_project()
    answer = make_answer(project.items.first(), worker)
    states = []

    def look():
        states.append(detail(client, answer).context["row"].money_state)

    look()
    decide(answer, actor=reviewer, decision=Verdict.Decision.ACCEPTED)
    look()
    accrue_earnings()
    look()
    earning = Earning.objects.get(reason="answer")
    batch = SettlementBatch.objects.create(chain=project.token.chain, epoch=1, batch_key="0x1", root="0x2")
    payout = Payout.objects.create(
        batch=batch, user=worker, token=project.token, address="0x" + "a" * 40, amount=earning.amount, index=0
    )
    Earning.objects.filter(pk=earning.pk).update(payout=payout)
    look()
    payout.state, payout.transaction_hash = Payout.State.PAID, "0x" + "b" * 64
    payout.save()
    look()

    page = text_of(detail(client, answer))
    assert states == ["expected", "accepted", "earned", "frozen", "paid"]
    assert str(earning.transfer_id) in page
    assert "0x" + "b" * 64 in page


def test_only_the_columns_of_the_interface_are_shown(client, worker):
    project = make_project(items=0)
    (item,) = make_items(project, 1, data={"text": "What was asked", "truth": "the right answer"})
    answer = make_answer(item, worker)

    page = text_of(detail(client, answer))

    assert "What was asked" in page
    assert "the right answer" not in page
