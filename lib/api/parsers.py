"""JSON from strangers: no more of it than fits, and no text that PostgreSQL cannot keep."""

import json
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.utils.json import strict_constant


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = gettext_lazy("This request is too large: send it in parts.")
    default_code = "too_large"


class JsonParser(BaseParser):
    """REST framework's own takes NUL and half pairs, and refuses a large body with a page of HTML."""

    media_type = "application/json"
    max_bytes: int | None = None  # None: the limit of the settings

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = self.max_bytes or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge
        try:
            value = json.loads(raw.decode(), parse_constant=strict_constant)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(_("This is no JSON: %(error)s") % {"error": str(error)[:200]}) from error
        # Such characters can only be written as escapes; without one there is nothing to look for.
        if b"\\u" in raw and not _can_be_kept(value):
            raise ParseError(_("A text holds a character that cannot be kept: NUL, or half of a pair."))
        return value


def _can_be_kept(value: Any) -> bool:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += [*part, *part.values()]
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, str) and any(each == "\0" or "\ud800" <= each <= "\udfff" for each in part):
            return False
    return True
