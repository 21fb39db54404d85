import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "static" / "vendor"


def test_vendored_files_are_the_bytes_the_lock_names():
    done = subprocess.run([sys.executable, VENDOR / "refresh.py", "--check"], capture_output=True, text=True)

    assert done.stderr + done.stdout == ""
    assert done.returncode == 0


def test_every_vendored_package_brings_its_licence():
    lock = json.loads((VENDOR / "vendor.json").read_text())

    missing = [package["name"] for package in lock["packages"] if not (VENDOR / package["folder"] / "LICENSE").exists()]

    assert missing == []


def test_every_icon_a_page_names_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons" / "sprite.svg").read_text()))
    named = {
        (str(page.relative_to(ROOT)), icon)
        for page in (ROOT / "templates").rglob("*.html")
        for icon in re.findall(r'{% icon "([^"]+)" %}', page.read_text())
    }

    assert {(page, icon) for page, icon in named if icon not in known} == set()


def test_no_page_has_inline_script_or_style():
    # JSON blocks are data; e-mails are no pages.
    found = [
        str(page.relative_to(ROOT))
        for page in (ROOT / "templates").rglob("*.html")
        if "emails" not in page.parts and "email" not in page.parts
        if re.search(r'<style|\sstyle="|\son[a-z]+="|<script(?![^>]*(src=|application/json))', page.read_text())
    ]

    assert found == []
