"""A project that collects until it is sure locks the most, spends what it needs and gets the rest back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.domain.acceptance import accept_due
from annotation.domain.accrual import accrue_earnings
from annotation.domain.project import (
    close_project,
    current_quote,
    finish_closing,
    follow_funding,
    least_quote,
    open_project,
    request_funding,
)
from annotation.domain.resolution import count_new_answers
from annotation.models import Answer, Project
from annotation.queries.project import progress_of
from annotation.tests.domain.test_places import answer
from annotation.tests.factories import make_draft, make_gold, make_token
from rewards.domain import ledger
from rewards.domain.books import check_books
from rewards.models import Escrow
from rewards.tests.factories import fund

pytestmark = pytest.mark.django_db(transaction=True)


def opened():
    """A draft that was funded for the most and opened, as its client would."""
    project = make_draft(
        items=4, overlap=5, target_confidence=0.85, least_overlap=2, fee_bps=333, price_minor=50_001, token=make_token()
    )
    Escrow.objects.all().delete()  # the one that the factory made up, which has no money in the ledger
    escrow = fund(request_funding(project, actor=project.created_by, funder_address="0x" + "ab" * 20))
    follow_funding(project)
    return open_project(Project.objects.get(pk=project.pk), actor=project.created_by), escrow


def test_the_quote_and_the_reservation_are_for_the_most_and_opening_gives_the_least():
    project, escrow = opened()
    most, least = current_quote(project), least_quote(project)

    assert (most.answers, least.answers) == (20, 8)
    assert least.total_minor == 8 * 50_001 + 8 * 50_001 * 333 // 10_000
    assert ledger.balance(project.token, ledger.committed_of(escrow.pk)) == most.total_minor == escrow.required
    assert set(project.items.values_list("places", flat=True)) == {2}


def test_what_was_not_bought_is_given_back_to_the_unit():
    project, escrow = opened()
    for number, item in enumerate(project.items.all()):
        answer(item, "pos", "pos" if number else "neg")
    count_new_answers()
    unsure = project.items.get(position=0)
    answer(unsure, "pos")
    count_new_answers()
    Answer.objects.update(review_due_at=timezone.now() - timedelta(days=1))
    accept_due(limit=100)
    accrue_earnings()
    close_project(project, actor=project.created_by)

    finish_closing(Project.objects.get(pk=project.pk))

    bought, fixed = 9 * 50_001, 20 * 50_001
    saved = fixed + fixed * 333 // 10_000 - bought - bought * 333 // 10_000
    assert project.answers.count() == 9
    assert ledger.balance(project.token, ledger.committed_of(escrow.pk)) == 0
    assert ledger.balance(project.token, ledger.free_of(escrow.pk)) == saved
    assert check_books() == []


def test_the_client_sees_what_it_costs_against_a_fixed_number():
    project, _escrow = opened()
    make_gold(project)
    for number, item in enumerate(project.items.filter(is_gold=False)):
        answer(item, "pos", "pos" if number else "neg")
    count_new_answers()

    found = progress_of(project)

    assert (found.collecting.sure, found.collecting.still_open, found.collecting.at_most) == (3, 1, 0)
    assert (found.collecting.bought, found.collecting.fixed, found.collecting.per_item) == (8, 20, 2.0)
    assert found.collecting.cost_minor == 8 * 50_001 + 8 * 50_001 * 333 // 10_000
    shown = found.as_json()["collecting"]
    assert (shown["still_open"], shown["saved"]["minor"]) == (1, str(found.collecting.saved_minor))
