"""The first page after signing in: a section for each role this person has, the same number of statements for all."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from annotation import access
from annotation.queries.appeals import (
    appeals_to_answer,
    appeals_to_judge,
    live_holds,
    own_open_rejections,
    waiting,
)
from annotation.queries.overview import pending_pay, project_cards, projects_to_review
from annotation.queries.work import work_projects, work_rows
from annotation.views.http import PersonRequest
from rewards.queries import balances_of, batches, unconfirmed_intents

SHOWN = 5
SHOWN_WORK = 3


@login_required
@require_safe
def dashboard(request: PersonRequest) -> HttpResponse:
    user = request.user
    context = _annotator(user) | _client(user)
    if user.is_quality_admin:
        context |= _quality(user)
    if user.is_finance_admin:
        context |= _finance()
    return render(request, "annotation/dashboard.html", context)


def _annotator(user: User) -> dict[str, Any]:
    projects = list(work_projects(user, is_workable=True)[:SHOWN_WORK])
    return {
        "balances": balances_of(user),
        "pending": pending_pay(user),
        "work": work_rows(projects, user),
        "own_rejections": waiting(own_open_rejections(user)),
    }


def _client(user: User) -> dict[str, Any]:
    mine = access.projects_for(user).filter(team__memberships__user=user)
    projects = list(mine.select_related("schema_version", "escrow")[:SHOWN])
    cards = project_cards(user, projects)
    appeals = waiting(appeals_to_answer(user))
    return {"cards": cards, "waiting_cards": [card for card in cards if card.waits_for], "appeals": appeals}


def _quality(user: User) -> dict[str, Any]:
    cards = project_cards(user, list(projects_to_review()))
    cards.sort(key=lambda card: -card.pending)
    return {
        "quality_cards": cards[:SHOWN],
        "quality_waiting": sum(card.pending for card in cards),
        "appeals_to_judge": waiting(appeals_to_judge(user)),
        "live_holds": list(live_holds()[:SHOWN]),
    }


def _finance() -> dict[str, Any]:
    intents = list(unconfirmed_intents()[:50])
    return {
        "batches": list(batches()[:SHOWN]),
        "held_intents": [intent for intent in intents if intent.held_for],
        "intents_under_way": sum(1 for intent in intents if not intent.held_for),
    }
