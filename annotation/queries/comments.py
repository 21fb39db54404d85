"""What was said on places of answers, as one of the two sides reads it: nobody is named, each knows the own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from accounts.models import User
from annotation.kinds.regions import Region, is_there, region_title
from annotation.kinds.schema import Schema, schema_for
from annotation.models import Answer, CommentThread

AUTHOR, REVIEWER = "author", "reviewer"


@dataclass(frozen=True)
class ShownComment:
    id: UUID
    side: str  # author or reviewer
    is_mine: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class ShownThread:
    id: UUID
    number: int  # counts the answer's threads
    revision: int  # the one it was said about
    region: Region
    title: str
    is_removed: bool  # the answer has no such place any more
    resolved_by: str  # author, reviewer, or empty while it is open
    resolved_at: datetime | None
    can_write: bool
    comments: list[ShownComment]

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None


def threads_of(answers: Sequence[Answer], reader: User) -> dict[UUID, list[ShownThread]]:
    """Two statements, whatever the number of answers. Needs each answer's `schema_version`."""
    rows = CommentThread.objects.filter(answer__in=answers).select_related("verdict").prefetch_related("comments")
    threads: dict[UUID, list[CommentThread]] = {}
    for row in rows.order_by("pk"):
        threads.setdefault(row.answer_id, []).append(row)
    return {
        answer.pk: [_shown(answer, row, number, reader) for number, row in enumerate(threads.get(answer.pk, []), 1)]
        for answer in answers
    }


def place_of(schema: Schema, value: Mapping[str, Any], region: Region) -> dict[str, Any]:
    """Where a comment points now."""
    title = region_title(schema, region, get_language() or "en", value=value)
    return {"title": title, "is_removed": not is_there(schema, value, region)}


def _shown(answer: Answer, row: CommentThread, number: int, reader: User) -> ShownThread:
    version = answer.schema_version
    place = place_of(schema_for(version.pk, version.schema), answer.value, row.region)
    return ShownThread(
        id=row.pk,
        number=number,
        revision=row.verdict.revision,
        region=row.region,
        title=place["title"],
        is_removed=place["is_removed"],
        resolved_by="" if row.resolved_by_id is None else _side(answer, row.resolved_by_id),
        resolved_at=row.resolved_at,
        can_write=answer.state in {Answer.State.PENDING, Answer.State.RETURNED},
        comments=[
            ShownComment(each.pk, _side(answer, each.by_id), each.by_id == reader.pk, each.text, each.created_at)
            for each in row.comments.all()
        ],
    )


def _side(answer: Answer, user_id: int) -> str:
    return AUTHOR if user_id == answer.user_id else REVIEWER
