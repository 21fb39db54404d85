"""Reading the bodies of the hot path: a few fields each, checked by hand: a serializer costs more than they do."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request

from lib.exceptions import FieldError, InvalidInput

MISSING = object()


def body_of(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise invalid("", _("Send a JSON object."))
    return dict(request.data)


def uuid_of(value: Any, field: str) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise invalid(field, _("Send a UUID.")) from None


def whole_number_of(value: Any, field: str, *, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise invalid(field, _("Send a whole number from %(low)d to %(high)d.") % {"low": low, "high": high})
    return value


def text_of(value: Any, field: str) -> str:
    # PostgreSQL cannot hold the null character.
    if not isinstance(value, str) or "\x00" in value:
        raise invalid(field, _("Send text."))
    return value


def invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(_("Some fields need mending."), [FieldError(field, message)])
