"""The first rows of a project, as the builder and its preview need them."""

from typing import Any

from django.urls import reverse

from annotation.models import Media, Project, Upload

SAMPLES = 5
READ = (Upload.State.CHECKED, Upload.State.IMPORTING, Upload.State.IMPORTED)


def columns_of(project: Project) -> list[dict[str, Any]]:
    """The columns of all files that have been read, each once: [{name, kind, filled, example}]."""
    found: dict[str, dict[str, Any]] = {}
    for columns in project.uploads.filter(state__in=READ).order_by("created_at").values_list("columns", flat=True):
        for column in columns:
            found.setdefault(column["name"], column)
    if not found:
        first = project.items.order_by("position").first()
        names = list(first.data) if first else []
        found = {name: {"name": name, "kind": "text", "filled": 0, "example": ""} for name in names}
    return list(found.values())


def has_images(project: Project) -> bool:
    return project.uploads.filter(format="zip", state__in=READ).exists()


def samples_of(project: Project) -> list[dict[str, Any]]:
    """[{item, data, media}] of the first items; of the first checked file while nothing is imported."""
    items = list(project.items.select_related("media").order_by("position")[:SAMPLES])
    if items:
        return [
            {"item": item.position + 1, "data": item.data, "media": _media(item.media, item.data)} for item in items
        ]
    upload = project.uploads.filter(state__in=READ).order_by("created_at").first()
    rows = upload.preview if upload else []
    return [{"item": number, "data": row, "media": {}} for number, row in enumerate(rows, start=1)]


def _media(media: Media | None, data: dict[str, Any]) -> dict[str, Any]:
    if media is None:
        return {}
    file = {"url": reverse("media", args=[media.pk]), "width": media.width, "height": media.height}
    # The interface may call the image by any of the item's columns: the one file serves them all.
    return dict.fromkeys(data, file)
