import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lib.ids

# What was said is only added.
ONLY_ADDED = """
CREATE FUNCTION annotation_comment_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a comment is only added: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER comment_never_changes BEFORE UPDATE OR DELETE ON annotation_comment
    FOR EACH ROW EXECUTE FUNCTION annotation_comment_is_only_added();
"""
CHANGEABLE = """
DROP TRIGGER comment_never_changes ON annotation_comment;
DROP FUNCTION annotation_comment_is_only_added();
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("annotation", "0020_hard_items_wait_for_the_best"),
    ]

    operations = [
        migrations.CreateModel(
            name="CommentThread",
            fields=[
                (
                    "id",
                    models.UUIDField(default=lib.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("region", models.JSONField(help_text="Which place: annotation/kinds/regions.py.")),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="threads",
                        to="annotation.answer",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "verdict",
                    models.ForeignKey(
                        help_text="The return it came with.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threads",
                        to="annotation.verdict",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [models.Index(fields=["answer", "id"], name="threads_of_answer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolved_at", None), ("resolved_by", None)),
                            models.Q(("resolved_at__isnull", False), ("resolved_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="whoever_resolves_a_thread_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=lib.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("text", models.CharField(max_length=2000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="annotation.commentthread",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [models.Index(fields=["thread", "id"], name="comments_of_thread")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text__regex", "\\S")), name="a_comment_says_something")
                ],
            },
        ),
        migrations.RunSQL(ONLY_ADDED, reverse_sql=CHANGEABLE),
    ]
