"""A reviewer returns an answer with comments on its places; the annotator mends it; it is accepted, and paid."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from stack.product import Product
from tests.browser.axe import violations
from tests.browser.people import listen, sign_in
from tests.journeys.pictures import take
from tests.journeys.test_appeal import EARNED, ask, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ON_WORDS = "Read these words once more: <b>they</b> turn the sentence round."
ON_CHOICE = "With that in mind, is this still what it says?"
REPLY = "I had read over it. I see it now."

# An answer of the demo to a text, that nobody has judged yet.
PENDING = """
SELECT a.id, a.price_minor, a.project_id, a.item_id FROM annotation_answer a
  JOIN accounts_user u ON u.id = a.user_id JOIN annotation_schemaversion s ON s.id = a.schema_version_id
 WHERE u.email = 'tariq@foggara.example' AND a.state = 'pending'
   AND jsonb_path_exists(s.schema, '$.data.* ? (@.type == "text")') ORDER BY a.id LIMIT 1
"""
STATE = "SELECT state, revision FROM annotation_answer WHERE id = %s"
# As a person would with the mouse, from the third code point of the text to the tenth.
SELECT_WORDS = """box => {
  const range = document.createRange();
  range.setStart(box.firstChild, 2);
  range.setEnd(box.firstChild, 10);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  return range.toString();
}"""


def test_an_answer_is_returned_with_comments_on_its_places_mended_accepted_and_paid(product: Product, browser: Browser):
    answer, price, project, item = ask(product, PENDING)
    reviewer = sign_in(browser, product, "reviewer")
    author = sign_in(browser, product, "tariq")

    words = send_back(reviewer, project, item, answer)
    page = author.new_page()
    complaints = listen(page)
    see_what_was_said(page, answer, words)
    mend(page, project, words)
    wait_for_revision(product, page, answer, 2)
    accept(reviewer, project, item, answer)
    wait_until(page, f"/me/answers/{answer}/", "In the ledger")

    take(page, "returned-paid")
    expect(page.locator("#money-title")).to_be_visible()
    assert ask(product, EARNED, str(answer))[0] == price
    assert ask(product, STATE, str(answer)) == ("accepted", 2)
    assert complaints == []
    author.close()
    reviewer.close()


def send_back(context: BrowserContext, project: str, item: int, answer: str) -> str:
    """The reviewer points at words of the text and at what was chosen; what was pointed at."""
    page = context.new_page()
    complaints = listen(page)
    page.goto(f"/projects/{project}/reviews/{item}/#answer-{answer}")
    card = page.locator(f"#answer-{answer}")
    card.locator("[data-review-refuse] > summary").click()
    words: str = page.locator("[data-source]").first.evaluate(SELECT_WORDS).strip()
    page.get_by_role("button", name="Comment on the selected words").click()
    row = card.locator("[data-remark]").nth(0)
    expect(row.locator("select option:checked")).to_have_text(f"“{words}”")
    row.locator("textarea").fill(ON_WORDS)
    card.get_by_role("button", name="One more place").click()
    row = card.locator("[data-remark]").nth(1)
    places = row.locator("select option").all_inner_texts()
    chosen = next(
        n for n, _title in enumerate(places) if '"part"' in row.locator("select option").nth(n).get_attribute("value")
    )
    row.locator("select").select_option(index=chosen)
    row.locator("textarea").fill(ON_CHOICE)
    take(page, "returned-form")
    assert violations(page) == []
    card.get_by_role("button", name="Return to its author").click()
    expect(page.get_by_text("Say why: choose a reason.")).to_be_visible()
    expect(card.locator("[data-remark] textarea").nth(0)).to_have_value(ON_WORDS)
    complaints.clear()  # the browser notes the 422 of the refusal
    card.locator("select[name=reason]").select_option("wrong")
    card.get_by_role("button", name="Return to its author").click()
    expect(page.get_by_text("Returned. The annotator gets it again with your words.")).to_be_visible()
    assert complaints == []
    page.close()
    return words


def see_what_was_said(page: Page, answer: str, words: str) -> None:
    page.goto(f"/me/answers/{answer}/")
    expect(page.get_by_role("heading", name="Comments on places of your answer")).to_be_visible()
    expect(page.get_by_text(f"1. “{words}”")).to_be_visible()
    expect(page.locator(".thread").get_by_text(ON_WORDS)).to_be_visible()
    take(page, "returned-my-answer")
    assert violations(page) == []
    page.get_by_role("link", name="Do it again").click()


def mend(page: Page, project: str, words: str) -> None:
    """By the keys: to the comments, a reply, the matter settled, another answer, submitted."""
    page.wait_for_url(f"**/work/{project}/")
    threads = page.locator(".threads .thread")
    expect(threads).to_have_count(2)
    expect(page.locator("mark.thread-passage")).to_have_text(f"{words}1")
    expect(page.locator(".option .thread-number")).to_have_count(1)
    take(page, "returned-workbench")
    assert violations(page) == []
    no_sideways(page)
    page.locator("[data-part=work]").focus()
    page.keyboard.press("c")
    expect(threads.nth(0)).to_be_focused()
    threads.nth(0).get_by_text("Your reply to comment 1").click()
    threads.nth(0).locator("textarea").fill(REPLY)
    page.keyboard.press("Control+Enter")
    expect(threads.nth(0).get_by_text(REPLY)).to_be_visible()
    threads.nth(0).get_by_role("button", name="Mark as settled").click()
    expect(threads.nth(0).locator(".badge")).to_have_text("Settled")
    page.locator(".work-field:visible input:not(:checked)").first.check()
    page.get_by_role("button", name="Submit").click()


def accept(context: BrowserContext, project: str, item: int, answer: str) -> None:
    """The reviewer sees what has changed, what was replied and who settled it."""
    page = context.new_page()
    complaints = listen(page)
    page.goto(f"/projects/{project}/reviews/{item}/#answer-{answer}")
    card = page.locator(f"#answer-{answer}")
    expect(card.get_by_text("Changed since it was returned")).to_be_visible()
    expect(card.get_by_text("Settled by the annotator")).to_be_visible()
    expect(card.get_by_text(REPLY)).to_be_visible()
    expect(card.get_by_text("Not in the answer any more")).to_be_visible()
    take(page, "returned-mended")
    assert violations(page) == []
    card.locator("[data-review-accept]").click()
    expect(page.get_by_text("Accepted.").first).to_be_visible()
    assert complaints == []
    page.close()


def wait_for_revision(product: Product, page: Page, answer: str, revision: int) -> None:
    """The workbench sends by itself, after it has shown the next item."""
    for _look in range(120):
        found: Any = ask(product, STATE, str(answer))
        if found == ("pending", revision):
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"The answer was never done again: {found}")


def no_sideways(page: Page) -> None:
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size(size or {"width": 1280, "height": 900})
