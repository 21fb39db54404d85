"""Pages of reviewers: what waits, and one item with all its answers."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from annotation import access
from annotation.domain import verdict as verbs
from annotation.domain.insider import remember_insider
from annotation.exceptions import AnnotationError
from annotation.models import Answer, Item, Project, Resolution, Verdict
from annotation.queries import review as queue
from annotation.queries.appeals import appeals_to_answer, waiting
from annotation.queries.review import QueueFilter, QueueRow
from annotation.queries.review_item import ItemReview, ReviewedAnswer, item_review, said_in
from annotation.review_forms import QueueForm, VerdictForm, as_address
from annotation.views.http import PersonRequest, explain
from annotation.views.item_words import data_rows
from annotation.views.project_frame import frame
from annotation.views.remarks import remark_rows, remarks_in
from annotation.views.workbench_messages import item_messages

A_PAGE = 20
# What becomes of a verdict that came too late: its words are shown again, so that nothing typed is lost.
CONFLICTS = {"already_judged", "answer_changed", "not_pending"}


class QueuePaginator(Paginator):
    """Counts as far as the queue is looked at, and no further."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return len(rows.values_list("pk")[: queue.QUEUE_LENGTH])


@login_required
@require_safe
def review_all(request: PersonRequest) -> HttpResponse:
    """What waits for me, in all projects."""
    found = Paginator(queue.projects_to_review(request.user), A_PAGE).get_page(request.GET.get("page"))
    rows = [
        {"project": project, "pays": 0 if project.is_client else _open_pay(project)}  # type: ignore[attr-defined]
        for project in found
    ]
    appeals = waiting(appeals_to_answer(request.user))
    return render(request, "annotation/review_all.html", {"found": found, "rows": rows, "appeals": appeals})


@login_required
@require_safe
def review_queue(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.REVIEW)
    remember_insider(request.user, project)
    wanted = QueueForm(request.GET).chosen()
    found = QueuePaginator(_queue(request.user, project, wanted), A_PAGE).get_page(request.GET.get("page"))
    rows = queue.queue_rows(request.user, project, found)
    context = (
        frame(request.user, project, "review")
        | {
            "found": found,
            "rows": [_shown(project, row) for row in rows],
            "wanted": wanted,
            "orders": QueueForm.base_fields["order"].choices,  # type: ignore[attr-defined]
            "seed": uuid4().hex[:8],
            "query": as_address("", wanted),
            "pays": queue.review_pay(request.user, project),
            "may_accept_all": access.can_manage(request.user, project),
            "is_cut": found.paginator.count >= queue.QUEUE_LENGTH,
        }
    )
    return render(request, "annotation/review_queue.html", context)


