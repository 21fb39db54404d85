"""Letters to people, sent after the deed is committed. A mail server that is down never undoes a deed."""

import logging
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User

log = logging.getLogger(__name__)


def notify_by_mail(user: User, template: str, context: dict[str, Any]) -> None:
    """Tell a person, if he has an address, in his own language."""
    if user.email:
        send_after_commit(user.email, template, context, locale=user.locale)


def send_after_commit(address: str, template: str, context: dict[str, Any], *, locale: str = "") -> None:
    language = locale or translation.get_language() or settings.LANGUAGE_CODE
    transaction.on_commit(partial(_send, address, template, context, language))


def _send(address: str, template: str, context: dict[str, Any], language: str) -> None:
    with translation.override(language):
        full = {"site_url": settings.SITE_URL, **context}
        subject = " ".join(render_to_string(f"accounts/emails/{template}_subject.txt", full).split())
        text = render_to_string(f"accounts/emails/{template}.txt", full)
        letter = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [address])
        letter.attach_alternative(render_to_string(f"accounts/emails/{template}.html", full), "text/html")
    try:
        letter.send()
    except OSError:
        log.exception("The letter %s could not be sent.", template)
