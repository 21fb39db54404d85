from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from lib.ids import new_id
from rewards.models import MinorField

MIN_EVIDENCE_CHARACTERS = 10
# So many characters from the first that is no space to the last.
FOUNDED = rf"\S.{{{MIN_EVIDENCE_CHARACTERS - 2},}}\S"


class Assignment(models.Model):
    """An annotator's lease on an item: a place is kept until it expires, and the price is fixed."""

    class State(models.TextChoices):
        LEASED = "leased", _("Leased")
        SUBMITTED = "submitted", _("Submitted")
        RELEASED = "released", _("Released")
        SKIPPED = "skipped", _("Skipped")
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="assignments")
    # No index of its own: assignments_item_annotator begins with the item.
    item = models.ForeignKey("annotation.Item", models.CASCADE, related_name="assignments", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    schema_version = models.ForeignKey("annotation.SchemaVersion", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.LEASED)
    number = models.PositiveIntegerField(
        default=0, help_text="Which of the annotator's leases in the project: all that is shown of the item's identity."
    )
    price_minor = MinorField()
    review_period_seconds = models.PositiveIntegerField(
        null=True, help_text="What was promised with the lease: silence accepts after so long, or sooner."
    )
    is_rework = models.BooleanField(
        default=False,
        help_text="An answer was returned to its author: the answer keeps its place, the lease takes none.",
    )
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=20, blank=True)
    skip_note = models.CharField(max_length=500, blank=True)
    draft = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ("leased_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["item", "user"],
                condition=Q(state__in=["leased", "submitted", "skipped"], is_rework=False),
                name="one_lease_answer_or_skip_per_item_and_annotator",
            ),
            models.UniqueConstraint(
                fields=["item", "user"],
                condition=Q(state="leased", is_rework=True),
                name="one_live_rework_per_item_and_annotator",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="leased"), name="live_leases_by_expiry"),
            models.Index(fields=["user", "project"], condition=Q(state="leased"), name="live_leases_of_annotator"),
            models.Index(fields=["item", "user"], name="assignments_item_annotator"),
        ]

    def __str__(self) -> str:
        return f"{self.state} lease on {self.item_id}"


class AnnotatorProgress(models.Model):
    """One annotator in one project: where the queue stands for him, and what came of his work."""

    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="annotators")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    cursor = models.PositiveIntegerField(default=0, help_text="Positions below it were offered already in this lap.")
    lap_draws = models.PositiveIntegerField(default=0, help_text="Leases drawn since the cursor last began at 0.")
    leases_drawn = models.PositiveIntegerField(
        default=0, help_text="All leases ever. Draws of one person take turns by comparing it."
    )
    answers = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    gold_seen = models.PositiveIntegerField(default=0)
    gold_right = models.PositiveIntegerField(default=0)
    reliability = models.JSONField(default=dict, help_text="State of the online estimate (annotation.agreement).")
    is_doubtful = models.BooleanField(
        default=False,
        db_default=False,
        help_text="By the last batch fit: hard items are first offered to those whose answers tell more.",
    )

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_progress_per_project_and_user")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id}"


class AnswerQuerySet(models.QuerySet["Answer"]):
    def judgeable_by(self, user: User) -> "AnswerQuerySet":
        """Not one's own, and nobody's with whom one shares a team. In a project that is for one team only, that team
        is what they are meant to share."""
        close = (
            Membership.objects.filter(user=OuterRef("user"), team__memberships__user=user)
            .annotate(is_for_team=ExpressionWrapper(OuterRef("project__team_only"), output_field=models.BooleanField()))
            .exclude(is_for_team=True, team=OuterRef("project__team"))
        )
        return self.exclude(user=user).filter(~Exists(close))


