"""What rewards asks about projects: their titles for finance, their end for a refund. Registered at start."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from annotation.domain.project import close_project
from annotation.exceptions import AnnotationError
from annotation.models import Project
from rewards.references import Undertaking


class Projects:
    def undertakings(self, ids: Iterable[UUID]) -> dict[UUID, Undertaking]:
        rows = Project.objects.filter(pk__in=list(ids)).values_list("pk", "title", "closing_at")
        return {pk: Undertaking(title, reverse("project-detail", args=[pk]), ending) for pk, title, ending in rows}

    def end(self, reference_id: UUID, *, actor: User, reason: str) -> None:
        project = Project.objects.filter(pk=reference_id).first()
        if project is None:
            raise AnnotationError(_("This project does not exist."), code="not_found", status=404)
        close_project(project, actor=actor, reason=reason)
