from django.db import models
from django.db.models import F


class ProjectSummary(models.Model):
    """Counts of one project as they were at `counted_at`: pages read this row instead of every item and answer."""

    project = models.OneToOneField("annotation.Project", models.CASCADE, primary_key=True, related_name="summary")
    items = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)
    places = models.PositiveBigIntegerField(default=0)
    leased = models.PositiveIntegerField(default=0)
    pending = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    uncounted = models.PositiveIntegerField(default=0)
    annotators = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0, help_text="Items with a confidence.")
    uncertain = models.PositiveIntegerField(default=0)
    mean_confidence = models.FloatField(null=True)
    due_at = models.DateTimeField(null=True, help_text="The first answer that silence will accept.")
    marker = models.CharField(
        max_length=120, help_text="What it was counted of: while it stays, nothing is counted again."
    )
    took_ms = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(F("due_at").asc(nulls_last=True), "project", name="summaries_by_deadline")]

    def __str__(self) -> str:
        return f"summary of {self.project_id}"


class ClientSummary(models.Model):
    """How often a client's answers were rejected, of late and before, as it was at `counted_at`."""

    team = models.OneToOneField("accounts.Team", models.CASCADE, primary_key=True, related_name="+")
    rejected = models.PositiveIntegerField()
    judged = models.PositiveIntegerField()
    rejected_before = models.PositiveIntegerField()
    judged_before = models.PositiveIntegerField()
    rate = models.FloatField()
    has_jumped = models.BooleanField()
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ("-rate", "pk")
        indexes = [
            models.Index(fields=["-rate", "team"], name="client_summaries_by_rate"),
            models.Index(fields=["team"], condition=models.Q(has_jumped=True), name="clients_that_jumped"),
        ]

    def __str__(self) -> str:
        return f"rejections of {self.team_id}"
