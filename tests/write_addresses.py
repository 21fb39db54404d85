"""`python -m tests.write_addresses`: docs/addresses.md from the URL patterns. A test holds the two together."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "addresses.md"
HEAD = """# Addresses
Made by `python -m tests.write_addresses` from the URL patterns; `tests/test_docs.py` fails when it is out of date. Who
gets through where is the table of `tests/access_matrix.py`. What the API takes and gives is at `/api/v1/docs/` of every
instance, from its own description at `/api/v1/schema/`.
"""
SECTIONS = {
    "Pages": lambda address: not address.startswith(("/api/", "/accounts/", "/admin/")),
    "API": lambda address: address.startswith("/api/"),
    "Sign-in (django-allauth)": lambda address: address.startswith("/accounts/"),
}
READS = {"GET", "HEAD", "OPTIONS"}


def patterns() -> Iterator[tuple[str, str, Any]]:
    """Address, name and view of every pattern but the admin's."""
    from django.urls import URLPattern, URLResolver, get_resolver

    def walk(found: list[Any], before: str) -> Iterator[tuple[str, str, Any]]:
        for pattern in found:
            address = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                if pattern.namespace != "admin":
                    yield from walk(pattern.url_patterns, address)
            elif isinstance(pattern, URLPattern):
                yield readable(address), pattern.name or "", pattern.callback

    yield from walk(get_resolver().url_patterns, "/")


def readable(address: str) -> str:
    """`<uuid:pk>` as {pk}, and regular expressions of allauth likewise."""
    address = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", address)
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address).replace("^", "").replace("$", "").replace("\\", "")


def methods(view: Any) -> str:
    view_class = getattr(view, "cls", None)
    if view_class is None:
        return ""
    names = [name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view_class, name)]
    return ", ".join(names)


def first_line(view: Any) -> str:
    described = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    if getattr(described, "__module__", "").split(".")[0] not in {"config", "accounts", "rewards", "annotation"}:
        return ""
    text = (described.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(text.split())


def table(rows: list[tuple[str, str, Any]], *, with_methods: bool) -> Iterator[str]:
    yield "| Address | Name |" + (" Methods |" if with_methods else "") + " What |"
    yield "|---|---|" + ("---|" if with_methods else "") + "---|"
    for address, name, view in sorted(rows, key=lambda row: row[0]):
        method = f" {methods(view)} |" if with_methods else ""
        yield f"| `{address}` | {f'`{name}`' if name else ''} |{method} {first_line(view)} |".replace("  |", " |")


def document() -> str:
    rows = list(patterns())
    lines = [HEAD]
    for title, belongs in SECTIONS.items():
        lines += [f"## {title}", *table([row for row in rows if belongs(row[0])], with_methods=title == "API"), ""]
    return "\n".join(lines)


def main() -> None:
    from stack.checks import SETTINGS_ONLY

    os.environ.update(SETTINGS_ONLY | {"DJANGO_SETTINGS_MODULE": "config.settings_test"})
    import django

    django.setup()
    DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
