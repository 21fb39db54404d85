"""A rejection that its author does not accept: appeal, silence, and the money comes at the deadline."""

import time
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from stack.product import Product
from tests.browser.people import listen, sign_in
from tests.journeys.pictures import take

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EVIDENCE = "The guest thanks the crew in the last words; nothing in it is a complaint."
WHY = "The last sentence complains about the queue: the answer says so, and the rejection does not."

# An answer of the demo that nobody has judged yet, of somebody who reads English.
PENDING = """
SELECT a.id, a.price_minor, a.project_id, a.item_id FROM annotation_answer a
  JOIN accounts_user u ON u.id = a.user_id JOIN annotation_project p ON p.id = a.project_id
 WHERE u.email = 'tariq@foggara.example' AND a.state = 'pending' AND a.revision = 1
   AND p.title = 'Guest books: how does it sound?' AND a.review_due_at > now() + interval '10 minutes'
 ORDER BY a.id DESC LIMIT 1
"""
EARNED = "SELECT coalesce(sum(amount), 0) FROM rewards_earning WHERE reference_id = %s"
# The product reads the clock of its database and of its machine; what is moved here is the deadline of one appeal.
DEADLINE_IS_OVER = "UPDATE annotation_appeal SET due_at = now() - interval '1 second' WHERE answer_id = %s"


def ask(product: Product, statement: str, *given: Any) -> Any:
    connection = psycopg2.connect(product.database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, given)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def test_a_rejection_is_appealed_nobody_answers_and_it_is_paid_at_the_deadline(product: Product, browser: Browser):
    answer, price, project, item = ask(product, PENDING)
    reject(sign_in(browser, product, "reviewer"), project, item, answer)
    author = sign_in(browser, product, "tariq")
    page = author.new_page()
    complaints = listen(page)

    appeal(page, answer)
    see_it_as_client(sign_in(browser, product, "client"), answer)
    earned_before = ask(product, EARNED, str(answer))[0]
    ask(product, DEADLINE_IS_OVER, str(answer))
    wait_until(page, f"/me/answers/{answer}/", "The rejection was overturned")
    wait_until(page, f"/me/answers/{answer}/", "In the ledger")

    take(page, "appeal-overturned")
    expect(page.get_by_text("Nobody answered in time: overturned, and paid")).to_be_visible()
    assert (earned_before, ask(product, EARNED, str(answer))[0]) == (0, price)
    time.sleep(16)  # one turn more of the clock, which must find nothing to pay twice
    assert ask(product, EARNED, str(answer))[0] == price
    product.run("manage.py", "check_ledger")
    assert complaints == []
    author.close()


def reject(context: BrowserContext, project: str, item: int, answer: str) -> None:
    page = context.new_page()
    page.goto(f"/projects/{project}/reviews/{item}/")
    card = page.locator(f"#answer-{answer}")
    card.locator("[data-review-refuse] > summary").click()
    card.locator("select[name=reason]").select_option("wrong")
    card.locator("textarea[name=evidence]").fill(EVIDENCE)
    card.get_by_role("button", name="Reject …").click()
    page.get_by_role("button", name="Reject for good").click()
    expect(page.get_by_text("The annotator reads your reason and may appeal")).to_be_visible()
    context.close()


def appeal(page: Page, answer: str) -> None:
    """From the list of one's answers to the button, with the clock beside it."""
    page.goto("/me/answers/?state=rejected")
    page.locator(f'a[href="/me/answers/{answer}/"]').first.click()
    expect(page.get_by_text("This answer was rejected")).to_be_visible()
    expect(page.get_by_text("Nothing is final yet: its pay is kept")).to_be_visible()
    take(page, "appeal-rejected")
    page.get_by_label("Why the rejection is wrong").fill(WHY)
    page.get_by_role("button", name="Appeal").click()
    expect(page.get_by_text("Next: the client answers, or you are paid")).to_be_visible()
    take(page, "appeal-made")


def see_it_as_client(context: BrowserContext, answer: str) -> None:
    """The client has its clock in the queue, cannot uphold without saying why, and then says nothing."""
    page = context.new_page()
    page.goto("/dashboard/")
    take(page, "appeal-dashboard")
    page.get_by_role("link", name="Answer").first.click()
    page.wait_for_url("**/appeals/")
    take(page, "appeal-queue")
    page.goto(f"/appeals/{answer}/")
    expect(page.get_by_text(WHY).first).to_be_visible()
    take(page, "appeal-page")
    page.get_by_role("button", name="Uphold the rejection").click()
    expect(page.get_by_text("Say why: choose a reason.")).to_be_visible()
    context.close()


def wait_until(page: Page, address: str, words: str) -> None:
    for _look in range(60):
        page.goto(address)
        if words in page.locator("main").inner_text():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError(f"The page never said: {words}")