@login_required
@require_safe
@never_cache
def review_item(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """One item with all its answers."""
    project, found = _item(request.user, pk, item)
    return _render_item(request, project, found)


@login_required
@require_POST
def review_decide(request: PersonRequest, pk: UUID) -> HttpResponse:
    """A verdict on one answer: made, asked back, or told why not, with everything that was typed."""
    answer = access.answer_to_review(request.user, pk)
    project, item = _item(request.user, answer.project_id, answer.item_id)
    form = VerdictForm(request.POST, auto_id=f"id_{answer.pk}_%s", remarks=remarks_in(request.POST))
    if not form.is_valid() or form.waits_for_confirmation:
        return _render_item(request, project, item, about=answer, form=form)
    given = form.cleaned_data
    try:
        verbs.decide(
            answer,
            actor=request.user,
            decision=Verdict.Decision(given["decision"]),
            reason=given["reason"],
            evidence=given["evidence"],
            revision=given["revision"],
            remarks=form.remarks,
        )
    except AnnotationError as refusal:
        if refusal.code in CONFLICTS:
            return _render_item(request, project, item, about=answer, form=form, conflict=refusal.message)
        explain(form, refusal)
        return _render_item(request, project, item, about=answer, form=form)
    messages.success(request, _said(Verdict.Decision(given["decision"])))
    return _go_on(request, project, item)


@login_required
@require_POST
def review_agreeing(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """Accept every answer that says what the consensus says."""
    project, found = _item(request.user, pk, item)
    count = verbs.accept_agreeing(found, actor=request.user)
    messages.success(request, ngettext("%(n)d answer accepted.", "%(n)d answers accepted.", count) % {"n": count})
    return _go_on(request, project, found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_accept_all(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The client accepts everything that waits. It decides about money, so it is asked about first."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    if request.method != "POST":
        waiting = project.answers.judgeable_by(request.user).filter(state=Answer.State.PENDING).count()
        context = frame(request.user, project, "review") | {"waiting": waiting}
        return render(request, "annotation/review_accept_all.html", context)
    count = verbs.accept_pending(project, actor=request.user)
    messages.success(request, ngettext("%(n)d answer accepted.", "%(n)d answers accepted.", count) % {"n": count})
    return redirect("review-queue", pk=project.pk)


def _item(user: User, project_id: UUID, item_id: int) -> tuple[Project, Item]:
    project = access.project_for(user, project_id, roles=access.REVIEW)
    item = access.item_to_review(user, project, item_id)
    remember_insider(user, project)
    return project, item


def _queue(user: User, project: Project, wanted: QueueFilter) -> QuerySet[Resolution]:
    return queue.review_queue(user, project, wanted, with_gold=access.may_see_gold(user, project))


def _render_item(
    request: PersonRequest,
    project: Project,
    item: Item,
    *,
    about: Answer | None = None,
    form: VerdictForm | None = None,
    conflict: str = "",
) -> HttpResponse:
    wanted = QueueForm(request.GET).chosen()
    review = item_review(request.user, project, item)
    place = _place(request.user, project, item, wanted)
    context = (
        frame(request.user, project, "review")
        | place
        | {
            "review": review,
            "item": item,
            "data": data_rows(item),
            "shown": _for_script(project, review) if project.schema_version else None,
            "cards": [_card(project, each, about, form, wanted, conflict) for each in review.answers],
            "has_agreeing": len(review.agreeing) > 1,
            "item_url": _item_url(project, item.pk, wanted),
            "conflict": conflict,
            "query": as_address("", wanted),
            "pays": queue.review_pay(request.user, project),
            "shortcuts": bool(request.user.workbench_prefs.get("shortcuts", True)),
            "key_words": _key_words(),
        }
    )
    is_refused = bool(conflict) or (form is not None and bool(form.errors))
    return render(request, "annotation/review_item.html", context, status=422 if is_refused else 200)


def _card(
    project: Project,
    each: ReviewedAnswer,
    about: Answer | None,
    form: VerdictForm | None,
    wanted: QueueFilter,
    conflict: str,
) -> dict[str, Any]:
    """An answer with its form: the one that was sent when it is about this answer, else an empty one."""
    is_meant = about is not None and about.pk == each.answer.pk and form is not None
    if not is_meant:
        form = VerdictForm(
            initial={"revision": each.answer.revision, "decision": Verdict.Decision.RETURNED},
            auto_id=f"id_{each.answer.pk}_%s",
        )
    sent = form.data if is_meant and form is not None and isinstance(form.data, QueryDict) else None
    asks = is_meant and form is not None and form.is_valid() and not conflict and form.waits_for_confirmation
    return {
        "each": each,
        "form": form,
        "remarks": remark_rows(each.answer, sent) if each.can_judge else [],
        "url": as_address(reverse("review-decide", args=[each.answer.pk]), wanted),
        "is_meant": is_meant,
        "is_open": is_meant and each.can_judge,
        "asks": asks,
        "is_conflict": is_meant and bool(conflict),
        "annotator_url": as_address(reverse("review-queue", args=[project.pk]), QueueFilter(annotator=each.name)),
    }


def _place(user: User, project: Project, item: Item, wanted: QueueFilter) -> dict[str, Any]:
    """Where this item stands in the queue, and what comes before and after it."""
    order = list(_queue(user, project, wanted).values_list("pk", flat=True)[: queue.QUEUE_LENGTH])
    at = order.index(item.pk) if item.pk in order else None
    after = at + 1 if at is not None else 0
    following = order[after] if after < len(order) else None
    before = order[at - 1] if at else None
    return {
        "place": None if at is None else at + 1,
        "queue_length": len(order),
        "next_url": _item_url(project, following, wanted),
        "previous_url": _item_url(project, before, wanted),
    }


def _item_url(project: Project, item: int | None, wanted: QueueFilter) -> str:
    return as_address(reverse("review-item", args=[project.pk, item]), wanted) if item is not None else ""


def _go_on(request: PersonRequest, project: Project, item: Item) -> HttpResponse:
    """The same item while it has more to judge, then the next, then the queue."""
    wanted = QueueForm(request.GET).chosen()
    waiting = (
        access.answers_to_review(request.user, project)
        .filter(item=item, state=Answer.State.PENDING)
        .order_by("id")
        .first()
    )
    if waiting is not None:
        return redirect(f"{_item_url(project, item.pk, wanted)}#answer-{waiting.pk}")
    first = _queue(request.user, project, wanted).exclude(pk=item.pk).values_list("pk", flat=True).first()
    if first is not None:
        return redirect(_item_url(project, first, wanted))
    messages.success(request, _("Nothing else waits for your verdict here."))
    return redirect(as_address(reverse("review-queue", args=[project.pk]), wanted))


def _shown(project: Project, row: QueueRow) -> dict[str, Any]:
    """A row of the queue as words: the item's beginning, what was decided, and how the answers are spread."""
    schema = queue.schema_of(project)
    tally: dict[tuple[str, ...], int] = {}
    for value in row.answers:
        words = tuple(", ".join(said.values) or "–" for said in said_in(schema, value))
        tally[words] = tally.get(words, 0) + 1
    spread = sorted(tally.items(), key=lambda pair: -pair[1])
    text = next((text for _name, text, image in data_rows(row.item, limit=6) if text and not image), "")
    return {
        "row": row,
        "text": text or row.item.original_name,
        "image": any(image for _name, _text, image in data_rows(row.item)),
        "decided": [", ".join(said.values) for said in said_in(schema, row.resolution.value)],
        "confidence": None if row.resolution.confidence is None else round(100 * row.resolution.confidence),
        "is_uncertain": row.resolution.confidence is None or row.resolution.confidence < queue.UNCERTAIN,
        "spread": [(" · ".join(words), count) for words, count in spread[:3]],
        "more": max(0, len(spread) - 3),
    }


def _for_script(project: Project, review: ItemReview) -> dict[str, Any]:
    """What review_view.js draws; without it the page has the same as text."""
    item, version = review.item, project.schema_version
    assert version is not None
    images = [name for name, part in version.schema["data"].items() if part["type"] == "image"]
    media = item.media
    file = media and {"url": reverse("media", args=[media.pk]), "width": media.width, "height": media.height}
    is_decided = review.resolution is not None and review.resolution.confidence is not None
    return {
        "schema": version.schema,
        "item": item.position + 1,
        "data": {name: item.data.get(name) for name in version.schema["data"]},
        "media": dict.fromkeys(images, file) if file else {},
        "answers": [
            {"who": each.short_name, "result": each.answer.value}
            for each in review.answers
            if each.answer.state != Answer.State.REJECTED
        ],
        "decided": review.resolution.value if review.resolution is not None and is_decided else None,
        "messages": item_messages(),
        "locale": get_language() or "en",
    }


def _open_pay(project: Project) -> int:
    return int(project.review_price_minor) if project.reviews_paid < project.reviews_budget else 0


def _said(decision: Verdict.Decision) -> str:
    return {
        Verdict.Decision.ACCEPTED: _("Accepted."),
        Verdict.Decision.REJECTED: _(
            "Rejected. The annotator reads your reason and may appeal; the place is free once that time is over."
        ),
        Verdict.Decision.RETURNED: _("Returned. The annotator gets it again with your words."),
    }[decision]


def _key_words() -> list[tuple[str, str]]:
    return [
        ("j", _("Next answer, or the next item after the last")),
        ("k", _("Previous answer, or the previous item before the first")),
        ("a", _("Accept this answer")),
        ("r", _("Open the form to reject or return this answer")),
        ("g", _("Accept all that agree with the consensus")),
        ("?", _("Show or hide this list")),
    ]
