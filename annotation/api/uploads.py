"""Files coming in: received, checked, imported."""

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import FileUploadParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.http import PROJECTS, caller, page
from annotation.api.shapes import ItemShape, RowErrorShape, UploadShape
from annotation.domain import upload as verbs
from annotation.domain.insider import remember_insider
from annotation.exceptions import AnnotationError
from lib.api.pagination import CursorPagination


class UploadsView(APIView):
    """POST a file as multipart form data (`file`), or as the body itself with its name in Content-Disposition."""

    required_scope = PROJECTS
    pagination_class = CursorPagination
    parser_classes = [MultiPartParser, FileUploadParser]
    takes_files = True
    # The body is a stream of any size: a repeat makes a second upload, and duplicates are left out at import.
    handles_idempotency = True

    @extend_schema(responses=UploadShape(many=True), operation_id="uploads")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk)
        return page(self, request, project.uploads.all(), UploadShape)

    @extend_schema(
        request={
            "multipart/form-data": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        },
        responses={201: UploadShape},
        operation_id="upload",
    )
    def post(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        file = request.FILES.get("file") if hasattr(request, "FILES") else None
        if file is None:
            raise AnnotationError("Send the file as “file”.", code="no_file", field="file", status=422)
        upload = verbs.receive_upload(project, actor=caller(request), file=file, name=file.name or "")
        return Response(UploadShape(upload).data, status=201)


class UploadView(APIView):
    required_scope = PROJECTS

    @extend_schema(responses=UploadShape, operation_id="upload_state")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(UploadShape(access.upload_for(caller(request), pk, roles=access.VIEW)).data)

    @extend_schema(responses={204: None}, operation_id="discard_upload")
    def delete(self, request: Request, pk: UUID) -> Response:
        verbs.discard_upload(access.upload_for(caller(request), pk), actor=caller(request))
        return Response(status=204)


class UploadErrorsView(APIView):
    required_scope = PROJECTS
    pagination_class = CursorPagination

    @extend_schema(responses=RowErrorShape(many=True), operation_id="upload_errors")
    def get(self, request: Request, pk: UUID) -> Response:
        upload = access.upload_for(caller(request), pk, roles=access.VIEW)
        return page(self, request, upload.row_errors.all(), RowErrorShape, ordering="id")


class UploadImportView(APIView):
    required_scope = PROJECTS

    @extend_schema(request=None, responses={202: UploadShape}, operation_id="import_upload")
    def post(self, request: Request, pk: UUID) -> Response:
        upload = verbs.start_import(access.upload_for(caller(request), pk), actor=caller(request))
        return Response(UploadShape(upload).data, status=202)


class ItemsView(APIView):
    required_scope = PROJECTS
    pagination_class = CursorPagination

    @extend_schema(
        responses=ItemShape(many=True),
        parameters=[OpenApiParameter("state", OpenApiTypes.STR, enum=["open", "done", "hidden"])],
        operation_id="items",
    )
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_with_items_for(caller(request), pk)
        remember_insider(caller(request), project)
        rows = project.items.select_related("resolution")
        if request.query_params.get("state"):
            rows = rows.filter(state=request.query_params["state"])
        return page(self, request, rows, ItemShape, ordering="position")
