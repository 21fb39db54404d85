"""Files going out, written in the background."""

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.http import PROJECTS, caller, checked, page
from annotation.api.shapes import ExportShape
from annotation.domain.export import request_export
from annotation.domain.insider import remember_insider
from annotation.export_response import export_response
from annotation.models import Export
from lib.api.pagination import CursorPagination


class ExportsView(APIView):
    required_scope = PROJECTS
    pagination_class = CursorPagination

    @extend_schema(responses=ExportShape(many=True), operation_id="exports")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        return page(self, request, project.exports.all(), ExportShape)

    @extend_schema(request=ExportShape, responses={202: ExportShape}, operation_id="request_export")
    def post(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        given = checked(ExportShape(data=request.data))
        export = request_export(project, actor=caller(request), format=Export.Format(given["format"]))
        return Response(ExportShape(export).data, status=202)


class ExportView(APIView):
    required_scope = PROJECTS

    @extend_schema(responses=ExportShape, operation_id="export_state")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(ExportShape(access.export_for(caller(request), pk)).data)


class ExportFileView(APIView):
    required_scope = PROJECTS

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, operation_id="export_file")
    def get(self, request: Request, pk: UUID) -> FileResponse:
        export = access.export_for(caller(request), pk)
        remember_insider(caller(request), export.project)
        return export_response(export)
