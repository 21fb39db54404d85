from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """Who did what to which object: written in the same transaction as the deed, never changed."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the system.",
    )
    action = models.CharField(max_length=60, help_text="noun.verb, as in project.opened")
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    changes = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["object_kind", "object_id"], name="audit_by_object"),
            models.Index(fields=["team", "-id"], name="audit_by_team"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"


class IdempotencyRecord(models.Model):
    """The first answer to a keyed write, given again to every repeat with the same content."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while the first call is running.")
    is_written = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Set in the transaction that writes: once it is committed, the call never runs again.",
    )
    body = models.BinaryField(default=b"")
    content_type = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_user_and_key")]

    def __str__(self) -> str:
        return self.key
