"""Manual assignment: which item is meant for whom, in any number of rows at once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.exceptions import AnnotationError
from annotation.models import Project

CHUNK_ROWS = 10_000
MAX_ROWS = 1_000_000
KEPT_ERRORS = 1_000


@dataclass(frozen=True)
class TargetRow:
    """One line of a list: an item, by its id, its position or its original file name, and a person."""

    annotator: str  # e-mail address or public id
    item_id: int | None = None
    position: int | None = None
    external: str = ""


@dataclass(frozen=True)
class TargetError:
    row: int
    field: str
    message: str


@dataclass
class TargetReport:
    """What became of a list. Rows that were there already are no error: sending it twice changes nothing."""

    rows: int = 0
    created: int = 0
    existing: int = 0
    failed: int = 0
    errors: list[TargetError] = field(default_factory=list)


def assign_items(project: Project, *, rows: Iterable[TargetRow], actor: User) -> TargetReport:
    """Assign items to people. Good rows are taken, bad ones reported by their number, counted from 1."""
    if project.state in {Project.State.CLOSING, Project.State.CLOSED}:
        raise AnnotationError(_("This project is closed: nothing is assigned any more."), code="project_closed")
    report = TargetReport()
    waiting = iter(rows)
    with transaction.atomic():
        while chunk := list(islice(waiting, CHUNK_ROWS)):
            if report.rows + len(chunk) > MAX_ROWS:
                message = _("Send at most %(most)d rows at once.") % {"most": MAX_ROWS}
                raise AnnotationError(message, code="too_many_rows", status=422)
            _assign_chunk(project, chunk, report)
        if report.created:
            audit.record(
                "project.items_assigned",
                actor=actor,
                object_kind="project",
                object_id=project.pk,
                team=project.team,
                changes={"rows": report.rows, "created": report.created, "failed": report.failed},
            )
    return report


def _assign_chunk(project: Project, chunk: list[TargetRow], report: TargetReport) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, {"project": project.pk, "rows": json.dumps(list(_numbered(chunk)))})
        created, found, unknown = cursor.fetchone()
    report.created += created
    report.existing += found - created
    for number, has_item, has_person in unknown or []:
        report.failed += 1
        if len(report.errors) < KEPT_ERRORS:
            report.errors += _errors(report.rows + number, has_item=has_item, has_person=has_person)
    report.rows += len(chunk)


def _numbered(chunk: list[TargetRow]) -> Iterator[dict[str, object]]:
    for number, row in enumerate(chunk, start=1):
        yield {
            "n": number,
            "item": row.item_id,
            "position": row.position,
            "external": row.external or None,
            "who": row.annotator.strip().lower(),
        }


def _errors(row: int, *, has_item: bool, has_person: bool) -> Iterator[TargetError]:
    if not has_item:
        yield TargetError(row, "item", _("This project has no such item."))
    if not has_person:
        yield TargetError(row, "annotator", _("There is no active account with this e-mail address or id."))


# An original name that several items share stands for the first of them.
_ASSIGN = """
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (n int, item bigint, position int, external text, who text)
), named AS (
    SELECT i.original_name, min(i.id) AS id FROM annotation_item i
     WHERE i.project_id = %(project)s AND EXISTS (SELECT 1 FROM given WHERE external IS NOT NULL)
       AND i.original_name IN (SELECT external FROM given) GROUP BY i.original_name
), meant AS MATERIALIZED (
    SELECT g.n, coalesce(by_id.id, by_position.id, named.id) AS item_id,
           coalesce(by_email.id, by_public_id.id) AS user_id
      FROM given g
      LEFT JOIN annotation_item by_id ON by_id.id = g.item AND by_id.project_id = %(project)s
      LEFT JOIN annotation_item by_position ON g.item IS NULL AND by_position.position = g.position
           AND by_position.project_id = %(project)s
      LEFT JOIN named ON g.item IS NULL AND g.position IS NULL AND named.original_name = g.external
      LEFT JOIN accounts_user by_email ON by_email.email = g.who AND by_email.is_active
      LEFT JOIN accounts_user by_public_id ON by_public_id.is_active
           AND by_public_id.public_id = CASE
               WHEN g.who ~ '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN g.who::uuid END
), pairs AS MATERIALIZED (
    SELECT DISTINCT item_id, user_id FROM meant WHERE item_id IS NOT NULL AND user_id IS NOT NULL
), made AS (
    INSERT INTO annotation_itemtarget (item_id, user_id) SELECT item_id, user_id FROM pairs ORDER BY item_id, user_id
    ON CONFLICT (item_id, user_id) DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM made),
       (SELECT count(*) FROM meant WHERE item_id IS NOT NULL AND user_id IS NOT NULL),
       (SELECT json_agg(json_build_array(n, item_id IS NOT NULL, user_id IS NOT NULL) ORDER BY n)
          FROM meant WHERE item_id IS NULL OR user_id IS NULL)
"""
