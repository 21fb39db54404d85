"""Exams: what a person has to pass before a project gives him work. docs/algorithms/exams.md."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id
from rewards.models import MinorField


class Exam(models.Model):
    """The rules of a project's exam. Its questions are the project's gold that is set aside for it."""

    project = models.OneToOneField("annotation.Project", models.CASCADE, primary_key=True, related_name="exam")
    version = models.PositiveIntegerField(default=1, help_text="Counts changes; attempts keep what they began with.")
    questions = models.PositiveSmallIntegerField(default=10, help_text="Per attempt.")
    pass_mark = models.PositiveSmallIntegerField(default=80, help_text="Percent of the questions.")
    seconds = models.PositiveIntegerField(default=30 * 60, help_text="The clock of an attempt.")
    attempts_most = models.PositiveSmallIntegerField(default=3)
    cooldown_seconds = models.PositiveIntegerField(
        default=24 * 3600, help_text="After the first failure; twice as long after each further one."
    )
    valid_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: passed once is passed for good.")
    # Money: fixed with the price of the project.
    pay_minor = MinorField(default=0, help_text="Per attempt that reaches the mark to be paid.")
    pay_mark = models.PositiveSmallIntegerField(default=80, help_text="Percent; at most the mark to pass.")
    paid_attempts = models.PositiveSmallIntegerField(default=1, help_text="Of one person.")
    paid_budget = models.PositiveIntegerField(default=0, help_text="Of all people together.")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=Q(questions__gte=1), name="exam_has_questions"),
            models.CheckConstraint(condition=Q(pass_mark__gte=1, pass_mark__lte=100), name="pass_mark_is_a_share"),
            models.CheckConstraint(
                condition=Q(pay_mark__gte=1, pay_mark__lte=F("pass_mark")), name="who_passes_an_exam_is_paid_for_it"
            ),
            models.CheckConstraint(condition=Q(attempts_most__gte=1), name="exam_can_be_tried"),
        ]

    def __str__(self) -> str:
        return f"exam of {self.project_id}"


class ExamAttempt(models.Model):
    """One person taking an exam once, by the rules of the moment when it began."""

    class State(models.TextChoices):
        LIVE = "live", _("Being taken")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Out of time")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    exam = models.ForeignKey(Exam, models.CASCADE, related_name="attempts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(help_text="Of this person.")
    state = models.CharField(max_length=7, choices=State, default=State.LIVE)
    version = models.PositiveIntegerField(help_text="Of the exam's rules.")
    schema_version = models.ForeignKey("annotation.SchemaVersion", models.PROTECT, related_name="+")
    pass_mark = models.PositiveSmallIntegerField()
    pay_mark = models.PositiveSmallIntegerField()
    valid_days = models.PositiveIntegerField(null=True)
    pay_minor = MinorField(default=0, help_text="Promised when it began; 0: not paid.")
    questions = models.PositiveSmallIntegerField()
    counted = models.PositiveSmallIntegerField(default=0, help_text="Questions that count: not the voided ones.")
    right = models.PositiveSmallIntegerField(default=0)
    is_paid = models.BooleanField(default=False)
    is_accrued = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["exam", "user", "number"], name="one_attempt_per_number"),
            models.UniqueConstraint(
                fields=["exam", "user"], condition=Q(state="live"), name="one_exam_attempt_at_a_time"
            ),
            models.CheckConstraint(condition=Q(right__lte=F("counted")), name="no_more_right_than_counted"),
            models.CheckConstraint(condition=Q(is_paid=False) | Q(pay_minor__gt=0), name="paid_attempt_has_a_pay"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="live"), name="exam_attempts_under_way"),
            models.Index(fields=["exam"], condition=Q(is_paid=True), name="exam_attempts_paid"),
            models.Index(fields=["exam"], condition=Q(is_paid=True, is_accrued=False), name="exam_attempts_to_accrue"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.id}"

    @property
    def is_live(self) -> bool:
        return self.state == self.State.LIVE

    @property
    def percent(self) -> int:
        """Rounded down: 79.9 is not 80."""
        return 100 * self.right // self.counted if self.counted else 0


class ExamAnswer(models.Model):
    """A question of an attempt with the right answer as it stood when the attempt began. No answer of the project:
    nothing that exports, decides or measures reads it."""

    attempt = models.ForeignKey(ExamAttempt, models.CASCADE, related_name="answers")
    number = models.PositiveSmallIntegerField()
    item = models.ForeignKey("annotation.Item", models.CASCADE, related_name="+")
    expected = models.JSONField()
    is_first_time = models.BooleanField(help_text="This person had not been asked it before.")
    value = models.JSONField(null=True)
    is_right = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("attempt", "number")
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="one_exam_question_per_number"),
            models.UniqueConstraint(fields=["attempt", "item"], name="one_exam_question_per_item"),
        ]

    def __str__(self) -> str:
        return f"question {self.number} of {self.attempt_id}"


class ExamPass(models.Model):
    """Whoever has one that is valid has passed; nothing else is asked when work is given out."""

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="passes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    attempt = models.ForeignKey(ExamAttempt, models.CASCADE, related_name="+")
    passed_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["exam", "user"], name="one_pass_per_exam_and_person")]

    def __str__(self) -> str:
        return f"{self.user_id} passed {self.exam_id}"


class ExamVoid(models.Model):
    """A question that counts for nobody any more, and what that changed."""

    item = models.OneToOneField("annotation.Item", models.CASCADE, primary_key=True, related_name="exam_void")
    exam = models.ForeignKey(Exam, models.CASCADE, related_name="voids")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    let_in = models.PositiveIntegerField(default=0, help_text="People who pass without it.")
    made_good = models.PositiveIntegerField(default=0, help_text="Attempts that are paid without it.")

    class Meta:
        ordering = ("-created_at", "pk")

    def __str__(self) -> str:
        return f"void {self.item_id}"
