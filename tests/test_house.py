"""The house itself: sizes, names, migrations. The direction of imports has a file of its own."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parent.parent
OURS = (
    "config",
    "lib",
    "accounts",
    "rewards",
    "annotation",
    "registry",
    "contracts",
    "stack",
    "loop",
    "bench",
    "storm",
    "tests",
)
APPS = ("accounts", "rewards", "annotation")
MOST_LINES = 400
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared", "services", "managers"}


def source_files(*suffixes: str, folders: tuple[str, ...] = OURS) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            if path.suffix in suffixes and not {"vendor", "build", "__pycache__", "node_modules"} & set(parts):
                yield path


def is_test(path: Path) -> bool:
    return "tests" in path.relative_to(ROOT).parts or path.name.endswith(".test.js")


def is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def test_no_file_is_long():
    files = source_files(".py", ".js", ".css", ".html", ".vy", ".vyi", folders=(*OURS, "static", "templates"))
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if not is_test(path) and not is_migration(path)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }

    assert long == {}


def test_modules_are_named_for_what_they_do():
    vague = [
        str(path.relative_to(ROOT))
        for path in source_files(".py", ".js", folders=(*OURS, "static"))
        if path.stem.removesuffix(".test") in EMPTY_NAMES or path.parent.name in EMPTY_NAMES
    ]

    assert vague == []


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_module_takes_what_another_keeps_to_itself():
    wrong = []
    for path in source_files(".py"):
        if {"tests", "migrations"} & set(path.relative_to(ROOT).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
                wrong += [f"{path.relative_to(ROOT)}: {each.name}" for each in node.names if each.name.startswith("_")]

    assert wrong == []


def test_every_signature_is_typed():
    untyped = []
    for path in source_files(".py"):
        if is_test(path) or is_migration(path) or path.relative_to(ROOT).parts[0] == "tests":
            continue
        for function in functions(path):
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            bare = [argument.arg for argument in arguments if not argument.annotation]
            if function.returns is None or set(bare) - {"self", "cls"}:
                untyped.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}")

    assert untyped == []


def test_models_have_an_order_and_a_name_for_people():
    bare = []
    for model in apps.get_models():
        if model._meta.app_label in APPS:
            if not model._meta.ordering:
                bare.append(f"{model.__name__} has no ordering")
            if "__str__" not in model.__dict__ and not any("__str__" in base.__dict__ for base in model.__mro__[1:-2]):
                bare.append(f"{model.__name__} has no __str__")

    assert bare == []


def test_constraints_are_sentences():
    words = re.compile(r"[a-z0-9]+(_[a-z0-9]+){2,}")
    short = [
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for constraint in model._meta.constraints
        if not words.fullmatch(constraint.name)
    ]

    assert short == []


def test_nothing_listens_to_the_saving_of_a_row():
    listens = re.compile(r"\b(pre|post)_(save|delete|init)\b|m2m_changed")
    found = [
        str(path.relative_to(ROOT))
        for path in source_files(".py", folders=APPS)
        if not is_test(path) and not is_migration(path) and listens.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize("app", APPS)
def test_migrations_are_one_named_line(app):
    names = sorted(path.stem for path in (ROOT / app / "migrations").glob("[0-9]*.py"))

    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert [name for name in names if "_auto_" in name or "_merge_" in name or name.endswith("_more")] == []


@pytest.mark.django_db
def test_migrations_have_one_end_each_and_come_one_after_the_other():
    loader = MigrationLoader(connection)

    assert loader.detect_conflicts() == {}
    for app in APPS:
        ours = sorted(key for key in loader.disk_migrations if key[0] == app)
        for before, after in pairwise(ours):
            assert before in loader.disk_migrations[after].dependencies, f"{after} does not follow {before}"


@pytest.mark.django_db
def test_migrations_depend_only_on_apps_to_their_right():
    loader = MigrationLoader(connection)
    order = ["annotation", "rewards", "accounts"]
    wrong = [
        f"{key} depends on {dependency}"
        for key, migration in loader.disk_migrations.items()
        if key[0] in order
        for dependency in migration.dependencies
        if dependency[0] in order and order.index(dependency[0]) < order.index(key[0])
    ]

    assert wrong == []


@pytest.mark.django_db
def test_sql_of_migrations_can_be_taken_back():
    loader = MigrationLoader(connection)
    stuck = [
        f"{key}: {operation.describe()}"
        for key, migration in loader.disk_migrations.items()
        if key[0] in APPS
        for operation in migration.operations
        if not operation.reversible
    ]

    assert stuck == []


def test_scripts_take_nothing_from_elsewhere():
    """Also a bare specifier: without a build step nothing would resolve it."""
    foreign = []
    for path in source_files(".js", folders=("static",)):
        for specifier in re.findall(r"(?:from|import)\s*\(?[\"']([^\"']+)[\"']", path.read_text(encoding="utf-8")):
            if not specifier.startswith((".", "node:")):
                foreign.append(f"{path.relative_to(ROOT)} imports {specifier}")

    assert foreign == []


def test_templates_carry_no_inline_script_style_or_handler():
    inline = re.compile(
        r"<script(?![^>]*\b(?:src=|type=\"application/json\"))|<style\b|\sstyle=\"|\son[a-z]+=\"|javascript:"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0].strip()}"
        for path in source_files(".html", folders=("templates",))
        if "emails" not in path.parts
        for match in [inline.search(path.read_text(encoding="utf-8"))]
        if match
    ]

    assert found == []
