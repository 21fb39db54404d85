"""Interfaces to begin with, made for the data at hand. Pure: no Django but its translations."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Starter:
    key: str
    title: str
    text: str
    schema: dict[str, Any]


def starters(columns: list[str], *, has_images: bool) -> list[Starter]:
    """One interface per common question, showing the column that is most likely meant."""
    shown = _likely(columns, has_images)
    kind = "image" if has_images else "text"
    asked = [
        ("sentiment", _("Sentiment"), _("Positive, neutral or negative: one choice."), _sentiment),
        ("topics", _("Topics"), _("Everything that applies, from a list of topics."), _topics),
        ("image-class", _("What the image shows"), _("One class per image."), _image_class),
        ("check", _("Yes or no"), _("A statement is checked; “no” asks for the reason."), _check),
    ]
    return [
        Starter(key, title, text, {"schema": "1", "data": {shown: {"type": kind}}, "fields": make(shown)})
        for key, title, text, make in asked
    ]


def _likely(columns: list[str], has_images: bool) -> str:
    if has_images:
        return "image"
    for name in ("text", "sentence", "review", "content", "body", "message", "title"):
        if name in columns:
            return name
    return columns[0] if columns else "text"


def _option(value: str, title: str, key: str, color: str = "") -> dict[str, Any]:
    option: dict[str, Any] = {"value": value, "title": {"en": title}, "key": key}
    return option | ({"color": color} if color else {})


def _sentiment(source: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "sentiment",
            "tool": "choices",
            "title": {"en": "How does it sound?"},
            "source": source,
            "required": True,
            "options": [
                _option("positive", "Positive", "1", "#0a6a6f"),
                _option("neutral", "Neutral", "2", "#62657f"),
                _option("negative", "Negative", "3", "#a11d2b"),
            ],
        }
    ]


def _topics(source: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "topics",
            "tool": "choices",
            "title": {"en": "What is it about?"},
            "help": {"en": "Choose everything that applies."},
            "source": source,
            "multiple": True,
            "required": True,
            "min": 1,
            "options": [
                _option("product", "The product", "1"),
                _option("delivery", "Delivery", "2"),
                _option("price", "Price", "3"),
                _option("other", "Something else", "4"),
            ],
        }
    ]


def _image_class(source: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "class",
            "tool": "choices",
            "title": {"en": "What does the image show?"},
            "source": source,
            "required": True,
            "options": [
                _option("animal", "An animal", "1"),
                _option("person", "A person", "2"),
                _option("thing", "A thing", "3"),
                _option("unclear", "It cannot be told", "4"),
            ],
        }
    ]


def _check(source: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "correct",
            "tool": "choices",
            "title": {"en": "Is it correct?"},
            "source": source,
            "required": True,
            "options": [_option("yes", "Yes", "1", "#0a6a6f"), _option("no", "No", "2", "#a11d2b")],
        },
        {
            "name": "problem",
            "tool": "choices",
            "title": {"en": "What is wrong with it?"},
            "source": source,
            "required": True,
            "multiple": True,
            "when": {"field": "correct", "op": "eq", "value": "no"},
            "options": [
                _option("facts", "The facts", "1"),
                _option("language", "The language", "2"),
                _option("other", "Something else", "3"),
            ],
        },
    ]
