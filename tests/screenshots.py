"""`python -m tests.screenshots`: the README's pictures, of a whole product that is started for them."""

import argparse
import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from stack.browser import launch_options
from stack.checks import SETTINGS_ONLY
from stack.processes import wait_until
from stack.product import Product, attach, running_product

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
Size = dict[str, int]
SIZE: Size = {"width": 1280, "height": 800}
PHONE: Size = {"width": 390, "height": 780}
# Few enough for a repository, and not to be told apart on a page of plain colours.
COLOURS = 128


@contextlib.contextmanager
def product(var: Path | None) -> Iterator[Product]:
    if var:
        yield attach(var)
        return
    quick = {"SETTLEMENT_INTERVAL_SECONDS": "5", "DEMO": "true"}
    with tempfile.TemporaryDirectory(prefix="foggara-screenshots-") as folder:  # noqa: SIM117
        with running_product(Path(folder) / "var", environment=quick, skip=()) as running:
            yield running


def keep(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement && document.activeElement.blur()")
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        small = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(IMAGES / f"{name}.png", optimize=True)


def take(browser: Browser, running: Product) -> None:
    from tests.browser.scene import read_scene

    # So that the earnings show a payment, not only what is on its way.
    wait_until(lambda: has_settled(running), timeout_seconds=150, step_seconds=1)
    project = read_scene(running).ids["project"]
    for scheme in ("light", "dark"):
        show(browser, running, "amina", f"/work/{project}/", f"workbench-{scheme}", scheme=scheme)
    show(browser, running, "client", f"/projects/{project}/", "project")
    show(browser, running, "amina", "/earnings/", "earnings-phone", size=PHONE)


def has_settled(running: Product) -> bool:
    with contextlib.closing(psycopg2.connect(running.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM rewards_settlementbatch WHERE state = 'final')")
        return bool(cursor.fetchone() == (True,))


def show(
    browser: Browser, running: Product, who: str, address: str, name: str, *, scheme: str = "light", size: Size = SIZE
) -> None:
    from tests.browser.people import sign_in

    words = {"viewport": size, "color_scheme": scheme, "locale": "en-GB", "timezone_id": "UTC"}
    context = sign_in(browser, running, who, **words)
    page = context.new_page()
    page.goto(address)
    keep(page, name)
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--var", type=Path, help="the folder of a demo that runs already")
    arguments = parser.parse_args()
    # What the tests know of the demo is written with its models.
    os.environ.update(SETTINGS_ONLY | {"DJANGO_SETTINGS_MODULE": "config.settings_test"})
    django.setup()
    with product(arguments.var) as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        take(browser, running)
        browser.close()


if __name__ == "__main__":
    main()
