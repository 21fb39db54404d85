"""POST projects/{id}/targets/: who labels what, as JSON or CSV."""

import csv
import io
from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from annotation import access
from annotation.api.http import caller
from annotation.api.work_input import invalid
from annotation.domain.target import TargetRow, assign_items
from lib.api.parsers import JsonParser

MAX_BYTES = 50 * 1024**2


class LongJsonParser(JsonParser):
    max_bytes = MAX_BYTES


class CsvParser(BaseParser):
    """CSV with a head line; becomes the same {"rows": [...]} as the JSON."""

    media_type = "text/csv"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        try:
            rows = list(csv.DictReader(io.StringIO(stream.read().decode("utf-8-sig"), newline="")))
        except (csv.Error, UnicodeDecodeError) as error:
            raise invalid("rows", _("This is no CSV in UTF-8: %(error)s") % {"error": error}) from error
        return {"rows": rows}


class TargetRowShape(serializers.Serializer[Any]):
    item = serializers.IntegerField(required=False)
    position = serializers.IntegerField(required=False)
    external = serializers.CharField(required=False, help_text="The item's original file name.")
    annotator = serializers.CharField(help_text="E-mail address or public id.")


class TargetsShape(serializers.Serializer[Any]):
    rows = TargetRowShape(many=True)


class TargetErrorShape(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    field = serializers.CharField()
    message = serializers.CharField()


class TargetReportShape(serializers.Serializer[Any]):
    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    existing = serializers.IntegerField()
    failed = serializers.IntegerField()
    errors: Any = TargetErrorShape(many=True)


class TargetsView(APIView):
    required_scope = Scope.PROJECTS
    parser_classes = (LongJsonParser, CsvParser)
    takes_files = True

    @extend_schema(operation_id="assign_items", request=TargetsShape, responses=TargetReportShape)
    def post(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
            raise invalid("rows", _("This list is too long: send it in parts."))
        given = request.data.get("rows") if isinstance(request.data, dict) else None
        if not isinstance(given, list):
            raise invalid("rows", _("Send a list of rows."))
        report = assign_items(project, rows=read_rows(given), actor=caller(request))
        return Response(
            {
                "rows": report.rows,
                "created": report.created,
                "existing": report.existing,
                "failed": report.failed,
                "errors": [vars(error) for error in report.errors],
            }
        )


def read_rows(given: list[Any]) -> Iterator[TargetRow]:
    """What cannot be read names no item or nobody, and is reported as that."""
    for row in given:
        if not isinstance(row, dict):
            row = {}
        yield TargetRow(
            annotator=_text(row.get("annotator")),
            item_id=_number(row.get("item")),
            position=_number(row.get("position")),
            external=_text(row.get("external")),
        )


def _text(value: Any) -> str:
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    text = str(value).strip() if value is not None and not isinstance(value, bool) else ""
    # Numbers that the column cannot hold are no item's.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else (-1 if text else None)
