"""A project that pays in two tokens, from its price to both wallets; and the unused rest of both, asked back by a button."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from loop.annotator import Annotator
from loop.client import Client
from loop.crowd import Crowd
from loop.http import Tally, wait_for
from loop.wallet import Node, Wallet
from stack.product import Product
from tests.browser.people import listen
from tests.journeys.browser_wallet import install
from tests.journeys.pictures import take

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXTS = {"n1": "The well was deep.", "n2": "The well ran dry."}
CROWD = Crowd("wells", TEXTS, ["glad", "cross"], {"one": {"n1": "glad"}}, {})
PRICE_MINOR, SECOND_MINOR = 50_000, 250_000


@dataclass
class Person:
    wallet: Wallet
    context: BrowserContext
    page: Page
    asked: list[str]
    complaints: list[str]


@pytest.fixture
def people(product: Product, browser: Browser) -> Iterator[object]:
    opened = []

    def make(wallet: Wallet, *, width: int) -> Person:
        context = browser.new_context(base_url=product.base_url, viewport={"width": width, "height": 900})
        context.set_default_timeout(60_000)
        opened.append(context)
        asked = install(context, wallet, Node(product.rpc_url))
        page = context.new_page()
        complaints = listen(page)
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with Test Wallet").click()
        page.wait_for_url("**/dashboard/")
        return Person(wallet, context, page, asked, complaints)

    yield make
    for context in opened:
        context.close()


def test_two_tokens_from_the_price_to_both_wallets_and_the_rest_back(product: Product, people):
    node, tally = Node(product.rpc_url), Tally()
    wallet, worker_wallet = Wallet.new(), Wallet.new()
    usd = json.loads(product.run("-m", "tests.journeys.second_token", wallet.address).splitlines()[-1])
    client = Client(wallet.sign_in(product.base_url, tally, name="journey"), wallet, node)
    client.prepare(CROWD, team="The well diggers")
    client.api.patch(client.project, {"overlap": 1, "assignment_mode": "automatic"})
    client.api.post("faucet/", {"address": wallet.address})

    payer = people(wallet, width=1280)
    test_token = set_prices(payer.page, client)
    had = {token: node.token_balance(token, wallet.address) for token in (test_token, usd["address"])}
    fund_and_open(payer, client)
    assert money_asked(payer) == ["eth_signTypedData_v4", "eth_sendTransaction"] * 2

    worker = people(worker_wallet, width=390)
    label_one(product, worker, client)
    client.accept_everything()
    expect_paid(worker, node, {test_token: PRICE_MINOR, usd["address"]: SECOND_MINOR})

    ask_for_the_rest(payer, client)
    spent = {token: had[token] - node.token_balance(token, wallet.address) for token in had}
    assert spent == {test_token: PRICE_MINOR * 105 // 100, usd["address"]: SECOND_MINOR * 105 // 100}
    product.run("manage.py", "check_ledger")
    assert payer.complaints + worker.complaints == []


def set_prices(page: Page, client: Client) -> str:
    """On the page, with the quote before it is saved. Returns the first token's address."""
    page.goto(f"/{client.project}setup/price/")
    page.get_by_text("Pay in a second token besides").click()
    # Another test of this product may have made its own token of the same name: the newest stands last.
    choice = page.get_by_label("Second token")
    choice.select_option(index=choice.locator("option").count() - 1)
    page.get_by_label("Of it, per accepted answer").fill("0.25")
    expect(page.get_by_text("To lock in USD")).to_be_visible()
    take(page, "two-tokens-price")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/setup/funding/")
    return str(client.api.get(client.project + "quote/")["quote"]["total"]["token"]["address"])


def fund_and_open(payer: Person, client: Client) -> None:
    page = payer.page
    take(page, "two-tokens-funding-before")
    page.get_by_role("button", name="Fund with Test Wallet").click()
    expect(page.get_by_role("dialog")).to_contain_text("USD")
    page.get_by_role("button", name="Go to the wallet").click()
    expect(page.get_by_role("heading", name="Next: open the project")).to_be_visible(timeout=120_000)
    take(page, "two-tokens-funding-after")
    page.get_by_role("link", name="Go on to opening").click()
    take(page, "two-tokens-opening")
    page.get_by_role("button", name="Open the project").click()
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_text("The project is open")).to_be_visible()
    take(page, "two-tokens-overview")
    assert client.api.get(client.project)["state"] == "open"


def money_asked(person: Person) -> list[str]:
    return [method for method in person.asked if method in {"eth_signTypedData_v4", "eth_sendTransaction"}]


def label_one(product: Product, worker: Person, client: Client) -> None:
    """The offer, the labelling page, and one answer."""
    page = worker.page
    page.goto("/work/")
    card = page.get_by_role("article").filter(has_text="Loop: wells").first
    expect(card).to_contain_text("0.25")
    expect(card).to_contain_text("USD")
    take(page, "two-tokens-work")
    project = client.project.split("/")[1]
    page.goto(f"/work/{project}/")
    expect(page.locator("[data-show=price]")).to_contain_text("0.05 TEST + 0.25 USD")
    take(page, "two-tokens-workbench")
    api = worker.wallet.sign_in(product.base_url, Tally(), name="journey")
    annotator = Annotator("one", api, worker.wallet, "", dict.fromkeys(TEXTS, "glad"))
    lease = api.get(f"work/{client.project}")["leases"][0]
    annotator._submit(lease, {text: key for key, text in TEXTS.items()})


def expect_paid(worker: Person, node: Node, wanted: dict[str, int]) -> None:
    def arrived() -> bool:
        return {token: node.token_balance(token, worker.wallet.address) for token in wanted} == wanted

    wait_for("both payments", arrived, seconds=300)
    page = worker.page
    page.goto("/me/answers/")
    expect(page.get_by_text("0.25").first).to_be_visible()
    page.get_by_role("link", name="Item 1").first.click()
    expect(page.get_by_text("In the ledger")).to_have_count(2)
    take(page, "two-tokens-answer")
    wait_for("the ledger", lambda: shows_paid(page), seconds=180)
    take(page, "two-tokens-earnings")


def shows_paid(page: Page) -> bool:
    page.goto("/earnings/")
    said = page.locator("main").inner_text()
    return (
        all(words in said for words in ("0.05", "0.25", "USD"))
        and page.get_by_text("Next settlement", exact=True).count() == 0
    )


def ask_for_the_rest(payer: Person, client: Client) -> None:
    page = payer.page
    page.goto(f"/{client.project}")
    links = page.get_by_role("link", name="Balance, forecast, refund and transactions")
    addresses = [str(link.get_attribute("href")) for link in links.all()]
    assert len(addresses) == 2
    page.goto(addresses[1])
    take(page, "refund-before")
    page.get_by_role("button", name="Refund what is unused").click()
    expect(page.get_by_role("dialog")).to_contain_text("it cannot be opened again")
    page.get_by_role("button", name="End it and refund").click()
    expect(page.get_by_text("Asked for. Below you see how far the refund is.")).to_be_visible()
    take(page, "refund-asked")
    for address in addresses:
        wait_for("the refund", lambda where=address: is_given_back(page, where), seconds=120)
    take(page, "refund-done")


def is_given_back(page: Page, address: str) -> bool:
    page.goto(address)
    return page.get_by_text("Given back", exact=True).count() > 0
