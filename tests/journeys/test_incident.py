"""Money leaves a contract that the books know nothing of: a finance admin finds it, says what it was, and it goes on."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from loop.http import wait_for
from loop.wallet import Node
from stack.product import Product, running_product
from tests.browser.people import listen, sign_in
from tests.browser.scene import read_scene
from tests.conftest import ENVIRONMENT
from tests.journeys.pictures import take

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("product")]
THIEF = "0x" + "7e" * 20
MINOR = 1_000


@pytest.fixture
def watchful_product(tmp_path_factory) -> Iterator[Product]:
    """Its chain is stopped, and it compares every few seconds: hence a product of its own."""
    environment = ENVIRONMENT | {"RECONCILE_INTERVAL_SECONDS": "5"}
    with running_product(tmp_path_factory.mktemp("watchful") / "var", environment=environment, skip=()) as running:
        yield running


def test_an_incident_from_its_detection_to_the_chain_going_on(watchful_product: Product, browser: Browser):
    product, node = watchful_product, Node(watchful_product.rpc_url)
    wait_for("the demo's first payments", lambda: has_paid(product), seconds=180)
    chain = the_chain(product)
    context = sign_in(browser, product, "finance", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints = listen(page)

    move(node, chain, chain["escrow"], THIEF)
    wait_for("the incident", lambda: is_found(page), seconds=240)
    take(page, "incident-open")
    see_what_is_stopped(product, page)
    before = batches(product)
    accept_everything(product, browser)
    page.wait_for_timeout(8_000)
    assert batches(product) == before, "Nothing is settled while the chain is stopped."

    move(node, chain, THIEF, chain["escrow"])
    resolve(page)
    expect_going_on(product, page)
    wait_for("the next settlement", lambda: batches(product) > before, seconds=240)
    wait_for("a sound comparison", lambda: is_covered(product), seconds=240)
    page.goto("/finance/incidents/")
    expect(page.get_by_text("An operator's mistake: sent back in full.").first).to_be_visible()
    take(page, "incident-resolved")
    product.run("manage.py", "check_ledger")
    assert complaints == []
    context.close()


def the_chain(product: Product) -> dict[str, str]:
    said = requests.get(f"{product.base_url}/api/v1/solvency/", timeout=20).json()[0]
    return {"escrow": said["escrow_address"], "token": said["holdings"][0]["token"]["address"]}


def move(node: Node, chain: dict[str, str], sender: str, to: str) -> None:
    """As nobody could: only a development node lends an account that has no key."""
    node.call("anvil_setBalance", sender, hex(10**18))
    node.call("anvil_impersonateAccount", sender)
    data = "0xa9059cbb" + to[2:].lower().rjust(64, "0") + f"{MINOR:064x}"
    sent = node.call("eth_sendTransaction", {"from": sender, "to": chain["token"], "data": data, "gas": hex(200_000)})
    receipt = wait_for("the transfer", lambda: node.receipt(sent), seconds=120)
    assert int(receipt["status"], 16) == 1
    node.call("anvil_stopImpersonatingAccount", sender)


def is_found(page: Page) -> bool:
    page.goto("/finance/incidents/")
    return page.get_by_role("button", name="Resolve").count() > 0


def see_what_is_stopped(product: Product, page: Page) -> None:
    """The incident names the thief; the overview and the public page say that the chain is stopped."""
    expect(page.get_by_role("heading", name="Next: find out what happened")).to_be_visible()
    assert THIEF in page.locator("main").inner_text().lower()
    page.goto("/finance/")
    expect(page.get_by_role("heading", name="Next: find out why a chain is stopped")).to_be_visible()
    expect(page.get_by_text("Nothing is sent to this chain, or believed of it")).to_be_visible()
    expect(page.get_by_text("Reconciliation at block")).to_be_visible()
    take(page, "incident-finance")
    page.goto("/solvency/")
    stopped = page.get_by_role("heading", name="Less is locked than is owed").or_(
        page.get_by_role("heading", name="Settlement on this chain is stopped")
    )
    expect(stopped.first).to_be_visible()


def accept_everything(product: Product, browser: Browser) -> None:
    """The work goes on meanwhile: a client accepts, and people earn."""
    context = sign_in(browser, product, "client", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"/projects/{read_scene(product).ids['project']}/reviews/acceptance/")
    page.get_by_role("button", name="Accept everything").click()
    page.wait_for_load_state()
    context.close()


def resolve(page: Page) -> None:
    """Each difference that is open, with what it was. Without a reason nothing happens."""
    page.goto("/finance/incidents/")
    page.get_by_role("button", name="Resolve").first.click()
    expect(page.get_by_role("button", name="Resolve").first).to_be_visible()
    while page.get_by_role("button", name="Resolve").count():
        page.get_by_role("textbox", name="Reason").first.fill("An operator's mistake: sent back in full.")
        page.get_by_role("button", name="Resolve").first.click()
        expect(page.get_by_text("The incident is resolved.")).to_be_visible()


def expect_going_on(product: Product, page: Page) -> None:
    """What was found while the money was away may be found once more, and is resolved once more."""

    def goes_on() -> bool:
        page.goto("/finance/")
        if page.get_by_text("Nothing is sent to this chain, or believed of it").count():
            resolve_all(page)
            return False
        return True

    wait_for("the chain", goes_on, seconds=240)
    expect(page.get_by_text("Running", exact=True).first).to_be_visible()


def resolve_all(page: Page) -> None:
    page.goto("/finance/incidents/")
    while page.get_by_role("button", name="Resolve").count():
        page.get_by_role("textbox", name="Reason").first.fill("An operator's mistake: sent back in full.")
        page.get_by_role("button", name="Resolve").first.click()
        expect(page.get_by_text("The incident is resolved.")).to_be_visible()


def has_paid(product: Product) -> bool:
    return "Final" in settlements(product)


def settlements(product: Product) -> str:
    return requests.get(f"{product.base_url}/settlements/", timeout=20).text


def batches(product: Product) -> int:
    return settlements(product).count("/settlements/leaves/")


def is_covered(product: Product) -> bool:
    return "Covered" in requests.get(f"{product.base_url}/solvency/", timeout=20).text
