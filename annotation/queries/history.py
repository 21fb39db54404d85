"""What happened to a project, newest first."""

from django.db.models import QuerySet

from accounts.models import AuditEntry
from annotation.models import Project


def history_of(project: Project) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(object_kind="project", object_id=str(project.pk)).select_related("actor")
