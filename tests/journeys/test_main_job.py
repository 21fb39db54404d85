"""The main job, as people do it: a file goes in, people label it in the browser, tokens come out."""

import csv
import io
import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from loop.http import Api, Tally, wait_for
from loop.wallet import Node, Wallet
from stack.product import Product
from tests.browser.people import listen, sign_in
from tests.journeys.browser_wallet import install

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TITLE = "Ferry notes"
ROWS = [
    {"id": "n1", "text": "The ferry left on time and the crew sang."},
    {"id": "n2", "text": "Nobody told us that the last ferry was cancelled."},
    {"id": "n3", "text": "=2+3 is what the ticket machine printed."},
    {"id": "n4", "text": "شكراً، كانت الرحلة هادئة وجميلة."},
]
PRICE_MINOR = 50_000
QUESTION, DECIDED = "sentiment", ["glad", "cross", "cross", "glad"]
# What each of the three answers, item by item; the last answer of the plain one is wrong, and will be rejected.
ANSWERS = {"touch": "1221", "keyboard": "1221", "plain": "1222"}


@dataclass
class Person:
    context: BrowserContext
    page: Page
    wallet: Wallet
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def node(product: Product) -> Node:
    return Node(product.rpc_url)


@pytest.fixture
def newcomer(product: Product, browser: Browser, node: Node):
    """Somebody new, who signs in with the wallet of the browser."""
    contexts = []

    def make(*, by_keyboard: bool = False, **options: Any) -> Person:
        context = browser.new_context(base_url=product.base_url, reduced_motion="reduce", **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        wallet = Wallet.new()
        install(context, wallet, node)
        page = context.new_page()
        complaints = listen(page)
        page.goto("/accounts/login/")
        button = page.get_by_role("button", name="Sign in with Test Wallet")
        if by_keyboard:
            reach(page, "Sign in with Test Wallet")
            page.keyboard.press("Enter")
        else:
            button.click()
        page.wait_for_url("**/dashboard/")
        return Person(context, page, wallet, complaints)

    yield make
    for context in contexts:
        context.close()


def test_a_dataset_goes_in_and_tokens_come_out(product, browser, node, newcomer):
    client = newcomer(viewport={"width": 1280, "height": 900})
    project = create_project(client.page)
    fund(client, node, product)
    open_project(client.page)

    people = {
        "touch": newcomer(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True),
        "keyboard": newcomer(by_keyboard=True, viewport={"width": 1280, "height": 900}),
        "plain": newcomer(viewport={"width": 1280, "height": 900}),
    }
    given = {name: label(person.page, project, name) for name, person in people.items()}

    reject_the_wrong_one(browser, product, project, given["plain"])
    accept_the_rest(client.page, project)
    token = next(each["address"] for each in client_api(client, product).get("tokens/") if each["has_faucet"])
    expected = {"touch": 4 * PRICE_MINOR, "keyboard": 4 * PRICE_MINOR, "plain": 3 * PRICE_MINOR}
    wait_for_wallets(node, token, people, expected)

    assert {name: ledger_of(person, product) for name, person in people.items()} == expected
    assert rejection_seen_by(people["plain"].page)
    check_exports(client.page, project)
    product.run("manage.py", "check_ledger")
    assert [person.complaints for person in (client, *people.values())] == [[], [], [], []]


def create_project(page: Page) -> str:
    """Team and project, the file, the questions, the rules and the price; the project's address."""
    page.goto("/projects/new/")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Name of your team").fill("The harbour office")
    page.get_by_role("button", name="Go on to the data").click()
    page.wait_for_url("**/setup/data/")
    project = page.url.split("/projects/")[1].split("/")[0]
    page.locator("input[type=file]").set_input_files(
        {"name": "notes.csv", "mimeType": "text/csv", "buffer": csv_of(ROWS)}
    )
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("button", name="Import 4 items").click()
    page.get_by_role("link", name="Go on to the questions").or_(page.locator(".next a")).first.click()
    build_interface(page)
    page.get_by_role("textbox", name="Instructions").fill("## What to do\nSay how the passenger **feels**.")
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_url("**/setup/quality/")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/setup/price/")
    # Other journeys bring tokens of their own to the same product.
    token = page.locator("select[name=token]")
    token.select_option(token.locator("option", has_text="TEST").first.get_attribute("value"))
    page.get_by_label("Per accepted answer", exact=True).fill("0.05")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/setup/funding/")
    return project


def build_interface(page: Page) -> None:
    """One question of the client's own, made with the builder; the preview shows the first row as annotators will."""
    page.wait_for_url("**/setup/interface/")
    page.get_by_label("Title of the question").or_(page.locator('[data-focus="f0.title.en"]')).first.fill(
        "How does the passenger feel?"
    )
    page.locator('[data-focus="f0.o0.title.en"]').fill("Glad")
    page.locator('[data-focus="f0.o1.title.en"]').fill("Cross")
    page.locator('[data-focus="f0.o2.remove"]').click()
    preview = page.locator("#item-preview")
    expect(preview).to_contain_text(ROWS[0]["text"])
    expect(preview).to_contain_text("Glad")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/setup/instructions/")


def fund(client: Person, node: Node, product: Product) -> None:
    """Money first: the faucet of the development chain. Then the wallet locks the price, and the chain confirms it."""
    client_api(client, product).post("faucet/", {"address": client.wallet.address})
    client.page.reload()
    client.page.get_by_role("button", name="Fund with Test Wallet").click()
    client.page.get_by_role("button", name="Go to the wallet").click()
    expect(client.page.get_by_role("heading", name="Next: open the project")).to_be_visible(timeout=120_000)


def client_api(client: Person, product: Product) -> Api:
    return client.wallet.sign_in(product.base_url, Tally(), name="journey")


def open_project(page: Page) -> None:
    page.locator(".next a").click()
    page.get_by_role("button", name="Open the project").click()
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_text("The project is open")).to_be_visible()


