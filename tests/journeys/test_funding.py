"""A client locks the price: with one signature and one transaction, or with two transactions where that cannot be."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from loop.client import Client
from loop.crowd import Crowd
from loop.http import Refused, Tally, wait_for
from loop.wallet import Node, Wallet
from stack.product import Product
from tests.browser.people import listen
from tests.journeys.browser_wallet import install

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXTS = {"n1": "The ferry left on time.", "n2": "Nobody told us."}
CROWD = Crowd("ferry", TEXTS, ["glad", "cross"], {"one": dict.fromkeys(TEXTS, "glad")}, {})
ON_CHAIN = {"eth_signTypedData_v4", "eth_sendTransaction"}


@dataclass
class Payer:
    client: Client
    context: BrowserContext
    page: Page
    asked: list[str]
    complaints: list[str]

    def asked_for(self) -> list[str]:
        """What the wallet was asked, of what a person has to confirm while funding."""
        return [method for method in self.asked if method in ON_CHAIN]


@pytest.fixture
def client(product: Product) -> Client:
    """Somebody new with a draft that is ready to be funded, tokens and gas."""
    wallet, node = Wallet.new(), Node(product.rpc_url)
    client = Client(wallet.sign_in(product.base_url, Tally(), name="journey"), wallet, node)
    client.prepare(CROWD, team="The harbour office")
    client.api.post("faucet/", {"address": wallet.address})
    return client


@pytest.fixture
def payer(product: Product, browser: Browser, client: Client):
    opened = []

    def make(**refuses: int) -> Payer:
        context = browser.new_context(base_url=product.base_url, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(60_000)
        opened.append(context)
        asked = install(context, client.wallet, client.node, refuses=refuses)
        page = context.new_page()
        complaints = listen(page)
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with Test Wallet").click()
        page.wait_for_url("**/dashboard/")
        page.goto(f"/{client.project}setup/funding/")
        return Payer(client, context, page, asked, complaints)

    yield make
    for context in opened:
        context.close()


def fund(page: Page) -> None:
    page.get_by_role("button", name="Fund with Test Wallet").click()
    page.get_by_role("button", name="Go to the wallet").click()


def expect_funded(page: Page) -> None:
    expect(page.get_by_role("heading", name="Next: open the project")).to_be_visible(timeout=120_000)


def test_one_signature_and_one_transaction_fund_a_project(product: Product, payer):
    person = payer()
    expect(person.page.get_by_text("sends one transaction, which locks it")).to_be_visible()

    fund(person.page)
    expect_funded(person.page)

    assert person.asked_for() == ["eth_signTypedData_v4", "eth_sendTransaction"]
    product.run("manage.py", "check_ledger")
    assert person.complaints == []


def test_a_draft_that_has_grown_is_topped_up_with_one_signature_too(product: Product, payer, client: Client):
    funding = client.project + "funding/"
    quoted = client.api.post(funding, {"funder_address": client.wallet.address})
    client.api.patch(client.project, {"overlap": 2})
    for call in quoted["calls"]:
        client.wallet.send(client.node, quoted["chain_id"], call)
    wait_for("the first price", lambda: client.api.get(funding)["deposited"] == quoted["required"])
    assert client.api.get(client.project)["state"] == "draft"
    person = payer()

    fund(person.page)
    expect_funded(person.page)

    assert person.asked_for() == ["eth_signTypedData_v4", "eth_sendTransaction"]
    assert int(client.api.get(funding)["deposited"]["minor"]) == 2 * int(quoted["required"]["minor"])
    product.run("manage.py", "check_ledger")
    assert person.complaints == []


@pytest.mark.parametrize(
    ("code", "words"),
    [(4001, "You declined the signature"), (-32601, "This wallet or this chain could not do it")],
)
def test_a_wallet_that_does_not_sign_typed_data_sends_two_transactions(payer, code: int, words: str):
    person = payer(eth_signTypedData_v4=code)

    fund(person.page)
    expect(person.page.get_by_text(words)).to_be_visible()
    expect(person.page.get_by_text("It goes on with two transactions instead")).to_be_visible()
    expect_funded(person.page)

    assert person.asked_for() == ["eth_signTypedData_v4", "eth_sendTransaction", "eth_sendTransaction"]
    assert person.complaints == []


def test_a_paying_address_with_code_is_not_asked_for_a_signature(payer, client: Client):
    person = payer()
    client.node.call("anvil_setCode", client.wallet.address, "0x00")

    fund(person.page)

    expect(person.page.get_by_text("The paying address is a contract")).to_be_visible()
    assert "eth_signTypedData_v4" not in person.asked
    client.node.call("anvil_setCode", client.wallet.address, "0x")


def test_declining_the_transaction_after_the_signature_locks_nothing_and_can_be_done_again(payer):
    refuses = {"eth_sendTransaction": 4001}
    person = payer(**refuses)

    fund(person.page)

    expect(person.page.get_by_text("You declined in the wallet. Nothing was locked")).to_be_visible()
    assert person.asked_for() == ["eth_signTypedData_v4", "eth_sendTransaction"]
    assert person.client.api.get(person.client.project)["state"] == "draft"


def test_a_program_funds_with_one_signature_and_one_transaction(client: Client):
    quoted = client.api.post(client.project + "funding/", {"funder_address": client.wallet.address})
    permit = f"escrows/{quoted['escrow']}/permit/"
    request = client.api.get(permit)
    assert quoted["permit_url"].endswith(permit)

    with pytest.raises(Refused, match="permit_refused"):
        client.api.post(
            permit, {"deadline": request["deadline"], "signature": Wallet.new().sign_typed_data(request["typed_data"])}
        )
    with pytest.raises(Refused, match="permit_expired"):
        client.api.post(permit, {"deadline": 1, "signature": "0x" + "11" * 65})
    opening = client.api.post(
        permit, {"deadline": request["deadline"], "signature": client.wallet.sign_typed_data(request["typed_data"])}
    )
    client.wallet.send(client.node, quoted["chain_id"], opening["call"])

    wait_for("the funding", lambda: client.api.get(client.project)["state"] == "funded")
    assert opening["is_used"] is False
    with pytest.raises(Refused, match="no_permit"):
        client.api.get(permit)
