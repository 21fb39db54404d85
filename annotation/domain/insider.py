"""Who has seen a project from the other side takes no work in it (annotation.eligibility)."""

from accounts.models import User
from annotation import access
from annotation.models import Insider, Project


def remember_insider(user: User, project: Project) -> None:
    """Call it wherever items are shown with their gold, or with what others answered. For whom gold is hidden, because
    he works here, nothing changes; nor in a closed project, where nobody works any more."""
    if project.state == Project.State.CLOSED or not access.may_see_gold(user, project):
        return
    Insider.objects.bulk_create([Insider(user=user, project=project)], ignore_conflicts=True)
