"""Comments on places of an answer: begun when it is returned, answered by both sides until it is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import comment_letters, locks
from annotation.exceptions import AnnotationError
from annotation.kinds.regions import read_region
from annotation.kinds.schema import schema_for
from annotation.models import Answer, Comment, CommentThread, Verdict
from annotation.models.comment import MOST_CHARACTERS
from lib.counters import count_in_window

MOST_PLACES = 20
MOST_IN_A_THREAD = 50
MOST_AN_HOUR = 120
HOUR = 3600
TALKABLE = {Answer.State.PENDING, Answer.State.RETURNED}


@dataclass(frozen=True)
class Remark:
    """What a reviewer says about one place, as it was sent."""

    region: Any
    text: str


def said_in(remarks: Sequence[Remark]) -> str:
    """All of it as one text: the evidence of a return that gives no other."""
    return "\n".join(clean(remark.text) for remark in remarks)


def begin_threads(answer: Answer, verdict: Verdict, *, actor: User, remarks: Sequence[Remark]) -> list[CommentThread]:
    """The reviewer's remarks, a thread each. Within the transaction that returns the answer."""
    if len(remarks) > MOST_PLACES:
        message = _("Comment on at most %(count)s places at once.") % {"count": MOST_PLACES}
        raise AnnotationError(message, code="too_many_comments", field="comments", status=422)
    version = answer.schema_version
    schema = schema_for(version.pk, version.schema)
    begun = []
    for remark in remarks:
        region = read_region(schema, answer.value, answer.item.data, remark.region)
        thread = CommentThread.objects.create(answer=answer, verdict=verdict, region=region)
        Comment.objects.create(thread=thread, by=actor, text=clean(remark.text))
        begun.append(thread)
    return begun


def reply(thread: CommentThread, *, actor: User, text: str) -> Comment:
    """The same words by the same person twice in a row are one comment: a request that was sent twice."""
    text = clean(text)
    with transaction.atomic():
        answer, thread = _locked(thread)
        last = thread.comments.order_by("-pk").first()
        if last is not None and (last.by_id, last.text) == (actor.pk, text):
            return last
        _refuse_full(thread, actor)
        comment = Comment.objects.create(thread=thread, by=actor, text=text)
        _record("answer.commented", answer, actor)
        comment_letters.tell_of_reply(answer, thread, actor=actor)
    return comment


def set_resolved(thread: CommentThread, *, actor: User, is_resolved: bool) -> CommentThread:
    """Either side says that the matter is settled, or that it is not. Doing it twice is the same as once."""
    with transaction.atomic():
        answer, thread = _locked(thread)
        if (thread.resolved_at is not None) == is_resolved:
            return thread
        thread.resolved_at = timezone.now() if is_resolved else None
        thread.resolved_by = actor if is_resolved else None
        thread.save(update_fields=["resolved_at", "resolved_by"])
        _record("answer.comment_resolved" if is_resolved else "answer.comment_reopened", answer, actor)
    return thread


def clean(text: Any) -> str:
    """Words as they are stored: what a database cannot hold is refused, not bent."""
    text = text.strip() if isinstance(text, str) else ""
    if not text or len(text) > MOST_CHARACTERS or "\x00" in text or not _is_unicode(text):
        message = _("Write a comment of at most %(count)s characters.") % {"count": MOST_CHARACTERS}
        raise AnnotationError(message, code="no_comment", field="text", status=422)
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _locked(thread: CommentThread) -> tuple[Answer, CommentThread]:
    """Under the lock of the answer, so that nobody talks on while it is being decided."""
    _item, answer = locks.lock_item_and_answer(thread.answer_id)
    if answer.state not in TALKABLE:
        raise AnnotationError(_("This answer is decided: nothing can be added any more."), code="answer_decided")
    return answer, CommentThread.objects.get(pk=thread.pk)


def _refuse_full(thread: CommentThread, actor: User) -> None:
    if thread.comments.count() >= MOST_IN_A_THREAD:
        raise AnnotationError(_("This thread is full."), code="thread_full")
    window = int(timezone.now().timestamp() // HOUR)
    if count_in_window(f"comments:{actor.pk}:{window}", seconds=HOUR) > MOST_AN_HOUR:
        message = _("You have written very many comments within an hour. Go on a little later.")
        raise AnnotationError(message, code="too_many_comments", status=429)


def _record(action: str, answer: Answer, actor: User) -> None:
    # The client's log names whoever acted, and annotators have no names for clients.
    team = None if actor.pk == answer.user_id else answer.project.team
    audit.record(action, actor=actor, object_kind="answer", object_id=answer.pk, team=team, changes={})
