"""Rejections on their way to being final, and what is said about them meanwhile."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.work import FOUNDED, Verdict
from lib.ids import new_id


class RejectionHold(models.Model):
    """A client's rejections jumped: those made from then on wait until a quality admin has looked."""

    class Outcome(models.TextChoices):
        RELEASED = "released", _("Hold lifted")
        VOIDED = "voided", _("Voided")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="rejection_holds")
    rejected = models.PositiveIntegerField(help_text="Of late, when the hold began.")
    judged = models.PositiveIntegerField()
    rejected_before = models.PositiveIntegerField()
    judged_before = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, help_text="Empty: nobody has decided yet.")
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    began_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-began_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["team"], condition=Q(outcome=""), name="one_live_hold_per_client"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_by=None, decided_at=None)
                | (~Q(outcome="") & Q(decided_by__isnull=False, decided_at__isnull=False, reason__regex=FOUNDED)),
                name="whoever_ends_a_hold_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"hold of {self.team_id}"


class Appeal(models.Model):
    """A rejection that is not final yet, and what became of it. Until it ends its answer keeps its place and money."""

    class State(models.TextChoices):
        HELD = "held", _("Held for a quality admin")
        OPEN = "open", _("May be appealed")
        APPEALED = "appealed", _("Appealed: the client answers")
        UPHELD = "upheld", _("Upheld by the client: may be taken further")
        ESCALATED = "escalated", _("A quality admin decides")
        FINAL = "final", _("The rejection stands")
        OVERTURNED = "overturned", _("Overturned: the answer is paid")

    LIVE = (State.HELD, State.OPEN, State.APPEALED, State.UPHELD, State.ESCALATED)

    answer = models.OneToOneField("annotation.Answer", models.CASCADE, primary_key=True, related_name="appeal")
    verdict = models.OneToOneField(
        Verdict, models.PROTECT, related_name="appeal", help_text="The one that is objected to."
    )
    project = models.ForeignKey("annotation.Project", models.CASCADE, related_name="appeals", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appeals", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    due_at = models.DateTimeField(null=True, blank=True, help_text="Whoever is silent until then has lost.")
    period_seconds = models.PositiveIntegerField(help_text="The clock of every step, fixed at the rejection.")
    hold = models.ForeignKey(RejectionHold, models.PROTECT, null=True, blank=True, related_name="appeals")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["final", "overturned"], ended_at__isnull=False)
                | (~Q(state__in=["final", "overturned"]) & Q(ended_at=None)),
                name="an_appeal_ends_when_it_is_decided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["held", "final", "overturned"]) | Q(due_at__isnull=False),
                name="every_step_of_an_appeal_has_a_clock",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(hold__isnull=False), name="what_is_held_is_held_by_a_hold"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["held", "open", "appealed", "upheld", "escalated"]),
                name="appeals_by_clock",
            ),
            models.Index(
                fields=["project", "state", "due_at"],
                condition=Q(state__in=["held", "open", "appealed", "upheld", "escalated"]),
                name="live_appeals_of_project",
            ),
            models.Index(fields=["project", "-created_at"], name="appeals_of_project"),
            models.Index(fields=["user", "-created_at"], name="appeals_of_annotator"),
            models.Index(
                fields=["due_at", "answer"], condition=Q(state="escalated"), name="appeals_for_quality_admins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} appeal {self.answer_id}"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class AppealStep(models.Model):
    """What somebody said or the clock did. Only added; each kind at most once."""

    class Kind(models.TextChoices):
        HELD = "held", _("Held: the client rejects far more than before")
        RELEASED = "released", _("Released by a quality admin")
        VOIDED = "voided", _("Voided by a quality admin")
        APPEALED = "appealed", _("Appealed")
        UPHELD = "upheld", _("The client's second reviewer upheld the rejection")
        ESCALATED = "escalated", _("Taken to a quality admin")
        CONFIRMED = "confirmed", _("A quality admin upheld the rejection")
        OVERTURNED = "overturned", _("The rejection was overturned")
        LAPSED = "lapsed", _("Nobody objected in time: the rejection stands")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="steps", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: the clock."
    )
    reason = models.CharField(max_length=20, choices=Verdict.Reason, blank=True)
    text = models.TextField(blank=True)
    field = models.CharField(max_length=120, blank=True, help_text="The question that the words are about.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["appeal", "kind"], name="each_step_of_an_appeal_once"),
            models.CheckConstraint(
                condition=~Q(kind__in=["upheld", "confirmed"])
                | (~Q(reason="") & Q(text__regex=FOUNDED) & Q(by__isnull=False)),
                name="no_rejection_is_upheld_without_reason_and_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["appealed", "escalated", "released", "voided"])
                | (Q(text__regex=FOUNDED) & Q(by__isnull=False)),
                name="whoever_objects_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.appeal_id}"
