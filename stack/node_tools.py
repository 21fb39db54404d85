"""What the tests need from npm, beside the chain node: only axe-core, the accessibility rules."""

import json
import subprocess
from pathlib import Path

from stack.processes import ROOT
from stack.trouble import Trouble

AXE_VERSION = "4.14.1"
FOLDER = ROOT / "var" / "node-test"


def installed_version() -> str:
    try:
        manifest = (FOLDER / "node_modules" / "axe-core" / "package.json").read_text(encoding="utf-8")
        return str(json.loads(manifest)["version"])
    except (OSError, ValueError, KeyError):
        return ""


def install() -> Path:
    """The node_modules folder; axe is `axe-core/axe.min.js` in it."""
    if installed_version() != AXE_VERSION:
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"axe-core@{AXE_VERSION}"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"npm could not install axe-core: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return FOLDER / "node_modules"
