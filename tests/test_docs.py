"""The documentation and the code say the same, both ways."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from config.celery import TIMETABLE
from tests import write_addresses

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
OPERATING = DOCS / "operating"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "stack" / "README.md"])
# Words in backticks that look like a path of ours begin with one of these.
ROOMS = (
    "config/", "lib/", "accounts/", "rewards/", "annotation/", "registry/", "contracts/", "stack/", "tests/", "docs/",
    "templates/", "static/", "loop/", "bench/", "locale/",
)  # fmt: skip
# Written by the product, not kept in the tree.
MADE = ("contracts/build",)
AROUND = {"MAKELEVEL", "DJANGO_SETTINGS_MODULE", "PATH", "TMPDIR", "HOME", "SHELL", "DEBIAN_FRONTEND"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def first_cells(page: Path, heading: str = "") -> Iterator[list[str]]:
    """The code words in the first cell of every table row below `heading`, or of the whole page."""
    text = text_of(page)
    if heading:
        text = re.split(r"^## ", text.split(f"## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    for line in text.splitlines():
        if line.startswith("| `"):
            yield re.findall(r"`([^`]+)`", line.split(" | ")[0])


def settings_read() -> set[str]:
    """The names that config/settings.py hands to the readers of config/env.py."""
    tree = ast.parse(text_of(ROOT / "config" / "settings.py"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
    }


def variables_read_elsewhere() -> set[str]:
    """By the stack, the benches, the tests and make."""
    pattern = re.compile(r'(?:os\.)?(?:environ(?:\.get\(|\[)|getenv\()\s*"([A-Z][A-Z_]+)"')
    folders = ("stack", "loop", "bench", "tests", "contracts", "annotation", "rewards", "accounts", "config", "lib")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "build" not in path.parts]
    found = {name for path in files for name in pattern.findall(text_of(path))}
    return (found | set(re.findall(r"^([A-Z_]+) \?=", text_of(ROOT / "Makefile"), re.MULTILINE))) - AROUND


def test_every_setting_is_documented_and_every_documented_setting_exists():
    documented = {name for names in first_cells(OPERATING / "settings.md") for name in names}

    assert settings_read() - documented == set(), "Describe these in docs/operating/settings.md."
    assert documented - settings_read() - variables_read_elsewhere() - {"ANVIL_BIN", "ANVIL_BINARY"} == set(), (
        "Nothing reads these."
    )


def test_every_variable_of_the_tools_is_documented():
    documented = {name for names in first_cells(OPERATING / "settings.md") for name in names}

    assert variables_read_elsewhere() - settings_read() - documented == set()


def test_no_setting_is_described_twice():
    names = [name for names in first_cells(OPERATING / "settings.md") for name in names]

    assert sorted(names) == sorted(set(names))


def test_every_command_is_documented_and_every_documented_command_exists():
    ours = {name for name, app in get_commands().items() if app in {"config", "accounts", "rewards", "annotation"}}
    documented = {names[0].split()[0] for names in first_cells(OPERATING / "commands.md", "manage.py")}

    assert documented == ours


def test_every_target_of_make_is_documented_and_every_documented_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    documented = {names[0].removeprefix("make ") for names in first_cells(OPERATING / "commands.md", "make")}

    assert documented == targets


def test_every_documented_module_can_be_run():
    for names in first_cells(OPERATING / "commands.md", "Modules"):
        module = ROOT / names[0].split()[2].replace(".", "/")

        assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), names[0]


def test_the_timetable_is_documented_with_its_intervals():
    documented = {}
    for line in text_of(OPERATING / "commands.md").split("## The timetable")[1].splitlines():
        row = re.match(r"\| `([a-z-]+)` \| (?:(\d+) s|`([A-Z_]+)`) \|", line)
        if row:
            documented[row[1]] = row[2] or row[3]

    real = {name: f"{entry['schedule']:.0f}" for name, entry in TIMETABLE.items()}
    by_setting = {"settle": "SETTLEMENT_INTERVAL_SECONDS", "reconcile": "RECONCILE_INTERVAL_SECONDS"}
    assert documented == real | by_setting


def test_the_table_of_addresses_is_that_of_the_code():
    def rows(text: str) -> set[tuple[str, ...]]:
        # Without the last column: a docstring may be polished without a word here.
        return {tuple(line.split(" | ")[: 3 if "/api/" in line else 2]) for line in text.splitlines() if "| `/" in line}

    written = rows(text_of(DOCS / "addresses.md"))

    assert written == rows(write_addresses.document()), "Run `python -m tests.write_addresses`."


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r"(?:src|srcset)=\"([^\"]+)\"", text)


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    broken = []
    for link in links(page):
        if re.match(r"(https?|mailto):", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


# The guides of contributing/ name files that the reader is going to write.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name != "contributing"], ids=lambda page: str(page.relative_to(ROOT))
)
def test_paths_of_code_exist(page):
    mentioned = re.findall(r"`([\w./-]+/[\w./-]*)(?:::\w+)?`", text_of(page))

    ours = [path for path in mentioned if path.startswith(ROOMS) and not path.startswith(MADE)]
    missing = [path for path in ours if not (ROOT / path).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_variables_and_commands_in_prose_exist(page):
    text = text_of(page)
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    targets = set(re.findall(r"`make ([a-z-]+)", text))

    assert commands - set(get_commands()) == set()
    assert targets - set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE)) == set()


def test_every_page_can_be_reached_from_the_index():
    seen: set[Path] = set()
    waiting = [DOCS / "index.md", ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]

    assert sorted(str(page.relative_to(ROOT)) for page in set(DOCS.rglob("*.md")) - seen) == []


def test_decisions_are_numbered_once_and_half_a_page():
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]

    assert numbers == sorted(set(numbers))
    for path in decisions:
        assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", path.name)
        assert 60 <= len(text_of(path).split()) <= 350, path.name


def test_the_version_is_the_changelogs():
    newest = re.search(r"^## (\S+)", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    project = re.search(r'^version = "([^"]+)"', text_of(ROOT / "pyproject.toml"), re.MULTILINE)

    assert newest
    assert project
    assert newest[1] == project[1]
