"""One whole product for all tests that need one: its own servers, web, worker, beat and chain, with the demo's data."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from stack.browser import launch_options
from stack.product import Product, attach, running_product

# Quick, and with room for everybody at once from this one address.
ENVIRONMENT = {
    "DEMO": "true",
    "SETTLEMENT_INTERVAL_SECONDS": "5",
    "CHAIN_CONFIRMATIONS": "2",
    "SIGN_INS_PER_MINUTE": "100000",
    "API_RATE": "1000000/min",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of the product run in one process, so that there is one product."""
    for item in items:
        if "product" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("product"))
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def product(tmp_path_factory) -> Iterator[Product]:
    """PRODUCT_VAR=var names the folder of a product that runs already, for whoever writes such a test."""
    if os.environ.get("PRODUCT_VAR"):
        yield attach(Path(os.environ["PRODUCT_VAR"]))
        return
    with running_product(tmp_path_factory.mktemp("product") / "var", environment=ENVIRONMENT, skip=()) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(**launch_options())
        chromium.new_context = functools.partial(chromium.new_context, locale="en-GB", timezone_id="UTC")
        yield chromium
        chromium.close()
