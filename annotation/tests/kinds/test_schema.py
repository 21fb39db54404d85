import json

import pytest
from jsonschema import Draft202012Validator

from annotation.kinds import KINDS
from annotation.kinds.schema import SchemaRefused, interface_schema, parse_schema, schema_for
from annotation.tests.kinds.schemas_for_tests import OPTIONS, raw_schema


def errors_of(raw):
    with pytest.raises(SchemaRefused) as refused:
        parse_schema(raw)
    return {error.path: error.message for error in refused.value.errors}


def with_field(number=0, **changes):
    raw = raw_schema()
    raw["fields"][number] |= changes
    return raw


def with_option(number=0, **changes):
    raw = raw_schema()
    raw["fields"][0]["options"] = [dict(option) for option in OPTIONS]
    raw["fields"][0]["options"][number] |= changes
    return raw


def test_a_parsed_schema_knows_its_fields_and_the_columns_it_needs():
    schema = parse_schema(raw_schema())

    assert [field.name for field in schema.fields] == ["sentiment", "topics", "why"]
    assert [field.kind.name for field in schema.fields] == ["choices"] * 3
    assert schema.by_name["why"].when.field == "sentiment"
    assert schema.payload_fields == ("text",)
    assert (schema.data[0].type, schema.data[0].dir) == ("text", "auto")


def test_a_parsed_schema_writes_out_every_default_and_is_stable():
    raw = raw_schema()

    schema = parse_schema(raw)

    assert raw == raw_schema()
    assert schema.raw["data"] == {"text": {"type": "text", "dir": "auto"}}
    assert schema.raw["fields"][0]["source"] == "text"
    assert schema.raw["fields"][0]["required"] is True
    assert schema.raw["fields"][0]["multiple"] is False
    assert schema.raw["fields"][1]["required"] is False
    assert parse_schema(json.loads(json.dumps(schema.raw))).raw == schema.raw


def test_the_published_schema_is_valid_and_accepts_what_is_accepted():
    Draft202012Validator.check_schema(interface_schema())
    validator = Draft202012Validator(interface_schema())

    assert validator.is_valid(raw_schema())
    assert validator.is_valid(parse_schema(raw_schema()).raw)
    assert not validator.is_valid(with_field(colour="red"))


def test_every_kind_is_registered_under_its_own_name():
    assert all(kind.name == name for name, kind in KINDS.items())
    assert "choices" in KINDS


