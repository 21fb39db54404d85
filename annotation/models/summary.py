from django.conf import settings
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
    ordinary = models.PositiveIntegerField(default=0, help_text="Items that are no gold.")
    bought = models.PositiveIntegerField(default=0, help_text="Answers to items that are no gold.")
    sure = models.PositiveIntegerField(default=0, help_text="Items that have reached the project's target.")
    at_most = models.PositiveIntegerField(default=0, help_text="Items that have all their answers without it.")
    due_at = models.DateTimeField(null=True, help_text="The first answer that silence will accept.")
    probes_seen = models.PositiveIntegerField(default=0, help_text="Answers to hidden probes.")
    probes_right = models.PositiveIntegerField(default=0)
    probes_fallen_at = models.DateTimeField(
        null=True, help_text="Since when probes are answered worse than before, and not by chance."
    )
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


class PersonSummary(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        return self.user.display_name or f"…{self.user.public_id.hex[-6:]}"


class GoldSummary(PersonSummary):
    """How often one person was right on gold, over all projects, as it was at the last `SummaryRun`."""

    seen = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    answers = models.PositiveIntegerField()
    projects = models.PositiveIntegerField()
    share = models.FloatField()

    class Meta:
        ordering = ("share", "-seen", "pk")
        indexes = [models.Index(fields=["share", "-seen", "user"], name="gold_summaries_by_share")]

    def __str__(self) -> str:
        return f"gold of {self.user_id}"


class ReviewerSummary(PersonSummary):
    """What one person decided of late, as it was at the last `SummaryRun`."""

    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    returned = models.PositiveIntegerField()
    judged = models.PositiveIntegerField(help_text="The three together.")
    overturned = models.PositiveIntegerField(default=0, help_text="Of these rejections and returns, on appeal.")
    right = models.PositiveIntegerField(default=0, help_text="Of a year: annotation/queries/reviewer_scores.py.")
    wrong = models.PositiveIntegerField(default=0)
    last = models.DateTimeField(help_text="The last verdict.")
    always_accepts = models.PositiveIntegerField(
        help_text="People of whom this reviewer has accepted everything, where others have not."
    )

    class Meta:
        ordering = ("-judged", "pk")
        indexes = [models.Index(fields=["-judged", "user"], name="reviewer_summaries_by_work")]

    def __str__(self) -> str:
        return f"verdicts of {self.user_id}"

    @property
    def known(self) -> int:
        return self.right + self.wrong

    @property
    def objectable(self) -> int:
        return self.rejected + self.returned


class SummaryRun(models.Model):
    """When a whole table of summaries was last counted, and how long that took: so long it may rest."""

    class Name(models.TextChoices):
        GOLD = "gold"
        REVIEWERS = "reviewers"

    name = models.CharField(max_length=12, choices=Name, primary_key=True)
    took_ms = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.name} at {self.counted_at}"