class Answer(models.Model):
    """What one annotator said about one item. One per person and item, enforced here."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for a verdict")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        RETURNED = "returned", _("Returned to its author")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="answers")
    item = models.ForeignKey("annotation.Item", models.CASCADE, related_name="answers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="answers")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="+")
    schema_version = models.ForeignKey("annotation.SchemaVersion", models.PROTECT, related_name="+")
    key = models.UUIDField(help_text="The caller's idempotency key.")
    value = models.JSONField()
    revision = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    price_minor = MinorField()
    lead_ms = models.PositiveIntegerField(default=0)
    active_ms = models.PositiveIntegerField(default=0)
    client = models.JSONField(default=dict, blank=True)
    was_late = models.BooleanField(default=False, help_text="Its lease had expired, but it was still needed.")
    is_accrued = models.BooleanField(default=False, help_text="Its price is in the ledger.")
    is_counted = models.BooleanField(default=False, help_text="The consensus has taken it in.")
    review_due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["item", "user"], name="answer_once_per_annotator_and_item"),
            models.UniqueConstraint(fields=["user", "key"], name="answer_once_per_annotator_and_key"),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="answers_of_project"),
            models.Index(fields=["user", "-id"], name="answers_of_annotator"),
            models.Index(fields=["user", "project"], condition=Q(state="returned"), name="answers_to_rework"),
            models.Index(fields=["review_due_at"], condition=Q(state="pending"), name="answers_awaiting_verdict"),
            models.Index(fields=["project", "item"], condition=Q(state="pending"), name="answers_to_review"),
            models.Index(fields=["project"], condition=Q(state="accepted", is_accrued=False), name="answers_to_accrue"),
            models.Index(fields=["project"], condition=Q(is_counted=False), name="answers_to_count"),
        ]

    def __str__(self) -> str:
        return f"answer {self.id}"


class AnswerRevision(models.Model):
    """An earlier value of an answer that was returned and done again."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    value = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("answer", "number")
        constraints = [models.UniqueConstraint(fields=["answer", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"revision {self.number}"


class Verdict(models.Model):
    """A decision about an answer, by a person or by silence. Only added: the last one holds."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        RETURNED = "returned", _("Returned")

    class Reason(models.TextChoices):
        WRONG = "wrong", _("The answer is wrong")
        INCOMPLETE = "incomplete", _("Something is missing")
        INSTRUCTIONS = "instructions", _("The instructions were not followed")
        CARELESS = "careless", _("Answered without looking")
        SPAM = "spam", _("Spam")
        OTHER = "other", _("Another reason")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="verdicts")
    revision = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=10, choices=Decision)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    evidence = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: silence."
    )
    price_minor = MinorField(default=0, help_text="What the reviewer earns for it.")
    is_accrued = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="accepted") | (~Q(reason="") & Q(evidence__regex=FOUNDED)),
                name="no_rejection_without_reason_and_evidence",
                violation_error_message=_("A rejection or return needs a reason and evidence."),
            ),
            models.CheckConstraint(
                condition=Q(price_minor=0) | Q(decided_by__isnull=False), name="paid_verdict_has_a_reviewer"
            ),
            models.UniqueConstraint(fields=["answer", "revision"], name="one_verdict_per_answer_and_revision"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_accrued=False, price_minor__gt=0), name="verdicts_to_accrue")
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.answer_id}"


class Consensus(models.Model):
    """What a project's answers say about its crowd. Whoever counts or refits holds this row: one at a time."""

    project = models.OneToOneField("annotation.Project", models.CASCADE, primary_key=True, related_name="consensus")
    crowds = models.JSONField(default=dict, help_text="{field: [agreeing, pairs]} (annotation.agreement).")
    mixes = models.JSONField(
        default=dict, help_text="{field: [vote's weight, temperature, models' temperature]} of the last batch fit."
    )
    counted = models.PositiveIntegerField(default=0, help_text="Answers counted so far.")
    counted_at_refit = models.PositiveIntegerField(default=0)
    refit_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"consensus of {self.project_id}"


class Resolution(models.Model):
    """The decided value of an item, with its confidence."""

    item = models.OneToOneField("annotation.Item", models.CASCADE, primary_key=True, related_name="resolution")
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="resolutions")
    value = models.JSONField()
    confidence = models.FloatField(null=True)
    method = models.CharField(max_length=30)
    answers = models.PositiveSmallIntegerField()
    state = models.JSONField(default=dict, help_text="State of the online estimate (annotation.agreement).")
    is_settled = models.BooleanField(
        default=True, help_text="The places of its item follow from it; false until they have been looked at."
    )
    asked_at = models.DateTimeField(
        null=True, help_text="When its item last got a place beyond the least: for a while that is kept for the best."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="confidence_is_a_probability",
            )
        ]
        indexes = [
            models.Index(fields=["project", "confidence"], name="resolutions_by_confidence"),
            models.Index(fields=["project"], condition=Q(is_settled=False), name="resolutions_to_settle"),
        ]

    def __str__(self) -> str:
        return f"resolution of {self.item_id}"


class Export(models.Model):
    """A file with everything that a project produced, written in the background."""

    class Format(models.TextChoices):
        JSONL = "jsonl", _("JSON Lines")
        CSV = "csv", _("CSV")
        LABEL_STUDIO = "label_studio", _("Label Studio JSON")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WRITING = "writing", _("Being written")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="exports")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    format = models.CharField(max_length=12, choices=Format)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    items_total = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)
    path = models.CharField(max_length=255, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    losses = models.JSONField(default=list, help_text="[{what, count}] that this format cannot carry.")
    failure = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Of workers.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.format} of {self.project_id}"
