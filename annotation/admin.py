"""The operators' view of the work: to look at. What changes these rows is a verb; a verdict is made by nothing else."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from annotation.models import (
    AnnotatorProgress,
    Answer,
    Appeal,
    Assignment,
    Exam,
    ExamAttempt,
    ExamVoid,
    Export,
    Item,
    Project,
    RejectionHold,
    Resolution,
    Upload,
    Verdict,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("title", "team", "state", "items_total", "created_at")
    list_filter = ("state",)
    list_select_related = ("team",)
    search_fields = ("title", "id")


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ("id", "project", "position", "state", "places", "taken", "answered")
    list_select_related = ("project",)
    search_fields = ("=id", "=project__id")
    ordering = ("-id",)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "project", "user", "state", "leased_at", "expires_at", "is_rework")
    list_select_related = ("project", "user")
    search_fields = ("=id",)
    ordering = ("-id",)


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ("id", "project", "user", "state", "revision", "created_at")
    list_select_related = ("project", "user")
    search_fields = ("=id", "=project__id")
    ordering = ("-id",)


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    list_display = ("id", "answer", "decision", "reason", "decided_by", "created_at")
    list_select_related = ("answer", "decided_by")
    search_fields = ("=id", "=answer__id")
    ordering = ("-id",)


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    list_display = ("answer_id", "project", "state", "due_at", "created_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("project",)
    search_fields = ("=answer__id", "=project__id")


@admin.register(RejectionHold)
class RejectionHoldAdmin(ReadOnlyAdmin):
    list_display = ("team", "rejected", "judged", "outcome", "decided_by", "began_at")
    list_select_related = ("team", "decided_by")


@admin.register(Exam)
class ExamAdmin(ReadOnlyAdmin):
    list_display = ("project", "questions", "pass_mark", "pay_minor", "paid_budget", "version")
    list_select_related = ("project",)
    search_fields = ("=project__id",)


@admin.register(ExamAttempt)
class ExamAttemptAdmin(ReadOnlyAdmin):
    list_display = ("id", "exam", "user", "number", "state", "right", "counted", "is_paid", "started_at")
    list_filter = ("state",)
    list_select_related = ("exam", "user")
    search_fields = ("=id", "=exam__project__id")


@admin.register(ExamVoid)
class ExamVoidAdmin(ReadOnlyAdmin):
    list_display = ("item_id", "exam", "by", "let_in", "made_good", "created_at")
    list_select_related = ("exam", "by")


@admin.register(Resolution)
class ResolutionAdmin(ReadOnlyAdmin):
    list_display = ("item_id", "project", "value", "confidence", "answers", "updated_at")
    list_select_related = ("project",)
    search_fields = ("=item__id",)


@admin.register(AnnotatorProgress)
class AnnotatorProgressAdmin(ReadOnlyAdmin):
    list_display = ("project", "user", "answers", "accepted", "rejected", "gold_seen", "gold_right")
    list_select_related = ("project", "user")
    search_fields = ("=project__id", "=user__email")


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("original_name", "project", "state", "rows_good", "rows_bad", "created_at")
    list_select_related = ("project",)


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("project", "format", "state", "items_done", "created_at")
    list_select_related = ("project",)
