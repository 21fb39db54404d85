#!/usr/bin/env python3
"""Fetch again what vendor.json names, and build the icon sprite. For maintainers; users never need Node.

    python static/vendor/refresh.py          fetch, check the integrity, write the files, complete vendor.json
    python static/vendor/refresh.py --check  compare the files here with vendor.json; needs no network

Change a version or the list of icons in vendor.json, remove its "integrity" when the version changed, run, look at the
diff, commit.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LOCK = HERE / "vendor.json"
SVG_BODY = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)


def digest(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def fetch(name: str, version: str, folder: Path) -> Path:
    packed = subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(folder)],
        check=True, capture_output=True, text=True,
    )
    return folder / packed.stdout.strip().splitlines()[-1]


def member(archive: tarfile.TarFile, path: str) -> bytes:
    handle = archive.extractfile(f"package/{path}")
    if handle is None:
        raise SystemExit(f"{path} is not a file in the package")
    return handle.read()


def sprite(archive: tarfile.TarFile, icons: list[str]) -> bytes:
    symbols = []
    for icon in sorted(icons):
        found = SVG_BODY.search(member(archive, f"icons/{icon}.svg").decode())
        if found is None:
            raise SystemExit(f"icon {icon} is not an SVG")
        body = re.sub(r"\s+", " ", found.group(1)).replace(" />", "/>").replace("> <", "><").strip()
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{body}</symbol>')
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([head, *symbols, "</svg>", ""]).encode()


def refresh(package: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        packed = fetch(package["name"], package["version"], Path(folder))
        integrity = digest(packed.read_bytes())
        if package.setdefault("integrity", integrity) != integrity:
            raise SystemExit(f"{package['name']}: the registry now gives other bytes than vendor.json promises")
        with tarfile.open(packed) as archive:
            contents = {f"{package['folder']}/{name}": member(archive, path) for name, path in package["files"].items()}
            if "sprite" in package:
                contents[package["sprite"]] = sprite(archive, package["icons"])
    package["written"] = {}
    for name, content in contents.items():
        target = HERE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        package["written"][name] = {"bytes": len(content), "hash": digest(content)}


def check(package: dict[str, Any]) -> list[str]:
    return [
        f"{name} differs from vendor.json"
        for name, record in package["written"].items()
        if digest((HERE / name).read_bytes()) != record["hash"]
    ]


def main() -> None:
    lock = json.loads(LOCK.read_text())
    if "--check" in sys.argv[1:]:
        problems = [problem for package in lock["packages"] for problem in check(package)]
        raise SystemExit("\n".join(problems) if problems else 0)
    for package in lock["packages"]:
        refresh(package)
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


if __name__ == "__main__":
    main()
