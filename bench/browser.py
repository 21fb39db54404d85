"""The labelling page in a real browser: what it weighs at the first visit, and how soon the next item is there."""

import json
import statistics
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, sync_playwright

from stack.browser import launch_options
from stack.product import Product

SUBMITS = 40
# Longer than the server needs to refill, as a person is: the bench is of the page, not of a queue of keystrokes.
THINKING_MS = 400
BUDGET_BYTES = 40_000
BUDGET_P95_MS = 50.0
# The workbench itself measures from the keystroke to the painted next item.
READ_TIMES = "() => performance.getEntriesByName('foggara:submit-to-next').map((each) => each.duration)"


def bench(product: Product) -> Iterator[dict[str, Any]]:
    given = json.loads(product.run("-m", "bench.inside", "session", "300"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        context = browser.new_context()
        host = urlsplit(product.base_url).hostname
        context.add_cookies([{"name": given["cookie"], "value": given["session"], "domain": host, "path": "/"}])
        page = context.new_page()
        requests, weight = _first_visit(page, f"{product.base_url}/work/{given['project']}/")
        times = _submit_many(page)
        browser.close()
    p95 = statistics.quantiles(times, n=20)[-1]
    yield {
        "first_load_bytes": weight,
        "first_load_budget": BUDGET_BYTES,
        "requests": requests,
        "submits": len(times),
        "submit_to_next_median_ms": round(statistics.median(times), 1),
        "submit_to_next_p95_ms": round(p95, 1),
        "p95_budget_ms": BUDGET_P95_MS,
        "within_budget": weight <= BUDGET_BYTES and p95 < BUDGET_P95_MS,
    }


def _first_visit(page: Page, address: str) -> tuple[int, int]:
    """Requests, and the bytes of their compressed bodies, until the first item stands there and more is fetched."""
    found: list[Request] = []
    page.on("requestfinished", lambda request: found.append(request))
    page.goto(address, wait_until="networkidle")
    page.locator('[data-part="work"]').wait_for(state="visible")
    return len(found), sum(request.sizes()["responseBodySize"] for request in found)


def _submit_many(page: Page) -> list[float]:
    for _n in range(SUBMITS):
        page.wait_for_timeout(THINKING_MS)
        page.keyboard.press("1")
        page.keyboard.press("Control+Enter")
    page.wait_for_timeout(THINKING_MS)
    return [float(each) for each in page.evaluate(READ_TIMES)]
