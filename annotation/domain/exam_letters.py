"""Letters about exams: passed, and passed because a bad question counts no more."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.domain.notice import notify_by_mail
from annotation.models import ExamAttempt


def tell_passed(attempt: ExamAttempt, until: datetime | None) -> None:
    text = (
        _("The project gives you work now. Your pass holds until:") if until else _("The project gives you work now.")
    )
    _write(attempt, title=_("You passed the exam"), text=text, until=until)


def tell_let_in(attempt_ids: list[UUID]) -> None:
    """A question was voided for everybody, and these people pass without it."""
    attempts = ExamAttempt.objects.filter(pk__in=attempt_ids).select_related("user", "exam__project")
    for attempt in attempts.order_by("pk").iterator(chunk_size=200):
        _write(
            attempt,
            title=_("You pass the exam after all"),
            text=_("A question that most people missed counts for nobody any more. The project gives you work now."),
            until=None,
        )


def _write(attempt: ExamAttempt, *, title: object, text: object, until: datetime | None) -> None:
    project = attempt.exam.project
    path = reverse("exam", args=[project.pk])
    context = {"title": title, "text": text, "until": until, "project": project.title, "path": path}
    notify_by_mail(attempt.user, "exam", context)