def test_all_errors_are_told_with_their_places():
    raw = with_option(0, value="neg", key="2")
    raw["fields"][1]["name"] = "sentiment"
    raw["fields"][2]["source"] = "photo"

    assert errors_of(raw) == {
        "fields[0].options[1].value": "Another option has the value “neg” already: values must differ.",
        "fields[0].options[1].key": "Another option has the shortcut “2” already: choose another key.",
        "fields[1].name": "Another field is called “sentiment” already: choose another name.",
        "fields[2].source": "The data has no part “photo”; use one of “text”.",
    }


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        ([], "", "an object in curly braces"),
        (raw_schema(schema="2"), "schema", "This must be “1”."),
        ({"schema": "1", "data": {"text": {"type": "text"}}}, "", "Add the missing property “fields”."),
        (raw_schema(extra=1), "", "Remove “extra”"),
        (raw_schema(data={}), "data", "at least one"),
        (raw_schema(data={"text": {"type": "smell"}}), "data.text.type", "Use one of “text”, “image”."),
        (raw_schema(data={"Review text": {}}), 'data["Review text"]', "Add the missing property “type”."),
        (raw_schema(data={"a\nb": {"type": "text"}}), "data", "control characters"),
        (raw_schema(fields=[]), "fields", "at least one"),
        (raw_schema(fields=[{"name": "a", "tool": "choices"}] * 51), "fields", "at most 50"),
        (with_field(name="1st"), "fields[0].name", "Begin with a letter"),
        (with_field(name="a b"), "fields[0].name", "Use only letters"),
        (with_field(name="a\n"), "fields[0].name", "Use only letters"),
        (with_field(name="a" * 64), "fields[0].name", "at most 63"),
        (with_field(tool="telepathy"), "fields[0].tool", "There is no tool “telepathy”; use one of “choices”."),
        (with_field(colour="red"), "fields[0]", "Remove “colour”"),
        (with_field(title="Plain"), "fields[0].title", "an object in curly braces"),
        (with_field(title={}), "fields[0].title", "at least one"),
        (with_field(title={"english": "x"}), "fields[0].title", "language tag"),
        (with_field(title={"en": ""}), "fields[0].title.en", "at least one character"),
        (with_field(required="yes"), "fields[0].required", "true or false"),
        (with_field(options=[]), "fields[0].options", "at least one"),
        (with_field(options=[{"value": "a"}]), "fields[0].options", "at least two"),
        (with_field(options=[{"value": str(n)} for n in range(1001)]), "fields[0].options", "at most 1000"),
        (with_option(value=""), "fields[0].options[0].value", "at least one character"),
        (with_option(value="v" * 201), "fields[0].options[0].value", "at most 200"),
        (with_option(value="a\n"), "fields[0].options[0].value", "control characters"),
        (with_option(value=7), "fields[0].options[0].value", "a text in quotes"),
        (with_option(key="ab"), "fields[0].options[0].key", "one digit or one small letter"),
        (with_option(key="A"), "fields[0].options[0].key", "one digit or one small letter"),
        (with_option(color="red"), "fields[0].options[0].color", "such as #1f77b4"),
        (with_field(min=1), "fields[0].min", "set “multiple” to true"),
        (with_field(1, max=5), "fields[1].max", "only 4 options"),
        (with_field(1, max=0), "fields[1].max", "1 or more"),
        (with_field(1, min=3), "fields[1].min", "must not exceed"),
        (with_field(1, min=1.5), "fields[1].min", "a whole number"),
        (with_field(0, when={"field": "why", "op": "answered"}), "fields[0].when.field", "not an earlier field"),
        (with_field(0, when={"field": "sentiment", "op": "answered"}), "fields[0].when.field", "not an earlier field"),
        (with_field(2, when={"field": "sentiment", "op": "like"}), "fields[2].when.op", "Use one of “eq”"),
        (with_field(2, when={"field": "sentiment", "op": "eq"}), "fields[2].when.value", "Say the value"),
        (with_field(2, when={"field": "sentiment", "op": "eq", "value": "x"}), "fields[2].when.value", "“x” is not"),
        (with_field(2, when={"field": "sentiment", "op": "eq", "value": ["pos"]}), "fields[2].when.value", "use “in”"),
        (with_field(2, when={"field": "sentiment", "op": "in", "value": "pos"}), "fields[2].when.value", "a list"),
        (with_field(2, when={"field": "topics", "op": "count>=", "value": 0}), "fields[2].when.value", "1 or more"),
        (with_field(2, when={"field": "topics", "op": "count>=", "value": 3}), "fields[2].when.value", "At most 2"),
        (with_field(2, when={"field": "topics", "op": "answered", "value": 1}), "fields[2].when.value", "no value"),
    ],
)
def test_an_error_says_where_and_what_to_do(raw, path, words):
    errors = errors_of(raw)

    assert path in errors
    assert words in errors[path]


@pytest.mark.parametrize("text", ["\ud800", "\x00"])
def test_text_that_the_database_cannot_hold_is_refused(text):
    assert list(errors_of(with_field(title={"en": f"a{text}b"}))) == [""]


def test_a_backslash_that_only_looks_like_a_null_character_is_fine():
    assert parse_schema(with_field(title={"en": r"about \u0000"})).fields[0].titles["en"] == r"about \u0000"


def test_a_schema_beyond_the_size_limit_is_refused():
    options = [{"value": f"{n}", "help": {"en": "x" * 1500}} for n in range(1000)]

    assert "larger than 1000 kB" in errors_of(with_field(options=options))[""]


def test_a_refusal_names_at_most_as_many_errors_as_a_person_would_read():
    with pytest.raises(SchemaRefused) as refused:
        parse_schema(with_field(options=[{"value": 1}] * 900))

    assert len(refused.value.errors) == 50
    assert (refused.value.code, refused.value.status) == ("invalid_schema", 422)


def test_a_stored_version_is_parsed_once():
    raw = raw_schema()

    assert schema_for(("project", 1), raw) is schema_for(("project", 1), {})
    assert schema_for(("project", 2), raw) is not schema_for(("project", 1), raw)
