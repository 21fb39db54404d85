"""Two tokens block a person's address: the page says why, and one button takes the money of both to another address."""

import json

import pytest
from playwright.sync_api import Browser, expect

from loop.http import Tally, wait_for
from loop.wallet import Node, Wallet
from stack.product import Product
from tests.browser.people import listen
from tests.journeys.browser_wallet import install
from tests.journeys.pictures import take

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINOR = 1_250_000


def test_refused_payments_are_explained_and_claimed_to_another_address_one_after_the_other(
    product: Product, browser: Browser
):
    node, wallet, elsewhere = Node(product.rpc_url), Wallet.new(), Wallet.new().address
    context = browser.new_context(base_url=product.base_url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(60_000)
    install(context, wallet, node)
    page = context.new_page()
    complaints = listen(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with Test Wallet").click()
    page.wait_for_url("**/dashboard/")
    node.call("anvil_setBalance", wallet.address, hex(10**18))

    tokens = json.loads(product.run("-m", "tests.journeys.refused_payment", wallet.address).splitlines()[-1])
    api = wallet.sign_in(product.base_url, Tally(), name="journey")
    wait_for(
        "the refusal", lambda: [p["lane"] for p in api.get("me/payouts/")["results"]].count("claim") == 2, seconds=120
    )
    page.goto("/earnings/")
    expect(page.get_by_role("heading", name="refused a payment to your wallet")).to_have_count(2)
    ready = {"claimable", "paid"}
    wait_for("the claim", lambda: {p["state"] for p in api.get("me/payouts/")["results"]} <= ready, seconds=180)

    page.goto("/earnings/")
    page.get_by_role("link", name="Claim", exact=True).click()
    page.get_by_role("button", name="Claim everything with Test Wallet").click()
    expect(page.get_by_text("If the token still refuses your address")).to_be_visible()
    page.get_by_role("textbox", name="Another address").fill(elsewhere)
    page.get_by_role("button", name="Send it there").click()
    expect(page.get_by_text("no other wallet can say where it goes")).to_be_visible()
    take(page, "claim-two")
    page.get_by_role("button", name="Claim everything with Test Wallet").click()
    expect(page.get_by_text("1 of 2: Your wallet asks you now.")).to_be_visible()
    expect(page.get_by_text("2 of 2: Your wallet asks you now.")).to_be_visible()
    expect(page.get_by_text("Done: it has been sent")).to_be_visible()

    for token in tokens:
        assert node.token_balance(token, elsewhere) == MINOR
        assert node.token_balance(token, wallet.address) == 0
    wait_for("the ledger", lambda: not api.get("me/claims/"), seconds=60)
    page.goto("/earnings/")
    expect(page.get_by_text("Paid", exact=True).first).to_be_visible()
    product.run("manage.py", "check_ledger")
    assert complaints == []
    context.close()
