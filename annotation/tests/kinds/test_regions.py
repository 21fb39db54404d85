"""Places that comments point at: found, named, and told when they are gone."""

import pytest

from annotation.exceptions import AnnotationError
from annotation.kinds.regions import is_there, places, read_region, region_title
from annotation.kinds.schema import parse_schema

TOPICS = {
    "schema": "1",
    "data": {"text": {"type": "text"}, "photo": {"type": "image"}},
    "fields": [
        {
            "name": "topics", "tool": "choices", "multiple": True, "required": True, "title": {"en": "Topics", "fr": "Sujets"},
            "options": [
                {"value": "sport", "title": {"en": "Sport", "fr": "Le sport"}},
                {"value": "food", "title": {"en": "Food"}},
            ],
        },
        {
            "name": "taste", "tool": "choices", "required": False, "title": {"en": "Taste"},
            "options": [{"value": "good", "title": {"en": "Good"}}, {"value": "bad", "title": {"en": "Bad"}}],
            "when": {"field": "topics", "op": "count>=", "value": 2},
        },
    ],
}  # fmt: skip
SCHEMA = parse_schema(TOPICS)
VALUE = {"topics": ["sport", "food"], "taste": "good"}
# Astral, combining, right to left, and both sorts of line ends.
TEXT = "😀 שלום\r\ncafe\u0301 👩‍👩‍👧 end"


def read(raw, value=VALUE):
    return read_region(SCHEMA, value, {"text": TEXT, "photo": "x"}, raw)


def test_offsets_are_code_points_and_the_quote_is_the_slice():
    region = read({"on": "text", "source": "text", "start": 2, "end": 6})

    assert region == {"on": "text", "source": "text", "start": 2, "end": 6, "quote": TEXT[2:6]}
    assert region_title(SCHEMA, region, "en", value=VALUE) == "“שלום”"


def test_words_alone_are_found_where_they_first_occur():
    region = read({"on": "text", "source": "text", "quote": "👩‍👩‍👧 end"})

    assert TEXT[region["start"] : region["end"]] == "👩‍👩‍👧 end"


def test_what_a_browser_quotes_is_not_believed():
    region = read({"on": "text", "source": "text", "start": 0, "end": 1, "quote": "something else"})

    assert region["quote"] == "😀"


@pytest.mark.parametrize(
    "raw",
    [
        None, [], "answer", {}, {"on": "nowhere"}, {"on": "field"}, {"on": "field", "field": "unknown"},
        {"on": "field", "field": ["topics"]}, {"on": "part", "field": "topics", "part": "neither"},
        {"on": "part", "field": "topics", "part": 1}, {"on": "text", "source": "photo", "start": 0, "end": 1},
        {"on": "text", "source": "hidden", "start": 0, "end": 1}, {"on": "text", "source": ["text"], "start": 0, "end": 1},
        {"on": "text", "source": "text", "start": 3, "end": 3}, {"on": "text", "source": "text", "start": -1, "end": 3},
        {"on": "text", "source": "text", "start": True, "end": 3}, {"on": "text", "source": "text", "start": 0, "end": 999},
        {"on": "text", "source": "text", "quote": "not there"}, {"on": "text", "source": "text", "quote": ""},
        {"on": "text", "source": "text"},
    ],
)  # fmt: skip
def test_a_place_that_is_not_there_is_refused(raw):
    with pytest.raises(AnnotationError) as refusal:
        read(raw)

    assert (refusal.value.code, refusal.value.field, refusal.value.status) == ("no_region", "region", 422)


def test_a_long_passage_is_quoted_short_and_keeps_its_offsets():
    region = read_region(SCHEMA, VALUE, {"text": "a" * 1000}, {"on": "text", "source": "text", "start": 0, "end": 1000})

    assert (region["end"], len(region["quote"])) == (1000, 200)


def test_an_option_that_is_not_chosen_any_more_is_gone_and_keeps_its_words():
    region = read({"on": "part", "field": "topics", "part": "sport"})

    assert is_there(SCHEMA, VALUE, region)
    assert not is_there(SCHEMA, {"topics": ["food"]}, region)
    assert region_title(SCHEMA, region, "fr", value=VALUE) == "Sujets Le sport"
    assert region_title(SCHEMA, region, "fr", value={"topics": ["food"]}) == "Sujets Sport"


def test_a_question_that_is_not_asked_any_more_is_gone():
    region = read({"on": "field", "field": "taste"})

    assert is_there(SCHEMA, {"topics": ["sport", "food"]}, region)
    assert not is_there(SCHEMA, {"topics": ["sport"]}, region)


def test_the_places_of_an_answer_are_the_whole_its_questions_and_what_was_chosen():
    titles = [title for _region, title in places(SCHEMA, VALUE, "en")]

    assert titles == ["The whole answer", "Topics", "Topics Sport", "Topics Food", "Taste", "Taste Good"]
