"""A second proof: an app and a passkey set up, asked for, renamed, replaced and taken away again."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser, Page, expect

from stack.product import Product
from tests.browser.axe import violations
from tests.browser.people import listen, sign_in_with

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("product")]
PASSWORD = "a word for one test only"
PICTURES = os.environ.get("PAGE_PICTURES", "")
MAKE_PERSON = """
from allauth.account.models import EmailAddress
from accounts.models import User
person = User.objects.create_user({email!r}, password={password!r}, display_name="Second")
EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
"""


def test_app_and_passkey_are_set_up_asked_for_and_taken_away(product: Product, browser: Browser):
    email = f"{uuid4().hex}@foggara.example"
    product.run("manage.py", "shell", "-c", MAKE_PERSON.format(email=email, password=PASSWORD))
    # Passkeys belong to a name, which an address of numbers is not.
    context = browser.new_context(base_url=product.base_url.replace("127.0.0.1", "localhost"), reduced_motion="reduce")
    context.set_default_timeout(60_000)
    page = context.new_page()
    complaints = listen(page)
    sign_in_with(page, email, PASSWORD)

    set_up_app(page)
    page.get_by_role("link", name="Show").click()
    look(page, "recovery-codes")
    code = page.locator(".codes code").first.inner_text()
    page.goto("/accounts/2fa/recovery-codes/generate/")
    look(page, "recovery-codes-generate")
    page.get_by_role("button", name="Make new codes").click()
    page.wait_for_url("**/recovery-codes/")
    assert code not in page.locator(".codes code").all_inner_texts()
    code = page.locator(".codes code").first.inner_text()
    page.goto("/accounts/2fa/webauthn/")
    look(page, "passkeys-none")
    give_security_key(page)
    add_passkey(page)
    sign_out(page)
    sign_in_with(page, email, PASSWORD)
    page.wait_for_load_state()
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url("**/dashboard/")
    rename_passkey(page)

    sign_out(page)
    sign_in_with(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="Your second proof")).to_be_visible()
    look(page, "second-proof")
    page.fill("input[name=code]", code)
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url("**/dashboard/")
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("9 codes are left. Each opens your account once.")).to_be_visible()

    remove_passkey(page)
    page.goto("/accounts/2fa/reauthenticate/")
    look(page, "is-it-still-you-by-app")
    open_after_proof(page, "/accounts/2fa/totp/deactivate/")
    look(page, "deactivate-app")
    page.get_by_role("button", name="Deactivate").click()
    page.wait_for_url("**/accounts/2fa/")
    expect(page.get_by_text("Ask for a six-digit code after the password.")).to_be_visible()
    sign_out(page)
    sign_in_with(page, email, PASSWORD)
    page.wait_for_url("**/dashboard/")

    assert complaints == []
    context.close()


def open_after_proof(page: Page, address: str) -> None:
    """What changes how the account is entered asks for the password once more."""
    page.goto(address)
    prove_if_asked(page)
    assert page.url.endswith(address)


def prove_if_asked(page: Page) -> None:
    page.wait_for_load_state()
    if "/reauthenticate/" in page.url:
        page.fill("input[name=password]", PASSWORD)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url(lambda address: "/reauthenticate/" not in address)


def set_up_app(page: Page) -> None:
    open_after_proof(page, "/accounts/2fa/totp/activate/")
    secret = page.locator("#authenticator_secret").inner_text()
    page.fill("input[name=code]", app_code(secret))
    page.get_by_role("button", name="Switch it on").click()
    page.wait_for_url(lambda address: "activate" not in address)
    page.goto("/accounts/2fa/")


def app_code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def give_security_key(page: Page) -> None:
    """A key in Chromium itself that says yes to everything. It is gone when another debugger leaves: with a look()."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
           "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})


def add_passkey(page: Page) -> None:
    page.get_by_role("link", name="Add a passkey").click()
    page.wait_for_url("**/add/")
    page.fill("input[name=name]", "Phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(lambda address: "add" not in address)


def rename_passkey(page: Page) -> None:
    page.goto("/accounts/2fa/webauthn/")
    look(page, "passkeys")
    page.get_by_role("link", name="Rename Phone").click()
    page.wait_for_url(lambda address: not address.endswith("/webauthn/"))
    prove_if_asked(page)
    look(page, "passkey-rename")
    page.fill("input[name=name]", "Old phone")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Rename Old phone")).to_be_visible()


def remove_passkey(page: Page) -> None:
    open_after_proof(page, "/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove Old phone").click()
    page.wait_for_url(lambda address: not address.endswith("/webauthn/"))
    prove_if_asked(page)
    expect(page.get_by_role("heading", name="Remove Old phone?")).to_be_visible()
    look(page, "passkey-remove")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda address: "logout" not in address)


def look(page: Page, name: str) -> None:
    """What every page is held to, on a page that only this person sees."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=True)
            assert violations(page) == [], (name, width, scheme)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (name, width)
    page.set_viewport_size({"width": 1280, "height": 900})
