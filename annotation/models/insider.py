from django.conf import settings
from django.db import models
from django.utils import timezone


class Insider(models.Model):
    """Somebody who was shown what annotators of a project must not know: which items are gold, what others answered.

    It outlives a membership and a right to review, so that nobody looks first and works afterwards.
    """

    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="insiders")
    # No index of its own: the constraint begins with it.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="one_insider_per_user_and_project")]

    def __str__(self) -> str:
        return f"{self.user_id} knows {self.project_id}"
