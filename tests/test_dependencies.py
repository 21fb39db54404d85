"""Version floors that security needs (see SECURITY.md): older releases have known holes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "Django": (5, 2, 17),
    "djangorestframework": (3, 17, 2),
    "django-allauth": (65, 19, 4),
    "celery": (5, 2, 2),
    "Pillow": (12, 3, 0),
    "web3": (7, 15),
    "vyper": (0, 4, 3),
}
COPYLEFT = ("snekmate", "pymupdf", "label-studio")


def pins() -> dict[str, tuple[int, ...]]:
    found = {}
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([0-9.]+)", line)
        if match:
            found[match[1]] = tuple(int(part) for part in match[2].strip(".").split("."))
    return found


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_a_pinned_version_is_above_its_floor(name: str, floor: tuple[int, ...]) -> None:
    assert pins()[name] >= floor


def test_the_contract_compiler_is_exactly_the_measured_one() -> None:
    assert pins()["vyper"] == (0, 4, 3)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_everything_is_pinned(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()

    loose = [line for line in lines if line.strip() and not line.startswith(("#", "-r")) and "==" not in line]

    assert loose == []


def test_nothing_with_a_copyleft_licence_is_required() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8").lower()

    assert [name for name in COPYLEFT if name in text] == []
