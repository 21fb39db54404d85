"""Items that several people call broken: hidden at once, until somebody of the client or a quality admin decides."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import locks
from annotation.domain.acceptance import finish_item
from annotation.domain.places import look_again
from annotation.exceptions import AnnotationError
from annotation.models import Assignment, HiddenItem, Item

BROKEN_SKIPS_TO_HIDE = 3
Decision = HiddenItem.Decision


def hide_if_broken(item: Item) -> None:
    """The caller holds the item. Who called it broken before it was shown again is not counted twice."""
    if item.state != Item.State.OPEN:
        return
    people = _people_calling_it_broken(item)
    if people < BROKEN_SKIPS_TO_HIDE:
        return
    item.state = Item.State.HIDDEN
    item.save(update_fields=["state"])
    fresh = {
        "project": item.project, "people": people, "hidden_at": timezone.now(),
        "decision": "", "reason": "", "decided_by": None, "decided_at": None,
    }  # fmt: skip
    HiddenItem.objects.update_or_create(item=item, defaults=fresh)
    _audit("item.hidden", item, None, {"broken_for": people}, _("Several annotators said that it is broken."))


def show_item(item: Item, *, actor: User, reason: str = "") -> HiddenItem:
    """Hand it out again, to those who have not seen it. What was answered before counts as it did."""
    with transaction.atomic():
        item, hidden = _locked(item)
        if hidden.decision == Decision.SHOWN:
            return hidden
        item.state = Item.State.OPEN
        item.save(update_fields=["state"])
        finish_item(item.pk)
        look_again([item.pk])
        _decide(hidden, Decision.SHOWN, actor, reason)
        _audit("item.shown", item, actor, {"broken_for": hidden.people}, reason)
    return hidden


def leave_out_item(item: Item, *, actor: User, reason: str = "") -> HiddenItem:
    """It stays hidden: nobody gets it, no export has it, and its money goes back when the project closes."""
    with transaction.atomic():
        item, hidden = _locked(item)
        if hidden.decision == Decision.LEFT_OUT:
            return hidden
        if item.state != Item.State.HIDDEN:
            raise AnnotationError(_("This item is not hidden any more."), code="not_hidden")
        _decide(hidden, Decision.LEFT_OUT, actor, reason)
        _audit("item.left_out", item, actor, {"broken_for": hidden.people}, reason)
    return hidden


def _people_calling_it_broken(item: Item) -> int:
    skips = Assignment.objects.filter(item=item, state=Assignment.State.SKIPPED, skip_reason="broken")
    shown_at = HiddenItem.objects.filter(item=item, decision=Decision.SHOWN).values_list("decided_at", flat=True)
    if shown_at:
        skips = skips.filter(ended_at__gt=shown_at[0])
    return skips.order_by().values("user").distinct().count()


def _locked(item: Item) -> tuple[Item, HiddenItem]:
    """The item first: whoever hides it holds it too."""
    item = locks.lock_item(item.pk)
    hidden = HiddenItem.objects.filter(item=item).first()
    if hidden is None:
        raise AnnotationError(_("This item was never hidden."), code="not_hidden")
    return item, hidden


def _decide(hidden: HiddenItem, decision: HiddenItem.Decision, actor: User, reason: str) -> None:
    hidden.decision, hidden.reason = decision, reason.strip()[:500]
    hidden.decided_by, hidden.decided_at = actor, timezone.now()
    hidden.save(update_fields=["decision", "reason", "decided_by", "decided_at"])


def _audit(action: str, item: Item, actor: User | None, changes: dict[str, Any], reason: str) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="project",
        object_id=item.project_id,
        team=item.project.team,
        changes={"item": item.position + 1} | changes,
        reason=reason,
    )
