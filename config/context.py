"""What every page is given: navigation for this person, the theme, and the words of the house."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

THEMES = {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}
THEME_COOKIE = "theme"


class NavLink(TypedDict):
    label: str | Promise
    url: str
    current: bool
    icon: str


def everybody(user: Any) -> bool:
    return True


def quality_admin(user: Any) -> bool:
    return bool(getattr(user, "is_quality_admin", False))


def finance_admin(user: Any) -> bool:
    return bool(getattr(user, "is_finance_admin", False))


@dataclass(frozen=True)
class NavEntry:
    """A link of the top bar; it is left out while its URL does not exist or the person may not see it."""

    label: str | Promise
    url_name: str
    icon: str
    shown_to: Callable[[Any], bool] = everybody


NAVIGATION = (
    NavEntry(_("Dashboard"), "dashboard", "layout-dashboard"),
    NavEntry(_("Work"), "work", "list-checks"),
    NavEntry(_("Earnings"), "earnings", "coins"),
    NavEntry(_("Projects"), "project-list", "folder"),
    NavEntry(_("Quality"), "quality", "shield-check", quality_admin),
    NavEntry(_("Finance"), "finance", "landmark", finance_admin),
)
ACCOUNT_MENU = (
    NavEntry(_("My answers"), "my-answers", "list"),
    NavEntry(_("Reviews"), "review-all", "scale"),
    NavEntry(_("Profile"), "profile", "user"),
    NavEntry(_("Teams"), "team-list", "users"),
    NavEntry(_("Wallets"), "wallets", "wallet"),
    NavEntry(_("API keys"), "api-keys", "key-round"),
    NavEntry(_("Sign-in and security"), "mfa_index", "shield"),
)


def links(entries: tuple[NavEntry, ...], request: HttpRequest) -> list[NavLink]:
    user = getattr(request, "user", None)
    found: list[NavLink] = []
    for entry in entries:
        if not entry.shown_to(user):
            continue
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        found.append({"label": entry.label, "url": url, "current": False, "icon": entry.icon})
    # The longest address that begins this page's address is where we are; /work/ is not also current on /work/7/.
    here = [link for link in found if request.path.startswith(link["url"])]
    if here:
        max(here, key=lambda link: len(link["url"]))["current"] = True
    return found


def theme_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(THEME_COOKIE, "system")
    return chosen if chosen in THEMES else "system"


def site(request: HttpRequest) -> dict[str, Any]:
    is_known = bool(getattr(getattr(request, "user", None), "is_authenticated", False))
    return {
        "nav": links(NAVIGATION, request) if is_known else [],
        "account_menu": links(ACCOUNT_MENU, request) if is_known else [],
        "theme": theme_of(request),
        "themes": THEMES,
        "docs_url": getattr(settings, "DOCS_URL", ""),
        "source_url": getattr(settings, "SOURCE_URL", ""),
    }