def label(page: Page, project: str, how: str) -> dict[str, str]:
    """Every item there is, each in its own way of working; what was said of each text."""
    if how == "keyboard":
        open_work_by_keyboard(page)
    else:
        page.goto("/work/")
        page.locator(f'a[href="/work/{project}/"]').first.click()
    wanted = dict(zip((row["text"] for row in ROWS), ANSWERS[how], strict=True))
    given: dict[str, str] = {}
    for n in range(len(ROWS)):
        expect(page.locator("[data-show=mine]")).to_contain_text(str(n))
        text = shown_text(page, wanted, set(given))
        given[text] = wanted[text]
        give(page, how, int(wanted[text]))
        expect(page.locator('[data-part="item"]')).not_to_contain_text(text)
    expect(page.locator('[data-part="pause"]')).to_contain_text("4")
    expect(page.locator("[data-show=queue]")).not_to_contain_text("waiting")
    return given


def give(page: Page, how: str, option: int) -> None:
    options = page.locator('[data-part="item"] label.option')
    if how == "touch":
        options.nth(option - 1).tap()
        page.get_by_role("button", name="Submit").tap()
    elif how == "keyboard":
        page.keyboard.press(str(option))
        page.keyboard.press("Control+Enter")
    else:
        options.nth(option - 1).click()
        page.get_by_role("button", name="Submit").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def shown_text(page: Page, wanted: dict[str, str], seen: set[str]) -> str:
    """The text on the page, one of those not seen before."""
    place = page.locator('[data-part="item"] .source-text')
    expect(place).to_be_visible()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        text = place.inner_text().strip()
        if text in wanted and text not in seen:
            return text
        page.wait_for_timeout(100)
    raise AssertionError(f"This is no item that was still to do: {text}")


def open_work_by_keyboard(page: Page) -> None:
    page.goto("/work/")
    reach(page, TITLE)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/*-*/")


