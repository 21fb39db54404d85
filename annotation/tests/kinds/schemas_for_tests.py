"""Schemas to test with."""

from copy import deepcopy

from annotation.kinds.schema import Schema, parse_schema

OPTIONS = [
    {"value": "pos", "title": {"en": "Positive", "fr": "Positif"}, "key": "1", "color": "#2a9d8f"},
    {"value": "neg", "title": {"en": "Negative"}, "key": "2"},
    {"value": "mixed"},
]
SENTIMENT = {
    "schema": "1",
    "data": {"text": {"type": "text"}},
    "fields": [
        {"name": "sentiment", "tool": "choices", "title": {"en": "How does it sound?"}, "options": OPTIONS},
        {
            "name": "topics",
            "tool": "choices",
            "multiple": True,
            "required": False,
            "max": 2,
            "options": [{"value": value} for value in ("food", "staff", "price", "place")],
        },
        {
            "name": "why",
            "tool": "choices",
            "options": [{"value": "rude"}, {"value": "slow"}],
            "when": {"field": "sentiment", "op": "in", "value": ["neg", "mixed"]},
        },
    ],
}


def raw_schema(**changes) -> dict:
    return deepcopy(SENTIMENT) | changes


def sentiment_schema() -> Schema:
    return parse_schema(SENTIMENT)


def one_field(**properties) -> Schema:
    field = {"name": "answer", "tool": "choices", "options": OPTIONS} | properties
    return parse_schema({"schema": "1", "data": {"text": {"type": "text"}}, "fields": [field]})
