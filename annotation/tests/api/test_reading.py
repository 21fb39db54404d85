"""What pages show, over the API: the review queue, an item's consensus, the way of the pay, figures."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ApiKey, Scope
from accounts.tests.factories import make_key
from annotation.domain.accrual import accrue_earnings
from annotation.domain.summary import summarize_clients, summarize_people, summarize_projects
from annotation.domain.verdict import decide
from annotation.models import GoldAnswer, Item, Resolution, Verdict
from annotation.tests.api.test_work import signed_in
from annotation.tests.domain.test_accrual import make_paid_project
from annotation.tests.factories import (
    make_answer,
    make_draft,
    make_gold,
    make_items,
    make_progress,
    make_project,
    make_team,
    make_user,
)
from rewards.models import Earning, Payout, SettlementBatch

pytestmark = pytest.mark.django_db
WORDS = {"reason": "wrong", "evidence": "Not what the text says."}


def get(user, name, *args, **query):
    answer = signed_in(user).get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def resolve(item, confidence, value="pos"):
    return Resolution.objects.create(
        item=item, project=item.project, value={"sentiment": value}, confidence=confidence, method="majority", answers=1
    )


@pytest.fixture
def reviewer():
    return make_user("reviewer")


@pytest.fixture
def project(reviewer):
    return make_project(
        items=3, team=make_team(owner=make_user("owner"), reviewer=reviewer), review_price_minor=7, reviews_budget=5
    )


@pytest.fixture
def waiting(project):
    """Three items with one answer each: sure, unsure, and in between."""
    worker = make_user()
    for item, confidence in zip(project.items.all(), (0.95, 0.5, 0.7), strict=True):
        make_answer(item, worker)
        resolve(item, confidence)
    return list(project.items.all())


def test_the_queue_is_in_the_order_of_the_page(project, reviewer, waiting):
    sure, unsure, middle = (item.pk for item in waiting)

    def items(**query):
        return [row["item"] for row in get(reviewer, "api-review-queue", project.pk, **query)["results"]]

    assert items() == [unsure, middle, sure]
    assert items(uncertain="true") == [unsure, middle]
    assert items(order="oldest") == [sure, unsure, middle]
    assert items(order="random", seed="a") == items(order="random", seed="a")
    assert items(annotator="nobody") == []
    assert items(order="nonsense") == items()


def test_the_queue_comes_in_pages(project, reviewer, waiting):
    first = get(reviewer, "api-review-queue", project.pk, page_size=2)
    second = signed_in(reviewer).get(first["next"]).json()

    assert [len(page["results"]) for page in (first, second)] == [2, 1]
    assert (first["previous"], second["next"], "cursor" in second["previous"]) == (None, None, False)
    for cursor in ("x", "-1", "99999", "9" * 30):
        url = reverse("api-review-queue", args=[project.pk])
        assert signed_in(reviewer).get(url, {"cursor": cursor}).status_code == 404


def test_a_row_of_the_queue_says_what_was_said_and_decided(project, reviewer, waiting):
    row = get(reviewer, "api-review-queue", project.pk)["results"][0]

    assert (row["position"], row["data"], row["pending"]) == (1, {"text": "Text 1"}, 1)
    assert row["resolution"] == {"value": {"sentiment": "pos"}, "confidence": 0.5, "method": "majority", "answers": 1}
    assert row["answers"] == [{"sentiment": "pos"}]


def test_projects_to_review_say_what_waits_and_what_it_pays(project, reviewer, waiting):
    (row,) = get(reviewer, "api-reviews")["results"]

    assert (row["id"], row["waiting"], row["uncertain"], row["pays"]["minor"]) == (str(project.pk), 3, 2, "7")
    assert get(make_user("outsider"), "api-reviews")["results"] == []


def test_an_item_is_shown_with_its_consensus_and_the_history_of_each_answer(project, reviewer):
    item, *_others = project.items.all()
    agreeing, differing = make_answer(item, make_user()), make_answer(item, make_user(), "neg")
    make_answer(item, reviewer)
    resolve(item, 0.9)
    decide(differing, actor=reviewer, decision=Verdict.Decision.RETURNED, **WORDS)

    found = get(reviewer, "api-item-review", project.pk, item.pk)

    assert (found["resolution"]["confidence"], found["agreeing"], found["others"]) == (0.9, 1, 1)
    first, second = found["answers"]
    assert (first["answer"]["id"], first["agrees"], first["can_judge"]) == (str(agreeing.pk), True, True)
    assert (second["agrees"], second["can_judge"], second["said"][0]["is_different"]) == (False, False, True)
    assert [event["kind"] for event in second["history"]] == ["answered", "returned"]
    assert second["history"][1]["evidence"] == WORDS["evidence"]
    assert first["answer"]["annotator"].startswith("annotator-")


@pytest.mark.parametrize("name", ["api-review-queue", "api-item-review", "api-item"])
def test_outsiders_and_viewers_review_nothing(project, name):
    args = [project.pk] if name == "api-review-queue" else [project.pk, project.items.first().pk]

    assert signed_in(make_user("outsider")).get(reverse(name, args=args)).status_code == 404


def test_the_queue_costs_the_same_for_one_row_and_for_three(project, reviewer, waiting):
    def statements(size):
        with CaptureQueriesContext(
            connection,
        ) as found:
            get(reviewer, "api-review-queue", project.pk, page_size=size)
        return len(found)

    assert statements(1) == statements(3)


def test_the_way_of_the_pay_leads_from_the_answer_to_the_transaction():
    project, reviewer = make_paid_project(items=1)
    worker = make_user()
    answer = make_answer(project.items.get(), worker)
    before = get(worker, "api-my-answer", answer.pk)["pay"]
    decide(answer, actor=reviewer, decision=Verdict.Decision.ACCEPTED)
    accrue_earnings()
    earning = Earning.objects.get(reason="answer")
    batch = SettlementBatch.objects.create(chain=project.token.chain, epoch=1, batch_key="0x1", root="0x2")
    payout = Payout.objects.create(
        batch=batch, user=worker, token=project.token, address="0x" + "a" * 40, amount=earning.amount, index=0,
        state=Payout.State.PAID, transaction_hash="0x" + "b" * 64,
    )  # fmt: skip
    Earning.objects.filter(pk=earning.pk).update(payout=payout)

    found = get(worker, "api-my-answer", answer.pk)

    assert (before["state"], before["amount"], before["payout"]) == ("expected", None, None)
    assert (found["pay"]["state"], found["pay"]["earning"]) == ("paid", earning.pk)
    assert found["pay"]["amount"]["minor"] == str(earning.amount)
    assert (found["pay"]["payout"]["epoch"], found["pay"]["payout"]["transaction_hash"]) == (1, "0x" + "b" * 64)
    assert [event["kind"] for event in found["history"]] == ["answered", "accepted"]
    assert found["data"] == {"text": "Text 0"}
    assert "item" not in found["answer"]


def test_a_key_without_the_scope_money_reads_the_answer_without_its_pay():
    worker = make_user()
    answer = make_answer(make_project(items=1).items.get(), worker)

    def pay(*scopes):
        headers = {"Authorization": f"Bearer {make_key(worker, *scopes)[1]}"}
        return signed_in(make_user()).get(reverse("api-my-answer", args=[answer.pk]), headers=headers).json()["pay"]

    assert (pay(Scope.READ), pay(Scope.READ, Scope.MONEY)["state"]) == (None, "expected")
    assert ApiKey.objects.count() == 2


def test_own_answers_are_filtered_by_state_and_project():
    worker = make_user()
    project, other = make_project(items=2), make_project(items=1)
    accepted = make_answer(project.items.first(), worker, state="accepted")
    pending = make_answer(project.items.last(), worker)
    elsewhere = make_answer(other.items.get(), worker)

    def ids(**query):
        return {row["id"] for row in get(worker, "api-my-answers", **query)["results"]}

    assert ids() == {str(each.pk) for each in (accepted, pending, elsewhere)}
    assert ids(state="accepted") == {str(accepted.pk)}
    assert ids(project=str(other.pk)) == {str(elsewhere.pk)}
    assert signed_in(worker).get(reverse("api-my-answers"), {"project": "x"}).status_code == 422
    assert signed_in(make_user()).get(reverse("api-my-answer", args=[pending.pk])).status_code == 404


def test_figures_tell_days_people_and_history(project):
    owner, worker = project.team.memberships.get(role="owner").user, make_user()
    make_answer(project.items.first(), worker)

    figures = get(owner, "api-project-figures", project.pk)
    (person,) = get(owner, "api-project-annotators", project.pk)["results"]

    assert (len(figures["days"]), figures["days"][-1]["answers"], figures["agreement"]) == (14, 1, [])
    assert (person["answers"], person["annotator"].startswith("annotator-")) == (1, True)
    assert worker.email not in str(person)


def test_history_is_for_those_who_manage():
    owner = make_user("owner")
    project = make_draft(owner=owner, team=make_team(owner=owner))
    url = f"/api/v1/projects/{project.pk}/"
    signed_in(owner).patch(url, {"title": "Other"}, content_type="application/json")

    (event,) = get(owner, "api-project-history", project.pk)["results"]

    assert (event["action"], event["changes"]["title"][1]) == ("project.changed", "Other")


def test_an_item_shows_its_gold_to_managers_and_its_answers_to_reviewers(project, reviewer):
    gold = make_gold(project)
    make_answer(gold, make_user())
    owner = project.team.memberships.get(role="owner").user

    mine, theirs = (get(user, "api-item", project.pk, gold.pk) for user in (owner, reviewer))

    assert (mine["gold"], theirs["gold"], mine["item"]["is_gold"]) == ({"sentiment": "pos"}, None, True)
    assert [len(found["answers"]) for found in (mine, theirs)] == [1, 1]


def test_gold_is_listed_marked_corrected_and_taken_back():
    owner = make_user("owner")
    project = make_draft(owner=owner, team=make_team(owner=owner))
    item = project.items.first()
    client, url = signed_in(owner), reverse("api-item-gold", args=[project.pk, item.pk])

    def put(value):
        return client.put(url, {"value": {"sentiment": value}}, content_type="application/json")

    bad, marked, corrected = put("maybe"), put("pos"), put("neg")
    listed = get(owner, "api-gold", project.pk)["results"]
    removed = client.delete(url)

    assert (bad.status_code, marked.status_code, corrected.json()["value"]) == (422, 200, {"sentiment": "neg"})
    assert listed == [{"item": item.pk, "value": {"sentiment": "neg"}, "explanation": "", "use": "probe"}]
    assert (removed.status_code, GoldAnswer.objects.count(), Item.objects.filter(is_gold=True).count()) == (204, 0, 0)
    assert signed_in(make_user()).put(url, {}, content_type="application/json").status_code == 404


def test_quality_figures_are_those_of_the_pages(project, reviewer):
    admin, worker = make_user("admin", is_quality_admin=True), make_user()
    for item in make_items(project, 2):
        decide(make_answer(item, worker), actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
    make_progress(make_project(items=0), worker, gold_seen=4, gold_right=1)
    summarize_projects()
    summarize_clients()
    summarize_people()

    waiting = get(admin, "api-quality-projects")["results"]
    (client,) = get(admin, "api-quality-clients")["results"]
    (gold,) = get(admin, "api-quality-annotators")["results"]
    (judge,) = get(admin, "api-quality-reviewers")["results"]

    assert str(project.pk) in {row["id"] for row in waiting}
    assert (client["team"], client["rejected"], client["has_jumped"]) == (str(project.team_id), 2, False)
    assert (gold["seen"], gold["right"], gold["person"]) == (4, 1, str(worker.public_id))
    assert (judge["rejected"], judge["person"]) == (2, str(reviewer.public_id))
    assert None not in (gold["counted_at"], judge["counted_at"])


@pytest.mark.parametrize("what", ["projects", "clients", "annotators", "reviewers"])
def test_quality_figures_are_for_quality_admins(what):
    assert signed_in(make_user("outsider")).get(reverse(f"api-quality-{what}")).status_code == 403
    assert get(make_user("admin", is_quality_admin=True), f"api-quality-{what}")["results"] == []
