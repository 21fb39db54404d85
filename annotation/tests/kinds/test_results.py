import json
import shutil
import subprocess
import timeit
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from annotation.kinds.conditions import Condition
from annotation.kinds.results import canonical_result, missing_data, result_schema, validate_result
from annotation.kinds.titles import title_in
from annotation.tests.kinds.schemas_for_tests import one_field, sentiment_schema

CASES = json.loads(Path(__file__).with_name("conditions.json").read_text())
WHEN_JS = Path(__file__).resolve().parents[3] / "static" / "js" / "workbench" / "when.js"


def errors_of(result, schema=None):
    return {error.path: error.message for error in validate_result(schema or sentiment_schema(), result)}


@pytest.mark.parametrize(
    "result",
    [
        {"sentiment": "pos"},
        {"sentiment": "pos", "topics": []},
        {"sentiment": "pos", "topics": None, "why": None},
        {"sentiment": "pos", "topics": ["food", "place"]},
        {"sentiment": "neg", "why": "rude"},
    ],
)
def test_a_fitting_result_has_no_errors(result):
    assert errors_of(result) == {}


@pytest.mark.parametrize(
    ("result", "path", "words"),
    [
        ("pos", "", "must be an object"),
        ({"sentiment": "pos", "mood": "x"}, "mood", "no such field"),
        ({}, "sentiment", "Please answer"),
        ({"sentiment": ""}, "sentiment", "Please answer"),
        ({"sentiment": "good"}, "sentiment", "“good” is not one of the options."),
        ({"sentiment": ["pos"]}, "sentiment", "is not one of the options"),
        ({"sentiment": {"a": 1}}, "sentiment", "is not one of the options"),
        ({"sentiment": True}, "sentiment", "is not one of the options"),
        ({"sentiment": "pos", "topics": "food"}, "topics", "a list"),
        ({"sentiment": "pos", "topics": ["food", "food"]}, "topics", "only once"),
        ({"sentiment": "pos", "topics": [["food"]]}, "topics", "is not one of the options"),
        ({"sentiment": "pos", "topics": ["food", "staff", "price"]}, "topics", "at most 2"),
        ({"sentiment": "neg"}, "why", "Please answer"),
        ({"sentiment": "pos", "why": "rude"}, "why", "not asked"),
    ],
)
def test_an_error_names_the_field_and_says_what_to_do(result, path, words):
    errors = errors_of(result)

    assert list(errors) == [path]
    assert words in errors[path]


@pytest.mark.parametrize("result", [{"\ud800": 1}, {"sentiment": "\ud800"}, {"sentiment": "x" * 10_000}])
def test_a_refusal_can_be_sent_whatever_was_in_the_result(result):
    for error in validate_result(sentiment_schema(), result):
        assert (error.path + error.message).encode()
        assert len(error.message) < 200


def test_a_flood_of_unknown_fields_is_not_answered_in_full():
    assert len(validate_result(sentiment_schema(), {str(number): 1 for number in range(5000)})) < 30


def test_too_few_choices_are_refused_but_a_blank_is_not_when_it_may_be_left():
    schema = one_field(multiple=True, min=2, required=False)

    assert errors_of({}, schema) == {}
    assert "at least 2" in errors_of({"answer": ["pos"]}, schema)["answer"]


def test_a_field_behind_a_hidden_field_is_hidden_too():
    raw = sentiment_schema().raw
    raw = raw | {
        "fields": [
            *raw["fields"],
            {
                "name": "how",
                "tool": "choices",
                "options": [{"value": "a"}, {"value": "b"}],
                "when": {"field": "why", "op": "answered"},
            },
        ]
    }
    from annotation.kinds.schema import parse_schema

    errors = errors_of({"sentiment": "pos", "why": "rude", "how": "a"}, parse_schema(raw))

    assert sorted(errors) == ["how", "why"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["pos", "neg", "mixed"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "schema",
    [one_field(), one_field(multiple=True), one_field(multiple=True, min=2, max=2)],
    ids=["one", "many", "two"],
)
@given(value=json_values | st.lists(st.sampled_from(["pos", "neg", "mixed"]), max_size=4))
def test_the_fast_check_and_the_published_value_schema_say_the_same(schema, value):
    field = schema.fields[0]
    if value in (None, "", [], {}):
        return

    fits = Draft202012Validator(field.kind.value_schema(field.config)).is_valid(value)

    assert (field.check(value) == []) == fits


def test_the_published_result_schema_is_valid_and_fits_a_result():
    published = result_schema(sentiment_schema())

    Draft202012Validator.check_schema(published)
    assert Draft202012Validator(published).is_valid({"sentiment": "neg", "why": "rude"})
    assert not Draft202012Validator(published).is_valid({"why": "rude"})


def test_equal_answers_are_equal_bytes_in_canonical_form():
    one = canonical_result(sentiment_schema(), {"topics": ["place", "food"], "sentiment": "pos", "why": None})
    other = canonical_result(sentiment_schema(), {"sentiment": "pos", "topics": ["food", "place"]})

    assert json.dumps(one) == json.dumps(other) == '{"sentiment": "pos", "topics": ["food", "place"]}'


def test_missing_data_names_the_absent_and_the_empty_columns():
    assert missing_data(sentiment_schema(), {"text": "Fine."}) == []
    assert missing_data(sentiment_schema(), {"text": ""}) == ["text"]
    assert missing_data(sentiment_schema(), {"other": "x"}) == ["text"]


def test_validation_of_a_simple_result_is_fast():
    schema = sentiment_schema()
    result = {"sentiment": "neg", "topics": ["food"], "why": "rude"}

    seconds = min(timeit.repeat(lambda: validate_result(schema, result), number=200, repeat=5)) / 200

    assert seconds < 100e-6


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['answer']} {case['when']}")
def test_a_condition_holds_or_not(case):
    condition = Condition("f", case["when"]["op"], case["when"].get("value"))

    assert condition.holds({"f": case["answer"]}) == case["holds"]


def test_the_browser_evaluates_conditions_alike(tmp_path):
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not installed")
    script = tmp_path / "check.mjs"
    script.write_text(
        f"import {{ holds }} from {json.dumps(WHEN_JS.as_uri())};\n"
        f"console.log(JSON.stringify({json.dumps(CASES)}.map((c) => holds(c.when, c.answer))));\n"
    )
    (tmp_path / "package.json").write_text('{"type": "module"}')

    done = subprocess.run([node, script], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [case["holds"] for case in CASES]


@pytest.mark.parametrize(
    ("titles", "locale", "expected"),
    [
        ({"en": "Dog", "fr": "Chien"}, "fr", "Chien"),
        ({"en": "Dog", "fr": "Chien"}, "fr-CA", "Chien"),
        ({"en": "Dog", "pt-BR": "Cachorro"}, "pt_br", "Cachorro"),
        ({"en": "Dog", "fr": "Chien"}, "ja", "Dog"),
        ({"fr": "Chien", "de": "Hund"}, "ja", "Chien"),
        ({}, "en", "fallback"),
        (None, "en", "fallback"),
    ],
)
def test_a_title_comes_in_the_readers_language_or_the_nearest(titles, locale, expected):
    assert title_in(titles, locale, fallback="fallback") == expected
