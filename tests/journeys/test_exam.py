"""An exam comes before the work: failed, its feedback read, waited for, taken again with other questions, and passed."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from stack.product import Product
from tests.browser.axe import violations
from tests.browser.people import listen, sign_in
from tests.journeys.pictures import take
from tests.journeys.test_appeal import ask

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUESTIONS = 5
TITLES = {"positive": "Positive", "negative": "Negative", "mixed": "Mixed or neutral"}
# What is written moves back by more than the cool-down: the product reads the clock of its database and its machine.
COOL_DOWN_IS_OVER = """
UPDATE annotation_examattempt SET started_at = started_at - interval '2 hours',
       finished_at = finished_at - interval '2 hours' WHERE exam_id = %s
"""
PAID = "SELECT coalesce(sum(amount), 0) FROM rewards_earning WHERE reason = 'exam' AND user_id = %s"
WHO = "SELECT id FROM accounts_user WHERE email = 'tariq@foggara.example'"


def test_an_exam_is_failed_read_taken_again_and_passed_and_then_there_is_work(product: Product, browser: Browser):
    opened = json.loads(product.run("-m", "tests.journeys.exam_opening").splitlines()[-1])
    project, truth = opened["project"], opened["truth"]
    context = sign_in(browser, product, "tariq")
    page = context.new_page()
    complaints = listen(page)

    see_the_offer(page, project)
    practise(page, project, truth)
    first = sit(page, project, lambda text, n: other(truth[text]) if n else truth[text])
    see_the_failure(page, project)
    ask(product, COOL_DOWN_IS_OVER, project)
    page.goto(f"/work/{project}/")
    expect(page.get_by_text("Next: take it again")).to_be_visible()
    second = sit(page, project, lambda text, _n: truth[text])

    expect(page.get_by_role("heading", name="You have passed")).to_be_visible()
    check(page, "exam-passed")
    assert first.isdisjoint(second)
    page.get_by_role("link", name="Start working").click()
    expect(page.locator("[data-part=work]")).to_be_visible()
    (user,) = ask(product, WHO)
    see_it_as_client(browser, product, project)
    for _look in range(60):
        if ask(product, PAID, user)[0]:
            break
        page.wait_for_timeout(1_000)
    assert int(ask(product, PAID, user)[0]) == 150_000
    assert complaints == []
    context.close()


def see_the_offer(page: Page, project: str) -> None:
    """In the list of work, and on its page; the workbench leads there."""
    page.goto("/work/")
    card = page.locator("article", has=page.get_by_text("This project asks for an exam first."))
    expect(card.get_by_text("5 questions, 15 minutes")).to_be_visible()
    check(page, "exam-work-list")
    page.goto(f"/work/{project}/")
    page.wait_for_url(f"**/work/{project}/exam/")
    expect(page.get_by_role("button", name="Start the exam")).to_be_visible()
    check(page, "exam-offer")


def practise(page: Page, project: str, truth: dict[str, str]) -> None:
    page.get_by_role("link", name="Practise").click()
    text = page.locator(".source-text").inner_text()
    choose(page, other(truth[text]))
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Not right")).to_be_visible()
    expect(page.get_by_text(f"The guest says so: {truth[text]}.")).to_be_visible()
    check(page, "exam-practice")
    page.get_by_role("link", name="Next question").click()
    expect(page.get_by_role("heading", name="Question 2 of 2")).to_be_visible()
    page.get_by_role("link", name="Leave").click()


def sit(page: Page, project: str, answer: Callable[[str, int], str]) -> set[str]:
    """Every question, the first by the keyboard alone; the texts that were asked."""
    page.goto(f"/work/{project}/exam/")
    page.get_by_role("button", name="Start the exam").click()
    seen: set[str] = set()
    for n in range(QUESTIONS):
        expect(page.get_by_role("heading", name=f"Question {n + 1} of {QUESTIONS}")).to_be_visible()
        expect(page.get_by_role("button", name="Submit")).to_be_enabled()
        text = page.locator(".source-text").inner_text()
        seen.add(text)
        if n == 0:
            check(page, "exam-question")
            page.keyboard.press(str(1 + list(TITLES).index(answer(text, n))))
            page.keyboard.press("Control+Enter")
        else:
            choose(page, answer(text, n))
            page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Question by question")).to_be_visible()
    return seen


def see_the_failure(page: Page, project: str) -> None:
    expect(page.get_by_role("heading", name="Not passed yet")).to_be_visible()
    expect(page.get_by_text("1 of 5 right")).to_be_visible()
    expect(page.get_by_text("The guest says so").first).to_be_visible()
    check(page, "exam-failed")
    page.goto(f"/work/{project}/exam/")
    expect(page.get_by_text("Wait a little")).to_be_visible()
    expect(page.get_by_role("button", name="Start the exam")).to_have_count(0)
    check(page, "exam-cool-down")


def see_it_as_client(browser: Browser, product: Product, project: str) -> None:
    context = sign_in(browser, product, "client")
    page = context.new_page()
    page.goto(f"/projects/{project}/exam/")
    expect(page.get_by_text("People who passed")).to_be_visible()
    check(page, "exam-client")
    page.get_by_text("Void this question").first.click()
    page.get_by_label("What is wrong with it").first.fill("Two answers are right.")
    page.get_by_role("button", name="Void it for everybody").first.click()
    expect(page.get_by_text("The question counts for nobody now").first).to_be_visible()
    context.close()


def choose(page: Page, value: str) -> None:
    page.get_by_role("radio", name=TITLES[value]).check()


def other(value: str) -> str:
    return next(each for each in TITLES if each != value)


def check(page: Page, name: str) -> None:
    """A picture, no sideways scroll on a phone, and nothing that axe finds."""
    take(page, name)
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    if size:
        page.set_viewport_size(size)
