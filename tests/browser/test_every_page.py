"""Every page, as the demo's people see it: no axe violation, nothing off the side, nothing refused by the policy."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.urls import URLPattern, reverse
from playwright.sync_api import Browser, Page

from stack.product import Product
from tests.browser.axe import violations
from tests.browser.people import listen, sign_in
from tests.browser.scene import Scene, read_scene
from tests.test_access_matrix import methods_of, routes

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = (1280, 390)
# A folder for pictures of every page, for whoever wants to look at them.
PICTURES = os.environ.get("PAGE_PICTURES", "")


@dataclass(frozen=True)
class Shown:
    """A page by its URL name, who looks at it, and the names of its arguments in the scene."""

    who: str
    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "-".join((self.who or "stranger", self.name, *self.arguments))


def shown(who: str, *names: str, about: tuple[str, ...] = ()) -> list[Shown]:
    return [Shown(who, name, about) for name in names]


PAGES = [
    *shown("", "solvency", "settlements"),
    *shown("", "landing", "styleguide", "account_login", "account_signup", "account_reset_password"),
    *shown("", "account_reset_password_done", "account_reset_password_from_key_done", "account_inactive"),
    *shown("", "account_email_verification_sent"),
    *shown("", "account_confirm_email", about=("no-such-key",)),
    *shown("", "account_reset_password_from_key", about=("abc", "no-such-key")),
    *shown("amina", "landing", "dashboard", "work", "earnings", "earning-list", "claim", "project-list"),
    *shown("amina", "profile", "wallets", "api-keys", "team-list"),
    *shown("amina", "account_logout", "account_email", "account_change_password", "account_reauthenticate"),
    *shown("amina", "mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn"),
    *shown("amina", "my-answers", "my-figures"),
    *shown("amina", "my-project-figures", about=("project",)),
    *shown("amina", "my-answer", about=("answer",)),
    *shown("amina", "workbench", about=("project",)),
    *shown("amina", "workbench", about=("images",)),
    *shown("lucie", "dashboard", "earnings", "claim", "work"),
    *shown("client", "dashboard", "project-list", "project-create", "team-list", "review-all"),
    *shown(
        "client",
        "project-detail",
        "project-edit",
        "project-items",
        "project-people",
        "project-quality",
        about=("project",),
    ),
    *shown("client", "project-hidden", about=("project",)),
    *shown("client", "appeals"),
    *shown("client", "appeal", about=("appeal",)),
    *shown("client", "escrow", about=("escrow",)),
    *shown("client", "item-gold", about=("project", "item")),
    *shown("client", "project-exam", about=("draft",)),
    *shown("client", "project-audit", "project-closure", "project-exports", "review-queue", about=("project",)),
    *shown("client", "review-accept-all", about=("project",)),
    *shown("client", "project-detail", about=("images",)),
    *shown("client", "project-detail", about=("draft",)),
    *shown("client", "project-item", "review-item", about=("project", "item")),
    *shown("client", "wizard-data", "wizard-interface", "wizard-instructions", "wizard-quality", about=("draft",)),
    *shown("client", "wizard-gold", "wizard-targets", "wizard-price", "wizard-funding", about=("draft",)),
    *shown("client", "wizard-opening", about=("draft",)),
    *shown("client", "wizard-interface", "wizard-price", "wizard-funding", "wizard-opening", about=("project",)),
    *shown("client", "wizard-interface", about=("images",)),
    *shown("client", "upload-detail", about=("upload",)),
    *shown("client", "team-detail", "team-audit", about=("team",)),
    *shown("reviewer", "dashboard", "review-all", "my-reviewing"),
    *shown("reviewer", "review-queue", about=("project",)),
    *shown("reviewer", "review-item", about=("project", "item")),
    *shown("quality", "dashboard", "quality", "quality-annotators", "quality-reviewers", "quality-appeals"),
    *shown("quality", "quality-reviewer", about=("judge",)),
    *shown("quality", "review-all"),
    *shown("quality", "review-item", about=("project", "item")),
    *shown("finance", "dashboard", "finance", "finance-batches", "finance-escrows"),
    *shown("finance", "finance-incidents", "finance-chains", "finance-tokens"),
    *shown("finance", "finance-batch", about=("batch",)),
    *shown("finance", "finance-escrow", about=("escrow",)),
]
# Pages of others, of machines, or that only lead on to a page above. Django's own administration is not ours.
NOT_SHOWN = {
    "health-live", "health-ready", "metrics", "robots", "favicon", "security-note", "schema", "api-docs", "set_language", "set-theme", "wizard", "media",
    # An exam has to be there, and to be taken: tests/journeys/test_exam.py looks at these as closely.
    "exam", "exam-attempt", "practice",
    "upload-errors", "export-file", "leaf-file", "invitation", "account_confirm_login_code", "account_set_password", "mfa_authenticate",
    "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
    "mfa_login_webauthn", "mfa_signup_webauthn",
}  # fmt: skip


@pytest.fixture(scope="module")
def scene(product: Product) -> Scene:
    """As soon as the demo's accepted answers are paid, so that the pages of money have something to show."""
    deadline = time.monotonic() + 120
    connection = psycopg2.connect(product.database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute("SELECT count(*) FROM rewards_settlementbatch WHERE state = 'final'")
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.5)
    finally:
        connection.close()
    return read_scene(product)


@pytest.fixture(scope="module")
def looks(product: Product, browser: Browser):
    """A page per person, kept for the module: signing in is not what is tested here."""
    found: dict[str, Page] = {}

    def page_of(who: str) -> Page:
        if who not in found:
            context = sign_in(browser, product, who, viewport={"width": WIDTHS[0], "height": 900})
            found[who] = context.new_page()
        return found[who]

    return page_of


@pytest.mark.parametrize("wanted", PAGES, ids=str)
def test_page_is_accessible_fits_and_breaks_no_policy(looks, scene, wanted):
    page = looks(wanted.who)
    complaints = listen(page)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.emulate_media(color_scheme="light")

    response = page.goto(reverse(wanted.name, args=scene.arguments(wanted.arguments)), wait_until="networkidle")

    assert response.status < 400
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            take_picture(page, f"{wanted}-{width}-{scheme}")
            found[f"{width} {scheme}"] = violations(page)
        found[f"{width} side"] = page.evaluate("document.documentElement.scrollWidth - innerWidth") or []
    assert {where: what for where, what in found.items() if what} == {}
    assert complaints == []


def test_every_page_is_shown():
    ours = {each.name for each in PAGES} | NOT_SHOWN
    missing = [name for name, pattern in routes().items() if answers_get(pattern) and name not in ours]

    assert missing == [], "Add a line for each to PAGES above."


def answers_get(pattern: URLPattern) -> bool:
    """Pages do not tell which methods they take, but all that only act are written as require_POST."""
    if methods_of(pattern) or not pattern.name:
        return False
    view: Any = pattern.callback
    while view is not None:
        if "request_method_list" in getattr(view.__code__, "co_freevars", ()):
            methods = view.__closure__[view.__code__.co_freevars.index("request_method_list")].cell_contents
            return "GET" in methods
        view = getattr(view, "__wrapped__", None)
    return True


def take_picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
