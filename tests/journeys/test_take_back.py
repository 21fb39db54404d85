"""Money was locked otherwise than quoted: the wallet that locked it closes the escrow and sends the money back."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from loop.http import Tally
from loop.wallet import Node, Wallet
from stack.product import Product, running_product
from tests.browser.people import listen
from tests.conftest import ENVIRONMENT
from tests.journeys.browser_wallet import install

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("product")]
# Long enough to be seen on the page, and to be waited for.
NOTICE_SECONDS = 25


@pytest.fixture(scope="module")
def hasty_product(tmp_path_factory) -> Iterator[Product]:
    """The notice of an escrow is fixed when its contract is deployed: hence a product of its own."""
    environment = ENVIRONMENT | {"CHAIN_CLOSE_NOTICE_SECONDS": str(NOTICE_SECONDS)}
    with running_product(tmp_path_factory.mktemp("hasty") / "var", environment=environment, skip=()) as running:
        yield running


def test_money_that_does_not_count_is_brought_back_with_two_clicks(hasty_product: Product, browser: Browser):
    node, wallet = Node(hasty_product.rpc_url), Wallet.new()
    context = browser.new_context(base_url=hasty_product.base_url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(60_000)
    install(context, wallet, node)
    page = context.new_page()
    complaints = listen(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with Test Wallet").click()
    page.wait_for_url("**/dashboard/")
    wallet.sign_in(hasty_product.base_url, Tally(), name="journey").post("faucet/", {"address": wallet.address})
    opened = json.loads(hasty_product.run("-m", "tests.journeys.refused_opening", wallet.address).splitlines()[-1])
    had = node.token_balance(opened["token"], wallet.address)
    for call in opened["calls"]:
        wallet.send(node, opened["chain_id"], call)
    assert node.token_balance(opened["token"], wallet.address) == had - opened["required"]

    address = f"/projects/{opened['project']}/"
    reload_until(page, address, "Money that does not count")
    page.get_by_role("button", name="Close it with Test Wallet").click()
    expect(page.get_by_text("Done. This page shows the next step once it has seen it on chain.")).to_be_visible()
    reload_until(page, address, "Send it back with Test Wallet")
    page.get_by_role("button", name="Send it back with Test Wallet").click()
    expect(page.get_by_text("Done. This page shows the next step once it has seen it on chain.")).to_be_visible()
    reload_until(page, address, "Given back")

    assert node.token_balance(opened["token"], wallet.address) == had
    expect(page.get_by_role("button", name="with Test Wallet")).to_have_count(0)
    assert complaints == []
    context.close()


def reload_until(page: Page, address: str, words: str) -> None:
    """The chain confirms a block after the other, and the notice runs: the page is looked at again until it tells."""
    for _look in range(60):
        page.goto(address)
        if words in page.locator("#refused-funds").or_(page.locator("main")).first.inner_text():
            return
        page.wait_for_timeout(1_500)
    raise AssertionError(f"The page never said: {words}")
