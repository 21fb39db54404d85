"""What a reviewer's score is made of: for its owner, and for quality admins."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import quality_admin_page
from accounts.models import User
from annotation.queries.reviewer_scores import record_of
from annotation.views.http import PersonRequest

SOURCES: dict[str, str | Promise] = {
    "probe": _("A hidden probe"),
    "confirmed": _("An appeal against your verdict: a quality admin upheld it"),
    "overturned": _("An appeal against your verdict: it was overturned"),
    "voided": _("Rejections of yours were voided by a quality admin; together they count once"),
    "upheld_confirmed": _("A rejection you upheld: a quality admin upheld it too"),
    "upheld_overturned": _("A rejection you upheld: a quality admin overturned it"),
}
SORTS: dict[str, str | Promise] = {
    "sure": _("The consensus is sure"),
    "unsure": _("The consensus is unsure (below 80 %)"),
    "open": _("Nothing is decided yet"),
}


@login_required
@require_safe
def my_reviewing(request: PersonRequest) -> HttpResponse:
    return _page(request, request.user, name="")


@quality_admin_page
@require_safe
def quality_reviewer(request: PersonRequest, person: UUID) -> HttpResponse:
    reviewer = get_object_or_404(User, public_id=person)
    return _page(request, reviewer, name=reviewer.display_name or f"…{reviewer.public_id.hex[-6:]}")


def _page(request: PersonRequest, reviewer: User, *, name: str) -> HttpResponse:
    """`name` of somebody else; one's own page names nobody."""
    record = record_of(reviewer)
    context = {
        "record": record,
        "name": name,
        "lines": [(line, SOURCES[line.source]) for line in record.lines],
        "mix": [(row, SORTS[row.name]) for row in record.mix],
        "probes_right": sum(row.right for row in record.probes),
        "probes_seen": sum(row.seen for row in record.probes),
    }
    return render(request, "annotation/reviewer_score.html", context)