def reach(page: Page, name: str) -> None:
    """Tab until the focused link or button bears this name."""
    for _step in range(80):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement?.closest('a, button')?.textContent ?? ''"):
            return
    raise AssertionError(f"The keyboard does not reach {name}.")


def reject_the_wrong_one(browser: Browser, product: Product, project: str, given: dict[str, str]) -> None:
    """A quality admin finds the one answer that differs, and says why it is wrong."""
    context = sign_in(browser, product, "quality")
    page = context.new_page()
    link = page.get_by_role("link", name="Item 4", exact=True)
    for _attempt in range(60):
        page.goto(f"/projects/{project}/reviews/")
        if link.count():
            break
        # An item comes to the queue once the worker has counted its answers.
        page.wait_for_timeout(1_000)
    link.click()
    card = page.locator(".review-answer").filter(has_text="Cross")
    card.locator("[data-review-refuse] > summary").click()
    card.get_by_role("button", name="Reject …").click()
    expect(page.get_by_text("Say why: choose a reason.")).to_be_visible()
    card = page.locator(".review-answer").filter(has=page.locator("details[open]"))
    card.locator("select[name=reason]").select_option("wrong")
    card.locator("textarea[name=evidence]").fill("The passenger says thanks: the trip was calm and beautiful.")
    card.locator("button[value=rejected]").click()
    again = page.get_by_role("button", name="Reject for good")
    if again.count():
        again.click()
    expect(page.locator(".review-answer").filter(has_text="Rejected").first).to_be_visible()
    context.close()


def accept_the_rest(page: Page, project: str) -> None:
    page.goto(f"/projects/{project}/reviews/acceptance/")
    page.locator("main form button").last.click()
    page.wait_for_url("**/reviews/**")


def wait_for_wallets(node: Node, token: str, people: dict[str, Person], expected: dict[str, int]) -> None:
    deadline = time.monotonic() + 180
    found: dict[str, int] = {}
    while time.monotonic() < deadline:
        found = {name: node.token_balance(token, person.wallet.address) for name, person in people.items()}
        if found == expected:
            return
        time.sleep(0.5)
    assert found == expected


def ledger_of(person: Person, product: Product) -> int:
    """What the ledger says was paid, as soon as it has seen the payments confirmed."""
    api = person.wallet.sign_in(product.base_url, Tally(), name="journey")

    def paid() -> int | None:
        (balance,) = api.get("me/balances/")
        is_settled = balance["earned"]["minor"] == balance["on_the_way"]["minor"] == "0"
        return int(balance["paid"]["minor"]) if is_settled else None

    return int(wait_for("the ledger's confirmation", paid, seconds=60))


def rejection_seen_by(page: Page) -> bool:
    """The annotator reads the verdict and its reason."""
    page.goto(reverse("my-answers") + "?state=rejected")
    return "The passenger says thanks" in page.content()


def check_exports(page: Page, project: str) -> None:
    """The decided values and all accepted answers, under pseudonyms; and a CSV that no spreadsheet runs as a program."""
    lines = [json.loads(line) for line in export(page, project, "jsonl").splitlines()]
    assert [line["data"] for line in lines] == ROWS
    assert [line["resolution"]["value"] for line in lines] == [{QUESTION: value} for value in DECIDED]
    assert [len(line["answers"]) for line in lines] == [3, 3, 3, 2]
    assert len({answer["annotator"] for line in lines for answer in line["answers"]}) == 3
    table = list(csv.DictReader(io.StringIO(export(page, project, "csv"))))
    assert len(table) == 11
    assert {row["data.text"] for row in table if row["data.id"] == "n3"} == {"'" + ROWS[2]["text"]}


def export(page: Page, project: str, form: str) -> str:
    page.goto(f"/projects/{project}/exports/")
    page.locator(f"input[name=format][value={form}]").check()
    page.get_by_role("button", name="Write the file").click()
    link = page.locator("article").first.get_by_role("link", name="Download")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    return download.value.path().read_text(encoding="utf-8")


def csv_of(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()
