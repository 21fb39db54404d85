"""A project that pays in two tokens at once: quoted per token, both or neither at every step."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation import pricing, tasks
from annotation.domain.accrual import accrue_earnings
from annotation.domain.project import (
    close_project,
    current_quote,
    finish_closing,
    follow_funding,
    open_project,
    request_funding,
)
from annotation.domain.second_pay import remove_second_pay, request_second_funding, set_second_pay
from annotation.domain.verdict import decide
from annotation.exceptions import AnnotationError
from annotation.models import Answer, Project, SecondPay, Verdict
from annotation.tests.factories import make_answer, make_draft, make_token, make_user
from rewards.domain import ledger
from rewards.domain.books import check_books
from rewards.models import Escrow, Reservation
from rewards.tests.factories import fund

pytestmark = pytest.mark.django_db(transaction=True)
FUNDER = "0x" + "12" * 20


def draft(**fields) -> Project:
    project = make_draft(**({"review_price_minor": 10_000} | fields))
    Escrow.objects.all().delete()  # the one that the factory made up, which has no money in the ledger
    set_second_pay(
        project, actor=project.created_by, token=make_token(symbol="USD"), price_minor=700, review_price_minor=70
    )
    return project


def quoted(project: Project) -> tuple[Escrow, Escrow]:
    first = request_funding(project, actor=project.created_by, funder_address=FUNDER)
    return first, request_second_funding(project, actor=project.created_by, funder_address=FUNDER)


def fresh(project: Project) -> Project:
    return Project.objects.get(pk=project.pk)


def opened(**fields) -> tuple[Project, Escrow, Escrow]:
    project = draft(**fields)
    first, second = (fund(escrow) for escrow in quoted(project))
    follow_funding(project)
    open_project(fresh(project), actor=project.created_by)
    return fresh(project), first, second


def test_each_token_adds_up_by_itself():
    first = pricing.quote(
        items=10, gold_items=0, overlap=3, gold_percent=0, price_minor=50, review_price_minor=5, fee_bps=500
    )

    second = pricing.second_quote(first, price_minor=7, review_price_minor=1)
    without_reviews = pricing.second_quote(first, price_minor=7, review_price_minor=0)

    assert (second.answers, second.answers_minor, second.reviews_minor) == (30, 210, 60)
    assert second.total_minor == 210 + 60 + 270 * 500 // 10_000
    assert (without_reviews.reviews, without_reviews.rewards_minor) == (0, 210)
    assert first.total_minor == 1_500 + 300 + 90


def test_each_token_has_its_escrow_with_its_own_quote():
    project = draft()

    first, second = quoted(project)

    price = current_quote(fresh(project))
    assert first.required == price.total_minor
    assert second.required == pricing.second_quote(price, price_minor=700, review_price_minor=70).total_minor
    assert (first.part, second.part, first.token_id == second.token_id) == (0, 1, False)
    assert request_second_funding(project, actor=project.created_by, funder_address=FUNDER).pk == second.pk


@pytest.mark.parametrize("which", [0, 1])
def test_a_project_opens_only_when_both_are_funded(which):
    project = draft()
    escrows = quoted(project)

    fund(escrows[which])
    assert follow_funding(fresh(project)).state == Project.State.DRAFT
    with pytest.raises(AnnotationError, match="funded"):
        open_project(fresh(project), actor=project.created_by)
    assert Reservation.objects.count() == 0
    fund(escrows[1 - which])
    assert follow_funding(fresh(project)).state == Project.State.FUNDED
    open_project(fresh(project), actor=project.created_by)

    assert {one.escrow_id: one.amount for one in Reservation.objects.all()} == {
        escrow.pk: escrow.required for escrow in escrows
    }
    assert check_books() == []


def test_answers_and_reviews_earn_in_both_tokens():
    project, first, second = opened()
    worker, reviewer = make_user(), make_user()
    project.team.memberships.create(user=reviewer, role="reviewer")
    answer = make_answer(project.items.first(), worker)
    decide(answer, actor=reviewer, decision=Verdict.Decision.ACCEPTED)

    assert [accrue_earnings(), accrue_earnings()] == [2, 0]

    earned = {
        (escrow.token.symbol, user.pk): ledger.balance(escrow.token, ledger.earned_by(user.pk))
        for escrow in (first, second)
        for user in (worker, reviewer)
    }
    assert earned == {
        ("TEST", worker.pk): 50_000, ("TEST", reviewer.pk): 10_000,
        ("USD", worker.pk): 700, ("USD", reviewer.pk): 70,
    }  # fmt: skip
    assert check_books() == []


def test_where_one_escrow_is_exhausted_nothing_is_earned_of_either():
    project, first, second = opened()
    with_nothing_left = ledger.committed_of(second.pk)
    from django.db import transaction

    from lib.ids import new_id
    from rewards.models import Transfer

    with transaction.atomic():
        rest = ledger.balance(second.token, with_nothing_left)
        movements = [(with_nothing_left, -rest), (ledger.free_of(second.pk), rest)]
        ledger.post(new_id(), Transfer.Code.VOID, second.token, ledger.Reference("project", "test"), movements)
    worker = make_user()
    make_answer(project.items.first(), worker, state=Answer.State.ACCEPTED)

    assert accrue_earnings() == 0

    assert ledger.balance(first.token, ledger.earned_by(worker.pk)) == 0
    assert Answer.objects.get().is_accrued is False
    assert check_books() == []


def test_closing_gives_both_rests_back():
    project, first, second = opened()
    close_project(project, actor=project.created_by)

    assert finish_closing(fresh(project)).state == Project.State.CLOSING

    for escrow in (first, second):
        escrow.refresh_from_db()
        assert escrow.state == Escrow.State.CLOSING
        assert ledger.balance(escrow.token, ledger.free_of(escrow.pk)) == escrow.required
    Escrow.objects.filter(pk=first.pk).update(state="closed")
    assert finish_closing(fresh(project)).state == Project.State.CLOSING
    Escrow.objects.filter(pk=second.pk).update(state="closed")
    assert finish_closing(fresh(project)).state == Project.State.CLOSED


def test_a_client_who_closes_the_second_escrow_on_chain_closes_the_project():
    project, _first, second = opened()
    Escrow.objects.filter(pk=second.pk).update(client_closing_at=timezone.now() + timedelta(days=3))

    tasks.follow_funding()

    assert fresh(project).state == Project.State.CLOSING


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price_minor": 0}, "price_minor"),
        ({"review_price_minor": -1}, "price_minor"),
        ({"token": "first"}, "token"),
        ({"token": "elsewhere"}, "token"),
    ],
)
def test_a_second_pay_that_makes_no_sense_is_refused(changes, field):
    from rewards.tests.factories import make_chain
    from rewards.tests.factories import make_token as token_on

    project = make_draft(review_price_minor=10_000)
    tokens = {"first": project.token, "other": make_token(), "elsewhere": token_on(make_chain(chain_id=10))}
    values = {"token": "other", "price_minor": 700, "review_price_minor": 0} | changes

    with pytest.raises(AnnotationError) as refused:
        set_second_pay(project, actor=project.created_by, **(values | {"token": tokens[values["token"]]}))

    assert refused.value.field == field
    assert SecondPay.objects.count() == 0


def test_reviews_are_paid_in_the_second_token_only_beside_the_first():
    project = make_draft(review_price_minor=0)

    with pytest.raises(AnnotationError, match="only where the first"):
        set_second_pay(project, actor=project.created_by, token=make_token(), price_minor=1, review_price_minor=1)


def test_it_is_fixed_once_money_has_arrived_or_the_project_is_funded():
    project = draft()
    _first, second = quoted(project)
    fund(second)

    with pytest.raises(AnnotationError, match="already"):
        remove_second_pay(project, actor=project.created_by)
    with pytest.raises(AnnotationError, match="another token"):
        set_second_pay(project, actor=project.created_by, token=make_token(), price_minor=700)
    Project.objects.filter(pk=project.pk).update(state="funded")
    with pytest.raises(AnnotationError, match="fixed"):
        set_second_pay(project, actor=project.created_by, token=second.token, price_minor=800)


def test_it_can_be_taken_back_before():
    project = draft()

    remove_second_pay(project, actor=project.created_by)
    remove_second_pay(project, actor=project.created_by)

    first = request_funding(fresh(project), actor=project.created_by, funder_address=FUNDER)
    fund(first)
    assert follow_funding(fresh(project)).state == Project.State.FUNDED


def test_a_higher_second_price_asks_for_the_difference():
    project = draft()
    _first, second = quoted(project)
    fund(second)
    set_second_pay(project, actor=project.created_by, token=second.token, price_minor=1_000, review_price_minor=70)

    again = request_second_funding(project, actor=project.created_by, funder_address=FUNDER)

    assert again.pk == second.pk
    assert again.required > second.required
    assert again.state == Escrow.State.QUOTED
