"""How a rejection becomes final, or is overturned. The callers hold item, answer and appeal, in this order."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from accounts.domain import audit
from accounts.models import User
from annotation.domain.acceptance import finish_item
from annotation.domain.places import look_again
from annotation.models import AnnotatorProgress, Answer, Appeal, AppealStep, Item

Kind = AppealStep.Kind


def move(appeal: Appeal, to: Appeal.State) -> None:
    """To a step with a clock of its own, which begins now."""
    appeal.state, appeal.due_at = to, timezone.now() + timedelta(seconds=appeal.period_seconds)
    appeal.save(update_fields=["state", "due_at"])


def say(
    appeal: Appeal, answer: Answer, kind: Kind, *, by: User | None, reason: str = "", text: str = "", field: str = ""
) -> AppealStep:
    step = AppealStep.objects.create(appeal=appeal, kind=kind, by=by, reason=reason, text=text, field=field)
    audit.record(
        f"appeal.{kind}",
        actor=by,
        object_kind="answer",
        object_id=answer.pk,
        # The client's log names whoever acted, and annotators have no names for clients.
        team=None if by is not None and by.pk == answer.user_id else answer.project.team,
        changes={"reason": reason} if reason else {},
        reason=text,
    )
    return step


def let_stand(item: Item, answer: Answer, appeal: Appeal) -> None:
    """Only now does the rejection count against its author, and only now is the place somebody else's."""
    _end(appeal, Appeal.State.FINAL)
    free_place(item)
    AnnotatorProgress.objects.filter(project=answer.project_id, user=answer.user_id).update(rejected=F("rejected") + 1)


def overturn(item: Item, answer: Answer, appeal: Appeal) -> None:
    """The answer is paid in full, and is where it would have been without the rejection."""
    _end(appeal, Appeal.State.OVERTURNED)
    answer.state = Answer.State.ACCEPTED
    answer.decided_at = timezone.now()
    # The consensus takes it in again, and its author's reliability with it.
    answer.is_counted = False
    answer.save(update_fields=["state", "decided_at", "is_counted"])
    finish_item(item.pk)
    AnnotatorProgress.objects.filter(project=answer.project_id, user=answer.user_id).update(accepted=F("accepted") + 1)


def free_place(item: Item) -> None:
    """For somebody else: the author keeps the answer's row, and so never gets the item again."""
    item.taken = F("taken") - 1
    item.answered = F("answered") - 1
    if item.state == Item.State.DONE:
        item.state = Item.State.OPEN
    item.save(update_fields=["taken", "answered", "state"])
    look_again([item.pk])


def _end(appeal: Appeal, state: Appeal.State) -> None:
    appeal.state, appeal.ended_at = state, timezone.now()
    appeal.save(update_fields=["state", "ended_at"])
