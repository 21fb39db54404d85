import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.spaces import AnyOf, OneOf
from annotation.kinds.label_studio import label_studio_config, label_studio_results, object_names
from annotation.kinds.schema import parse_schema
from annotation.tests.kinds.schemas_for_tests import one_field, raw_schema, sentiment_schema

VALUES = ["pos", "neg", "mixed"]
chances = st.lists(st.floats(0, 1), min_size=3, max_size=3)


def only(schema):
    return schema.fields[0]


def test_one_choice_is_one_class_of_so_many():
    field = only(one_field())

    assert field.space == OneOf(3)
    assert [field.plain(value) for value in VALUES] == [0, 1, 2]


def test_a_choice_that_may_be_left_blank_has_blank_as_a_class():
    field = only(one_field(required=False))

    assert field.space == OneOf(4)
    assert field.plain(None) == 3
    assert field.decide([0.1, 0.1, 0.1, 0.7]).value is None
    assert field.decide([0.1, 0.1, 0.1, 0.7]).confidence == 0.7


def test_several_choices_are_a_question_per_option():
    field = only(one_field(multiple=True))

    assert field.space == AnyOf(3)
    assert field.plain(["mixed", "pos"]) == [0, 2]
    assert field.plain(None) == []


def test_the_likeliest_choice_wins_and_a_tie_goes_to_the_option_listed_first():
    assert only(one_field()).decide([0.2, 0.5, 0.3]).value == "neg"

    tied = only(one_field()).decide([0.4, 0.2, 0.4])

    assert (tied.value, tied.confidence) == ("pos", 0.4)
    assert tied.options == {"pos": 0.4, "mixed": 0.4, "neg": 0.2}


def test_a_set_has_the_options_likelier_in_than_out_and_the_confidence_of_the_least_sure():
    decision = only(one_field(multiple=True)).decide([0.9, 0.2, 0.7])

    assert decision.value == ["pos", "mixed"]
    assert decision.confidence == pytest.approx(0.7)


def test_a_decided_set_keeps_the_limits_that_annotators_had():
    two = only(one_field(multiple=True, min=2, max=2))

    assert two.decide([0.9, 0.8, 0.95]).value == ["pos", "mixed"]
    assert two.decide([0.9, 0.8, 0.95]).confidence == pytest.approx(0.2)
    assert two.decide([0.9, 0.1, 0.2]).value == ["pos", "mixed"]
    assert only(one_field(multiple=True)).decide([0.1, 0.2, 0.1]).value == ["neg"]
    assert only(one_field(multiple=True, required=False)).decide([0.1, 0.2, 0.1]).value is None


@given(probabilities=chances, required=st.booleans(), least=st.integers(0, 3), most=st.integers(1, 3))
def test_every_decision_is_an_answer_that_would_be_accepted(probabilities, required, least, most):
    if least > most:
        return
    field = only(one_field(multiple=True, required=required, min=least, max=most))

    value = field.decide(probabilities).value

    assert (value is None and not required) or field.check(value) == []


@given(chosen=st.sets(st.sampled_from(VALUES), min_size=1))
def test_a_set_survives_the_way_to_plain_labels_and_back(chosen):
    field = only(one_field(multiple=True))

    back = field.decide(field.space.certain(field.plain(list(chosen))))

    assert (set(back.value), back.confidence) == (chosen, 1.0)


@pytest.mark.parametrize("value", VALUES)
def test_a_choice_survives_the_way_to_plain_labels_and_back(value):
    field = only(one_field())

    assert field.decide(field.space.certain(field.plain(value))).value == value


@pytest.mark.parametrize(
    ("multiple", "one", "other", "expected"),
    [
        (False, "pos", "pos", 0),
        (False, "pos", "neg", 1),
        (False, None, None, 0),
        (True, ["pos"], ["pos"], 0),
        (True, ["pos", "neg"], ["neg"], 0.5),
        (True, ["pos"], ["neg"], 1),
        (True, None, ["neg"], 1),
        (True, None, [], 0),
    ],
)
def test_distance_counts_what_is_not_shared(multiple, one, other, expected):
    field = only(one_field(multiple=multiple))

    assert field.kind.distance(field, one, other) == expected
    assert field.kind.distance(field, other, one) == expected


