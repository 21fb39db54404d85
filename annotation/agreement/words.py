"""Free text as words that can be compared: what was said, apart from how it was written."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# Scripts that put no space between words are compared character by character.
UNSPACED = (
    "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f"
)
DASHES = "-\u2010-\u2015/"
_PIECE = re.compile(rf"\s*(?:[{UNSPACED}]|[^\s{UNSPACED}{DASHES}]+[{DASHES}]*|[{DASHES}]+)")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_DASH_AT_END = re.compile(f"[{DASHES}]+$")
APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u0060": "'", "\u00b4": "'"})


@dataclass(frozen=True, slots=True, order=True)
class Word:
    """`key` is what is compared; `written` is how it stood there; `is_glued`: no space parted it from what was
    before it."""

    key: str
    written: str
    is_glued: bool = False


def read_words(text: str) -> list[Word]:
    words: list[Word] = []
    for piece in _PIECE.findall(unicodedata.normalize("NFC", text)):
        written = piece.strip()
        key = _key(written)
        if key:
            words.append(Word(key, written, bool(words) and piece == written))
    return words


def _key(written: str) -> str:
    folded = unicodedata.normalize("NFKC", written).casefold().translate(APOSTROPHES)
    kept = "".join(letter for letter in folded if letter == "'" or unicodedata.category(letter)[0] in "LMNS")
    return kept.strip("'")


def write_words(words: Sequence[Word]) -> str:
    """Written together as they were, where that still makes sense between new neighbours."""
    text = ""
    for word in words:
        if text and not (word.is_glued and _may_touch(text[-1], word.written[0])):
            text = _DASH_AT_END.sub("", text) + " "
        text += word.written
    return _DASH_AT_END.sub("", text)


def _may_touch(before: str, after: str) -> bool:
    return bool(_DASH_AT_END.search(before) or _UNSPACED.match(before) or _UNSPACED.match(after))
