import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.words import read_words, write_words


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Hello, World!", ["hello", "world"]),
        ("don’t  DON'T", ["don't", "don't"]),
        ("a well-known man", ["a", "well", "known", "man"]),
        ("wait -- what", ["wait", "what"]),
        ("'tis 20 o'clock", ["tis", "20", "o'clock"]),
        ("東京へ行く。", ["東", "京", "へ", "行", "く"]),
        ("naïve na\u0131ve", ["naïve", "na\u0131ve"]),
        ("", []),
        (" ... ", []),
    ],
)
def test_words_are_what_was_said(text, keys):
    assert [word.key for word in read_words(text)] == keys


@pytest.mark.parametrize(
    "text", ["Hello, World!", "a well-known man", "either/or", "東京へ行く", "I said: 'no'.", "one"]
)
def test_words_are_written_as_they_were_read(text):
    assert write_words(read_words(text)) == text


@given(text=st.text(max_size=60))
def test_what_is_written_reads_the_same(text):
    words = read_words(text)

    assert [word.key for word in read_words(write_words(words))] == [word.key for word in words]


def test_half_of_a_compound_is_not_glued_to_a_new_neighbour():
    well, known = read_words("well-known")
    [man] = read_words("man")

    assert write_words([well, man]) == "well man"
    assert write_words([man, known]) == "man known"
