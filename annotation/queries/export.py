"""An export's records, read a chunk of items at a time."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.utils.crypto import salted_hmac

from annotation.formats.records import AnswerRecord, ItemRecord, MediaRecord, ResolutionRecord
from annotation.models import Answer, Item, Media, Project


def pseudonym(team_id: UUID, user_id: int) -> str:
    """A name for an annotator that is stable for one client, and says nothing to another."""
    return (
        "annotator-" + salted_hmac("annotation.pseudonym", f"{team_id}:{user_id}", algorithm="sha256").hexdigest()[:16]
    )


def data_columns(project: Project) -> list[str]:
    """The columns of the project's items, as its uploads found them; those of the interface when there is no upload."""
    names: dict[str, None] = {}
    for upload in project.uploads.filter(state="imported").order_by("created_at"):
        names |= dict.fromkeys(column["name"] for column in upload.columns)
    if not names and project.schema_version:
        names = dict.fromkeys(project.schema_version.schema["data"])
    return list(names)


def records_after(project: Project, *, position: int, limit: int) -> list[ItemRecord]:
    """The next items after a position, complete: two statements whatever the limit."""
    items = list(
        Item.objects.filter(project=project, position__gt=position)
        .exclude(state=Item.State.HIDDEN)
        .select_related("media", "resolution")
        .order_by("position")[:limit]
    )
    answers = _answers_by_item(project, [item.pk for item in items])
    return [_record(item, answers[item.pk]) for item in items]


def _answers_by_item(project: Project, items: list[int]) -> dict[int, list[AnswerRecord]]:
    answers: dict[int, list[AnswerRecord]] = defaultdict(list)
    names: dict[int, str] = {}
    rows = (
        Answer.objects.filter(item__in=items, state=Answer.State.ACCEPTED)
        .order_by("item_id", "id")
        .values_list(
            "item_id",
            "id",
            "user_id",
            "value",
            "revision",
            "schema_version__number",
            "lead_ms",
            "active_ms",
            "created_at",
            "state",
        )
    )
    for item, pk, user, value, revision, version, lead_ms, active_ms, created_at, state in rows:
        name = names.get(user) or names.setdefault(user, pseudonym(project.team_id, user))
        answers[item].append(
            AnswerRecord(str(pk), name, value, revision, version, lead_ms, active_ms, created_at, state)
        )
    return answers


def _record(item: Item, answers: list[AnswerRecord]) -> ItemRecord:
    resolution: Any = getattr(item, "resolution", None)
    media = item.media
    return ItemRecord(
        id=item.pk,
        position=item.position,
        data=item.data,
        original_name=item.original_name,
        sha256=item.sha256,
        is_gold=item.is_gold,
        media=_media_record(media) if media else None,
        resolution=resolution
        and ResolutionRecord(resolution.value, resolution.confidence, resolution.method, resolution.answers),
        answers=answers,
    )


def _media_record(media: Media) -> MediaRecord:
    return MediaRecord(
        media.original_name, media.sha256, media.content_type, media.width, media.height, media.exif_orientation
    )
