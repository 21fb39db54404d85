"""The pages that belong to no app, in a real browser: nothing is refused by the policy, nothing runs off the side."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        path = os.environ.get("CHROMIUM_BINARY") or shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


def open_page(browser: Browser, address: str, *, width: int = 1280, with_script: bool = True) -> tuple[Page, list[str]]:
    page = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=with_script).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address, wait_until="networkidle")
    return page, complaints


@pytest.mark.parametrize("path", ["/", "/styleguide/", "/accounts/login/", "/api/v1/docs/"])
@pytest.mark.parametrize("width", [320, 1280])
def test_page_fits_its_window_and_breaks_no_policy(browser, live_server, path, width):
    page, complaints = open_page(browser, live_server.url + path, width=width)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == []


def test_theme_is_chosen_at_once_and_kept_by_the_server(browser, live_server):
    page, _ = open_page(browser, live_server.url)

    page.select_option("#choose-theme", "dark")

    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_theme_can_be_chosen_without_script(browser, live_server):
    page, _ = open_page(browser, live_server.url, with_script=False)

    page.select_option("#choose-theme", "light")
    page.click("form[data-theme-choice] button")

    assert page.get_attribute("html", "data-theme") == "light"


def test_dialog_opens_with_the_safe_answer_focused(browser, live_server):
    page, _ = open_page(browser, live_server.url + "/styleguide/")

    page.click("[data-opens=guide-dialog]")

    assert page.evaluate("document.activeElement.value") == "no"
    page.keyboard.press("Escape")
    assert page.evaluate("document.getElementById('guide-dialog').open") is False


def test_skip_link_is_the_first_stop(browser, live_server):
    page, _ = open_page(browser, live_server.url)

    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_every_control_is_large_enough_for_a_thumb(browser, live_server):
    page, _ = open_page(browser, live_server.url, width=390)

    small = page.evaluate(
        """[...document.querySelectorAll("a, button, select, summary")]
            .filter((e) => e.offsetWidth && !e.closest("p, .skip, .visually-hidden"))
            .filter((e) => e.getBoundingClientRect().height < 43.9 && !e.matches(".skip"))
            .map((e) => e.outerHTML.slice(0, 100))"""
    )

    assert small == []
