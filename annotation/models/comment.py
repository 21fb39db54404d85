from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.work import Answer, Verdict
from lib.ids import new_id

MOST_CHARACTERS = 2_000


class CommentThread(models.Model):
    """What a reviewer says about one place of an answer, and what follows from it. It begins with a return."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="threads", db_index=False)
    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="threads", help_text="The return it came with.")
    region = models.JSONField(help_text="Which place: annotation/kinds/regions.py.")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="whoever_resolves_a_thread_is_known",
            )
        ]
        indexes = [models.Index(fields=["answer", "id"], name="threads_of_answer")]

    def __str__(self) -> str:
        return f"thread on {self.answer_id}"


class Comment(models.Model):
    """One thing that was said. Only added: nobody's words are changed under somebody who has read them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    thread = models.ForeignKey(CommentThread, models.CASCADE, related_name="comments", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.CharField(max_length=MOST_CHARACTERS)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(condition=Q(text__regex=r"\S"), name="a_comment_says_something")]
        indexes = [models.Index(fields=["thread", "id"], name="comments_of_thread")]

    def __str__(self) -> str:
        return f"comment {self.id}"
