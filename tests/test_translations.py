"""The French and Japanese catalogues are complete, keep every placeholder, and are compiled as they are written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {"fr": 2, "ja": 1}
PLACEHOLDER = re.compile(r"%\([A-Za-z_]+\)[sd]|\{[a-z_]*\}|%[sd]\b")
NOT_SOURCES = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "locale", "__pycache__", "*.mo")


def catalogue(language: str, ending: str = "po") -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / f"django.{ending}"


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize(("language", "plurals"), LANGUAGES.items())
def test_every_entry_is_translated(language: str, plurals: int) -> None:
    entries = polib.pofile(str(catalogue(language)))

    missing = [e.msgid for e in entries if not all(texts(e)) or (e.msgid_plural and len(e.msgstr_plural) != plurals)]

    assert missing == []
    assert [e.msgid for e in entries if e.fuzzy or e.obsolete] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_loses_or_invents_a_placeholder(language: str) -> None:
    wrong = []
    for entry in polib.pofile(str(catalogue(language))):
        wanted = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        for text in texts(entry):
            found = set(PLACEHOLDER.findall(text))
            # A plural form may leave out the number; nothing may name what the program does not give.
            if found - wanted or (not entry.msgid_plural and found != wanted):
                wrong.append(entry.msgid)

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    written = {(e.msgctxt, e.msgid): texts(e) for e in polib.pofile(str(catalogue(language)))}
    compiled = {(e.msgctxt, e.msgid): texts(e) for e in polib.mofile(str(catalogue(language, "mo")))}

    assert compiled == written


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext: apt-get install gettext")
def test_every_text_of_the_source_is_in_the_catalogues(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=NOT_SOURCES)
    (tree / "locale").mkdir()
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale=fr", "--no-location"],
        cwd=tree,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings_test"},
        check=True,
        capture_output=True,
    )
    used = {(e.msgctxt, e.msgid) for e in polib.pofile(str(tree / "locale/fr/LC_MESSAGES/django.po"))}

    for language in LANGUAGES:
        known = {(e.msgctxt, e.msgid) for e in polib.pofile(str(catalogue(language)))}
        assert sorted(msgid for _context, msgid in used - known) == [], f"{language}: run makemessages and translate"
        assert sorted(msgid for _context, msgid in known - used) == [], f"{language}: no longer used"
