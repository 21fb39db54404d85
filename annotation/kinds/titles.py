"""Titles that clients write in several languages: {"en": "Positive", "fr": "Positif"}."""

from collections.abc import Mapping


def title_in(titles: Mapping[str, str] | None, locale: str, *, fallback: str = "") -> str:
    """The title in the reader's language, else its base language, else English, else the first there is."""
    if not titles:
        return fallback
    wanted = locale.replace("_", "-").lower()
    by_tag = {tag.lower(): title for tag, title in titles.items()}
    for tag in (wanted, wanted.split("-")[0], "en"):
        if tag in by_tag:
            return by_tag[tag]
    return next(iter(titles.values()))
