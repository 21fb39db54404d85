"""Pictures of what a journey shows, at two widths and in two colours, for whoever wants to look: PAGE_PICTURES=folder."""

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = os.environ.get("PAGE_PICTURES", "")
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


def take(page: Page, name: str) -> None:
    """Nothing is done without the folder. The page is left as it was."""
    if not FOLDER:
        return
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or {"width": 1280, "height": 900}
    for label, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            page.screenshot(path=Path(FOLDER) / f"{name}-{label}-{colours}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)
