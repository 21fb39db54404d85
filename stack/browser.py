"""How Chromium is started where there is neither a screen nor a sandbox: tests, benches and screenshots."""

import os
import shutil
from typing import Any

from stack.trouble import Trouble

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these a headless browser on a closed network keeps asking its maker's servers.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch_options() -> dict[str, Any]:
    """For playwright's `chromium.launch(**launch_options())`."""
    binary = os.environ.get("CHROMIUM_BINARY") or next(filter(None, map(shutil.which, NAMES)), None)
    if not binary:
        raise Trouble("This needs Chromium: install it (Debian: sudo apt-get install chromium) and run it again.")
    return {"executable_path": binary, "headless": True, "args": FLAGS}
