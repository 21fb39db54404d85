"""Pages of quality admins: figures to look into, each with its interval and its count."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import quality_admin_page
from annotation.models import SummaryRun
from annotation.queries import quality as queries
from annotation.queries.pace import paces_of

A_PAGE = 25


@quality_admin_page
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Where work waits, and which clients reject much more than they used to."""
    found = Paginator(queries.projects_in_work(), A_PAGE).get_page(request.GET.get("page"))
    rates = queries.client_rates(limit=A_PAGE)
    context = {
        "found": found,
        "rates": rates,
        "jumped": [rate for rate in rates if rate.has_jumped],
        "days": queries.RECENT.days,
        "counted_at": max((rate.counted_at for rate in rates), default=None),
    }
    return render(request, "annotation/quality.html", context)


@quality_admin_page
@require_safe
def annotators(request: HttpRequest) -> HttpResponse:
    found = Paginator(queries.gold_records(), A_PAGE).get_page(request.GET.get("page"))
    paces = paces_of([row.user_id for row in found])
    context = {
        "found": found,
        "rows": [(row, paces.get(row.user_id)) for row in found],
        "counted_at": queries.counted_at(SummaryRun.Name.GOLD),
    }
    return render(request, "annotation/quality_annotators.html", context)


@quality_admin_page
@require_safe
def reviewers(request: HttpRequest) -> HttpResponse:
    found = Paginator(queries.reviewer_records(), A_PAGE).get_page(request.GET.get("page"))
    counted_at = queries.counted_at(SummaryRun.Name.REVIEWERS)
    context = {"found": found, "days": queries.RECENT.days, "counted_at": counted_at}
    return render(request, "annotation/quality_reviewers.html", context)
