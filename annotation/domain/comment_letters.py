"""Letters about answers that were returned, and about what is said on them. Told once a day and project."""

from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.domain.notice import notify_by_mail
from accounts.models import User
from annotation.models import Answer, CommentThread

A_DAY = 24 * 3600


def tell_author_of_return(answer: Answer) -> None:
    """Whoever is not told cannot mend it in time."""
    _once_a_day(
        answer.user,
        answer,
        about="returned",
        title=_("An answer of yours was returned to you"),
        text=_("You see what to mend, and do it again for the same price, until:"),
        path=reverse("my-answer", args=[answer.pk]),
    )


def tell_of_reply(answer: Answer, thread: CommentThread, *, actor: User) -> None:
    """The other side: the reviewer who returned it, or the author."""
    if actor.pk != answer.user_id:
        _once_a_day(
            answer.user,
            answer,
            about="commented",
            title=_("A reviewer commented on an answer of yours"),
            text=_("You can answer as long as it is not decided."),
            path=reverse("my-answer", args=[answer.pk]),
        )
        return
    reviewer = thread.verdict.decided_by
    if reviewer is not None:
        _once_a_day(
            reviewer,
            answer,
            about="replied",
            title=_("An annotator answered a comment of yours"),
            text=_("You see it with the answer."),
            path=reverse("review-item", args=[answer.project_id, answer.item_id]),
        )


def _once_a_day(
    user: User, answer: Answer, *, about: str, title: str | Promise, text: str | Promise, path: str
) -> None:
    """Asked only once the deed is committed: what is rolled back has told nobody."""
    until = answer.review_due_at if about == "returned" else None
    words = {"title": title, "text": text, "until": until, "project": answer.project.title, "path": path}

    def write() -> None:
        if cache.add(f"letter:{about}:{answer.project_id}:{user.pk}", 1, A_DAY):
            notify_by_mail(user, "appeal", words)

    transaction.on_commit(write)
