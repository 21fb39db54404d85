"""A train in a tunnel: twenty answers while the network comes and goes. None is lost, none is there twice."""

import psycopg2
import pytest
from playwright.sync_api import Page, expect

from loop.client import Client
from loop.crowd import Crowd
from loop.http import Tally
from loop.wallet import Node, Wallet
from stack.product import Product
from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANSWERS = 20
TEXTS = {f"t{n:02}": f"Station {n} is behind us." for n in range(ANSWERS + 10)}
CROWD = Crowd("tunnel", TEXTS, ["no", "yes"], {"a": dict.fromkeys(TEXTS, "yes")}, {})
STORES = """async () => {
  const found = {};
  for (const { name } of await indexedDB.databases()) {
    const base = await new Promise((resolve) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => resolve(opening.result);
    });
    for (const store of base.objectStoreNames) {
      const request = base.transaction(store).objectStore(store).getAll();
      found[`${name}.${store}`] = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result.length)));
    }
    base.close();
  }
  return found;
}"""


@pytest.fixture
def project(product: Product) -> str:
    wallet = Wallet.new()
    client = Client(wallet.sign_in(product.base_url, Tally(), name="client"), wallet, Node(product.rpc_url))
    client.prepare(CROWD, team="The railway")
    client.api.patch(client.project, {"assignment_mode": "automatic"})
    client.fund_and_open()
    return client.project.split("/")[1]


def test_answers_given_without_network_arrive_once(product, browser, project):
    context = sign_in(browser, product, "tariq")
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(f"/work/{project}/")
        expect(page.locator('[data-part="work"]')).to_be_visible()

    given = answer(first, 3) + answer(second, 2)
    context.set_offline(True)
    given += answer(first, 2) + answer(second, 2)
    expect(first.locator("[data-show=queue]")).not_to_be_empty()
    first.wait_for_timeout(8_000)
    context.set_offline(False)
    given += answer(first, 3) + answer(second, 2)
    context.set_offline(True)
    given += answer(second, 2)
    # The tab is closed while it has something to send: the other one sends it.
    second.close()
    first.wait_for_timeout(4_000)
    context.set_offline(False)
    given += answer(first, ANSWERS - len(set(given)))
    wait_until_sent(first)
    print("GIVEN", given, [g for g in given if given.count(g) > 1])

    assert stored(product, project) == sorted(set(given))
    assert unsent(first) == 0
    sign_out(first)
    assert sum(first.evaluate(STORES).values()) == 0
    context.close()


def answer(page: Page, count: int) -> list[str]:
    """So many more answers, as soon as the next item stands there; the texts they are about."""
    given = []
    for _n in range(count):
        page.bring_to_front()
        place = page.locator('[data-part="item"] .source-text')
        expect(place).to_be_visible(timeout=40_000)
        text = place.inner_text().strip()
        page.keyboard.press("2")
        page.keyboard.press("Control+Enter")
        given.append(text)
        expect(page.locator('[data-part="item"]').filter(has_text=text)).not_to_be_visible()
        # A person reads before answering again; the workbench takes a second click for a slip.
        page.wait_for_timeout(450)
    return given


def wait_until_sent(page: Page) -> None:
    for _second in range(60):
        if unsent(page) == 0:
            return
        page.wait_for_timeout(1_000)


def unsent(page: Page) -> int:
    return sum(count for name, count in page.evaluate(STORES).items() if name.endswith(".queue"))


def stored(product: Product, project: str) -> list[str]:
    connection = psycopg2.connect(product.database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT data->>'text' FROM annotation_answer a JOIN annotation_item i ON i.id = a.item_id"
                " WHERE a.project_id = %s ORDER BY 1",
                [project],
            )
            return [row[0] for row in cursor.fetchall()]
    finally:
        connection.close()


def sign_out(page: Page) -> None:
    page.get_by_role("link", name="Leave").click()
    page.get_by_text("Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda address: "/work/" not in address)
