"""What the pages of projects share: who asks, and how a refusal is told."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from annotation import access
from lib.exceptions import InvalidInput, Refusal


class PersonRequest(HttpRequest):
    """A request behind login_required."""

    user: User
    htmx: HtmxDetails


def must_manage(request: PersonRequest, pk: UUID) -> None:
    """Asked before a form is read; the view asks again."""
    access.project_for(request.user, pk, roles=access.MANAGE)


def explain(form: forms.BaseForm, refusal: Refusal) -> None:
    """Put what a verb refused where it belongs: at its field when the form has it, else above the form."""
    errors = [(each.path, each.message) for each in refusal.errors] if isinstance(refusal, InvalidInput) else []
    for path, message in errors or [(refusal.field or "", refusal.message)]:
        if path in form.fields:
            form.add_error(path, message)
        else:
            form.add_error(None, f"{path}: {message}" if path else message)


def tell(request: HttpRequest, refusal: Refusal) -> None:
    """On a page without the form: the refusal, and everything that it found."""
    found = [each.message for each in refusal.errors] if isinstance(refusal, InvalidInput) else []
    messages.error(request, " ".join([refusal.message, *found]))


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, form: forms.BaseForm | None = None
) -> HttpResponse:
    """A page, with 422 when the form in it was refused."""
    refused = form is not None and form.is_bound and not form.is_valid()
    return render(request, template, context, status=422 if refused else 200)
