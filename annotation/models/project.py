from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id
from rewards.models import MinorField

# How sure a client may ask to be. Below, the vote does as well; above, no crowd would ever be.
LEAST_TARGET, MOST_TARGET = 0.6, 0.999
LEAST_WITH_TARGET = 2


class ProjectQuerySet(models.QuerySet["Project"]):
    def awaiting_funds(self) -> "ProjectQuerySet":
        """Drafts whose quote is accepted: their money may arrive at any time."""
        return self.filter(state=Project.State.DRAFT, escrow__isnull=False)

    def closing_on_chain(self) -> "ProjectQuerySet":
        """Those whose client closed an escrow by itself, as far as somebody may still be owed something."""
        closed = Q(escrow__client_closing_at__isnull=False) | Q(second_pay__escrow__client_closing_at__isnull=False)
        return self.filter(closed).exclude(state=Project.State.CLOSED)


class Project(models.Model):
    """A client's labelling job: items, an interface, a price and rules."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        FUNDED = "funded", _("Funded")
        OPEN = "open", _("Open")
        PAUSED = "paused", _("Paused")
        CLOSING = "closing", _("Closing")
        CLOSED = "closed", _("Closed")

    class AssignmentMode(models.TextChoices):
        AUTOMATIC = "automatic", _("Automatic: whoever is eligible")
        MANUAL = "manual", _("Manual: each item to named annotators")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="projects")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=120)
    description = models.CharField(_("short description"), max_length=300, blank=True)
    instructions = models.TextField(_("instructions"), blank=True, help_text=_("Markdown."))
    schema_version = models.ForeignKey(
        "annotation.SchemaVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    assignment_mode = models.CharField(max_length=10, choices=AssignmentMode, default=AssignmentMode.AUTOMATIC)

    # Price: fixed by the quote, copied into every lease.
    token = models.ForeignKey("rewards.Token", models.PROTECT, null=True, blank=True, related_name="+")
    price_minor = MinorField(default=0, help_text="Per accepted answer.")
    review_price_minor = MinorField(default=0, help_text="Per explicit verdict.")
    fee_bps = models.PositiveIntegerField(default=0)
    overlap = models.PositiveSmallIntegerField(_("answers per item"), default=3, help_text="The most of them.")
    target_confidence = models.FloatField(
        null=True, blank=True, help_text="Collect until an item is so sure; empty: every item gets all its answers."
    )
    least_overlap = models.PositiveSmallIntegerField(
        default=2, help_text="With a target: the answers that every item gets before it may be sure."
    )
    escrow = models.ForeignKey("rewards.Escrow", models.PROTECT, null=True, blank=True, related_name="+")

    # Rules.
    lease_seconds = models.PositiveIntegerField(default=900)
    review_period_seconds = models.PositiveIntegerField(
        default=72 * 3600, help_text="An answer that nobody judged by then is accepted."
    )
    appeal_period_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="The clock of each step of an appeal. Empty: the instance's own."
    )
    gold_percent = models.PositiveSmallIntegerField(default=0, help_text="Share of leases that are gold items.")
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    team_only = models.BooleanField(default=False, help_text="Only members of the client's team may annotate.")
    min_reputation = models.PositiveSmallIntegerField(
        default=0, help_text="Least share of accepted answers, in percent, once a person has ten verdicts."
    )
    cap_per_person = models.PositiveIntegerField(null=True, blank=True, help_text="Most answers of one person.")

    # Counters: caches of the items and answers, moved in the same transaction as they.
    items_total = models.PositiveIntegerField(default=0)
    reviews_paid = models.PositiveIntegerField(default=0, help_text="Verdicts that earned their price.")
    reviews_budget = models.PositiveIntegerField(default=0, help_text="The most verdicts that earn it.")
    opened_at = models.DateTimeField(null=True, blank=True)
    closing_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(overlap__gte=1, overlap__lte=100), name="overlap_is_from_1_to_100"),
            models.CheckConstraint(
                condition=Q(target_confidence=None)
                | Q(
                    target_confidence__gt=0.5,
                    target_confidence__lt=1,
                    # One answer each would agree with itself: the fit could feed on that.
                    least_overlap__gte=2,
                    least_overlap__lte=F("overlap"),
                ),
                name="target_has_least_and_most_answers",
            ),
            models.CheckConstraint(condition=Q(gold_percent__lte=50), name="gold_is_at_most_half"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "closed", "closing"]) | Q(escrow__isnull=False),
                name="nothing_opens_without_an_escrow",
            ),
        ]
        indexes = [models.Index(fields=["state"], name="project_by_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_adaptive(self) -> bool:
        """Items are collected until they are sure, and not to a fixed number."""
        return self.target_confidence is not None

    @property
    def first_places(self) -> int:
        """What every item has when the project opens."""
        return self.least_overlap if self.is_adaptive else self.overlap


class SchemaVersion(models.Model):
    """A labelling interface as JSON, with the instructions of that moment; frozen once someone worked with it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="schema_versions")
    number = models.PositiveIntegerField()
    schema = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("project", "-number")
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="one_schema_per_version_number")]

    def __str__(self) -> str:
        return f"version {self.number}"
