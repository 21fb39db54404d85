"""Very many items and answers by INSERT … SELECT, for measurements: a million in half a minute."""

from django.db import connection

from accounts.models import User
from annotation.models import AnnotatorProgress, Project


def add_items(project: Project, count: int) -> None:
    """Open items with the places of the project's overlap, after those there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO annotation_item (project_id, position, data, sha256, original_name, places, taken, answered, state, is_gold)
            SELECT %(project)s, %(first)s + n, jsonb_build_object('text', 'Text ' || n), md5('a' || n) || md5('b' || n), '',
                   %(places)s, 0, 0, 'open', false
              FROM generate_series(0, %(count)s - 1) n
            """,
            {"project": project.pk, "first": project.items_total, "places": project.overlap, "count": count},
        )
    project.items_total += count
    project.save(update_fields=["items_total"])


def answer_first(project: Project, user: User, count: int) -> None:
    """This person has answered the first `count` items, and the queue's cursor stands behind them."""
    parameters = {
        "project": project.pk, "user": user.pk, "count": count, "version": project.schema_version_id,
        "price": project.price_minor,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH done AS (
                UPDATE annotation_item SET taken = taken + 1, answered = answered + 1
                 WHERE project_id = %(project)s AND position < %(count)s RETURNING id
            ), lent AS (
                INSERT INTO annotation_assignment (id, project_id, item_id, user_id, schema_version_id, state, number,
                       price_minor, is_rework, leased_at, expires_at, ended_at, skip_reason, skip_note)
                SELECT gen_random_uuid(), %(project)s, id, %(user)s, %(version)s, 'submitted', row_number() OVER (),
                       %(price)s, false, now(), now(), now(), '', '' FROM done
                RETURNING id, item_id
            )
            INSERT INTO annotation_answer (id, project_id, item_id, user_id, assignment_id, schema_version_id, key, value,
                   revision, state, price_minor, lead_ms, active_ms, client, was_late, is_accrued, is_counted, created_at)
            SELECT gen_random_uuid(), %(project)s, item_id, %(user)s, id, %(version)s, gen_random_uuid(),
                   '{"sentiment": "pos"}', 1, 'accepted', %(price)s, 5000, 4000, '{}', false, true, true, now() FROM lent
            """,
            parameters,
        )
    AnnotatorProgress.objects.update_or_create(
        project=project, user=user, defaults={"cursor": count, "answers": count, "leases_drawn": count}
    )


def analyze() -> None:
    with connection.cursor() as cursor:
        for table in ("item", "assignment", "answer", "annotatorprogress"):
            cursor.execute(f"VACUUM ANALYZE annotation_{table}")
