"""The house of STYLE: an app knows only what stands to its right, and no room looks up."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["config", "registry", "annotation", "rewards", "accounts", "lib"]
# What one app may use of another: its face. Everything else of it is private.
FACE = {"models", "domain", "queries", "access", "exceptions", "money", "languages", "references"}
# Rooms of an app, and the rooms of the same app each may import.
ROOMS = {
    "models": {"models"},
    "exceptions": set(),
    "queries": {
        "models",
        "queries",
        "kinds",
        "agreement",
        "formats",
        "pricing",
        "eligibility",
        "exam_rules",
        "money",
        "exceptions",
    },
    "access": {"models", "access", "exceptions"},
    "forms": {"models", "access", "queries", "kinds", "money", "pricing", "forms", "languages", "clock"},
    "agreement": {"agreement"},
    "kinds": {"kinds", "agreement", "exceptions"},
    "formats": {"formats", "kinds"},
    "chain": {"chain", "exceptions"},
    "money": set(),
    "pricing": set(),
    "exam_rules": {"kinds", "agreement"},
    "languages": set(),
    "clock": set(),
    "eligibility": {"models"},
}
PURE = {
    "annotation/agreement",
    "annotation/kinds",
    "annotation/formats",
    "annotation/pricing.py",
    "annotation/exam_rules.py",
    "rewards/money.py",
    "rewards/chain/merkle.py",
}
DJANGO_ALLOWED_IN_PURE = {"django.utils.translation"}


def modules(folder: str) -> Iterator[Path]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        if not {"tests", "migrations", "conftest.py"} & set(path.relative_to(ROOT).parts):
            yield path


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno


def app_of(module: str) -> str | None:
    head = module.split(".")[0]
    return head if head in APPS else None


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_apps_to_its_right(app: str) -> None:
    left = set(APPS[: APPS.index(app)])

    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in modules(app)
        for module, line in imports(path)
        if app_of(module) in left
    ]

    assert wrong == []


@pytest.mark.parametrize("app", ["registry", "annotation", "rewards", "accounts"])
def test_an_app_uses_only_the_face_of_another(app: str) -> None:
    wrong = []
    for path in modules(app):
        for module, line in imports(path):
            other = app_of(module)
            parts = module.split(".")
            if other in {None, app, "lib", "config"} or len(parts) < 2:
                continue
            if parts[1] not in FACE or any(part.startswith("_") for part in parts):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")

    assert wrong == []


@pytest.mark.parametrize("app", ["annotation", "rewards", "accounts"])
def test_no_room_looks_up(app: str) -> None:
    wrong = []
    for path in modules(app):
        room = room_of(path)
        if room not in ROOMS:
            continue
        for module, line in imports(path):
            parts = module.split(".")
            if parts[0] == app and len(parts) > 1 and parts[1] not in ROOMS[room] | {room}:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {module}")

    assert wrong == []


@pytest.mark.parametrize("app", ["annotation", "rewards", "accounts"])
def test_nothing_but_urls_imports_views(app: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in modules(app)
        if room_of(path) not in {"urls", "views", "api"}
        for module, line in imports(path)
        if module.startswith((f"{app}.views", f"{app}.api.views"))
    ]

    assert wrong == []


def test_pure_rooms_do_not_know_django() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for app in APPS
        for path in modules(app)
        if any(str(path.relative_to(ROOT)).startswith(pure) for pure in PURE)
        for module, line in imports(path)
        if module.startswith(("django", "rest_framework"))
        and not any(module.startswith(allowed) for allowed in DJANGO_ALLOWED_IN_PURE)
    ]

    assert wrong == []


def test_only_the_chain_client_imports_web3() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for app in APPS
        for path in modules(app)
        for module, line in imports(path)
        if module.split(".")[0] == "web3" and path.relative_to(ROOT) != Path("rewards/chain/client.py")
    ]

    assert wrong == []


def test_only_settings_read_the_environment() -> None:
    allowed = {Path("config/env.py"), Path("config/celery.py"), Path("config/wsgi.py"), Path("config/gunicorn.py")}
    wrong = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in modules(app)
        if path.relative_to(ROOT) not in allowed
        and ("os.environ" in path.read_text(encoding="utf-8") or "os.getenv" in path.read_text(encoding="utf-8"))
    ]

    assert wrong == []


def test_only_the_ledger_creates_entries() -> None:
    creates = re.compile(r"(?<!Audit)Entry\(|(?<!Audit)Entry\.objects\.(create|bulk_create)|INSERT INTO rewards_entry")
    wrong = [
        str(path.relative_to(ROOT))
        for app in ("registry", "annotation", "rewards")
        for path in modules(app)
        if path.relative_to(ROOT) not in {Path("rewards/domain/ledger.py"), Path("rewards/models/ledger.py")}
        and any(creates.search(line) for line in path.read_text(encoding="utf-8").splitlines() if "class " not in line)
    ]

    assert wrong == []
