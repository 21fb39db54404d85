"""Letters about rejections and appeals. What may happen many times a day is told once a day and project."""

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.domain.notice import notify_by_mail
from accounts.models import Membership, User
from annotation import access
from annotation.models import Answer, Appeal, RejectionHold

A_DAY = 24 * 3600


def tell_author_of_rejection(answer: Answer, appeal: Appeal) -> None:
    """Whoever is not told cannot object in time. The page lists what else was rejected that day."""
    _once_a_day(
        answer.user,
        f"rejected:{answer.project_id}",
        title=_("An answer of yours was rejected, and you can appeal"),
        text=_("You see why it was rejected, and appeal with one button, until:"),
        until=appeal.due_at,
        project=answer.project.title,
        path=reverse("my-answer", args=[answer.pk]),
    )


def tell_client(answer: Answer, appeal: Appeal) -> None:
    members = Membership.objects.filter(team=answer.project.team_id, role__in=access.REVIEW)
    for member in members.exclude(user=appeal.verdict.decided_by_id).select_related("user").order_by("pk"):
        _once_a_day(
            member.user,
            f"appealed:{answer.project_id}",
            title=_("An annotator appeals against a rejection"),
            text=_("Somebody of your team who did not reject it has to answer. If nobody does, the answer is paid at:"),
            until=appeal.due_at,
            project=answer.project.title,
            path=reverse("appeals"),
        )


def tell_quality_admins_of_appeal(answer: Answer, appeal: Appeal) -> None:
    for admin in _quality_admins():
        _once_a_day(
            admin,
            f"escalated:{answer.project_id}",
            title=_("An appeal waits for a quality admin"),
            text=_("Your word is final. If nobody decides, the answer is paid at:"),
            until=appeal.due_at,
            project=answer.project.title,
            path=reverse("quality-appeals"),
        )


def tell_author_of_outcome(answer: Answer, appeal: Appeal) -> None:
    title, text = {
        Appeal.State.UPHELD: (
            _("The client upholds the rejection, and you can take it further"),
            _("If you still think that it is wrong, a quality admin decides. You can ask for it until:"),
        ),
        Appeal.State.FINAL: (_("A quality admin upheld the rejection"), _("This is final. You see why on the page.")),
        Appeal.State.OVERTURNED: (
            _("A rejection of your answer was overturned"),
            _("The answer is paid in full, and counts for you as accepted."),
        ),
    }[Appeal.State(appeal.state)]
    until = appeal.due_at if appeal.is_live else None
    path = reverse("my-answer", args=[answer.pk])
    _write(answer.user, title=title, text=text, until=until, project=answer.project.title, path=path)


def tell_quality_admins_of_hold(hold: RejectionHold) -> None:
    for admin in _quality_admins():
        _write(
            admin,
            title=_("A client rejects far more than before"),
            text=_("Its further rejections are held until a quality admin releases or voids them."),
            until=None,
            project=hold.team.name,
            path=reverse("quality-appeals"),
        )


def _quality_admins() -> list[User]:
    return list(User.objects.filter(is_quality_admin=True, is_active=True).order_by("pk"))


def _once_a_day(user: User, about: str, **words: Any) -> None:
    """Asked only once the deed is committed: what is rolled back has told nobody."""

    def write() -> None:
        if cache.add(f"letter:{about}:{user.pk}", 1, A_DAY):
            _write(user, **words)

    transaction.on_commit(write)


def _write(user: User, *, title: str | Promise, text: str | Promise, until: Any, project: str, path: str) -> None:
    notify_by_mail(user, "appeal", {"title": title, "text": text, "until": until, "project": project, "path": path})