def test_csv_has_one_cell_and_several_choices_stay_apart_whatever_they_contain():
    single, many = only(one_field()), only(one_field(multiple=True))

    assert single.kind.csv_columns(single) == ["answer"]
    assert single.kind.csv_cells(single, "pos") == ["pos"]
    assert single.kind.csv_cells(single, None) == [""]
    assert json.loads(many.kind.csv_cells(many, ["a, b", "c|d", "é"])[0]) == ["a, b", "c|d", "é"]
    assert many.kind.csv_cells(many, []) == [""]


def test_label_studio_rows_carry_every_answer():
    rows = label_studio_results(sentiment_schema(), {"sentiment": "neg", "topics": ["food", "place"], "why": None})

    assert rows == [
        {"from_name": "sentiment", "to_name": "text", "type": "choices", "value": {"choices": ["neg"]}},
        {"from_name": "topics", "to_name": "text", "type": "choices", "value": {"choices": ["food", "place"]}},
    ]


def test_label_studio_config_shows_titles_stores_values_and_says_what_is_lost():
    config = label_studio_config(sentiment_schema(), locale="fr")

    root = ElementTree.fromstring(config.xml)
    sentiment, topics, why = root.findall("Choices")
    assert root.find("Text").attrib == {"name": "text", "value": "$text"}
    assert sentiment.find("Choice").attrib == {
        "value": "Positif",
        "alias": "pos",
        "hotkey": "1",
        "background": "#2a9d8f",
    }
    assert (sentiment.get("choice"), topics.get("choice")) == ("single", "multiple")
    assert (sentiment.get("required"), topics.get("required")) == ("true", "false")
    assert (why.get("visibleWhen"), why.get("whenTagName")) == ("choice-selected", "sentiment")
    assert why.get("whenChoiceValue") == "neg,mixed"
    assert config.losses == ["Field “topics”: the numbers of choices allowed are left out."]


@pytest.mark.parametrize(
    ("when", "is_lost"),
    [
        ({"field": "sentiment", "op": "eq", "value": "neg"}, False),
        ({"field": "sentiment", "op": "answered"}, False),
        ({"field": "sentiment", "op": "ne", "value": "neg"}, True),
        ({"field": "topics", "op": "count>=", "value": 2}, True),
    ],
)
def test_label_studio_config_says_when_a_condition_is_lost(when, is_lost):
    raw = raw_schema()
    raw["fields"][2]["when"] = when

    losses = label_studio_config(parse_schema(raw)).losses

    assert ("Field “why”: its condition is left out, it will always be shown." in losses) == is_lost


def test_label_studio_config_carries_the_help_of_an_option_as_its_hint_and_says_when_a_language_is_lost():
    options = [{"value": "yes", "help": {"en": "Also when unsure"}}, {"value": "no"}]
    one = label_studio_config(one_field(options=options))
    options[0]["help"]["fr"] = "Même en cas de doute"

    several = label_studio_config(one_field(options=options), locale="fr")

    assert [each.get("hint") for each in ElementTree.fromstring(one.xml).iter("Choice")] == ["Also when unsure", None]
    assert one.losses == []
    assert next(ElementTree.fromstring(several.xml).iter("Choice")).get("hint") == "Même en cas de doute"
    assert several.losses == ["Field “answer”: the help of its options is carried in one language only."]


def test_label_studio_config_escapes_what_clients_write():
    schema = one_field(title={"en": '"><script>&'}, options=[{"value": "<a>"}, {"value": "\"b\" & 'c'"}])

    root = ElementTree.fromstring(label_studio_config(schema).xml)

    assert root.find("Header").get("value") == '"><script>&'
    assert [choice.get("alias") for choice in root.iter("Choice")] == ["<a>", "\"b\" & 'c'"]


def test_label_studio_names_are_plain_and_differ_from_the_fields():
    raw = raw_schema(data={"why": {"type": "text"}, "Review text": {"type": "text"}, "Review-text": {"type": "image"}})
    for field in raw["fields"]:
        field["source"] = "why"

    assert object_names(parse_schema(raw)) == {
        "why": "why_2",
        "Review text": "Review_text",
        "Review-text": "Review_text_2",
    }
