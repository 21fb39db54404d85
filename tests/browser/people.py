"""The demo's people in Chromium: one context a person, signed in through the sign-in form."""

from playwright.sync_api import Browser, BrowserContext, Page

from config.demo.people import PASSWORD
from stack.product import Product


def sign_in(browser: Browser, product: Product, name: str, **options: object) -> BrowserContext:
    """`name` is a demo person's; an empty one is a stranger. Options are the context's."""
    context = browser.new_context(base_url=product.base_url, reduced_motion="reduce", **options)
    # The machine may be busy with other tests: what is late is not yet wrong.
    context.set_default_timeout(60_000)
    if name:
        page = context.new_page()
        sign_in_with(page, f"{name}@foggara.example", PASSWORD)
        page.close()
    return context


def sign_in_with(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/accounts/login/" not in address)


def listen(page: Page) -> list[str]:
    """Everything the browser complains about from now on: errors, refusals of the content policy, failed requests."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints
