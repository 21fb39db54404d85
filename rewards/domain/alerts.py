"""Telling the people who can do something about it. Said once, when it happens, in words; the pages show what lasts."""

import logging

from django.utils.functional import Promise

from accounts.domain.notice import notify_by_mail
from accounts.models import User

log = logging.getLogger(__name__)


def tell_finance_admins(title: str | Promise, *, detail: str, advice: str | Promise, path: str = "/finance/") -> None:
    """`title` and `advice` may be lazy: each letter is in its reader's language. `detail` is what was found."""
    log.error("%s %s", title, detail)
    context = {"title": title, "detail": detail, "advice": advice, "path": path}
    for admin in User.objects.filter(is_finance_admin=True, is_active=True).order_by("pk"):
        notify_by_mail(admin, "settlement_alert", context)
