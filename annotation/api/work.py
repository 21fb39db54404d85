"""The workbench's side of the API. Lean on purpose: next and submit together are the hot path of the product."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.domain.person import update_prefs
from accounts.models import Scope
from annotation.api import work_shapes as shapes
from annotation.api.http import caller
from annotation.api.work_input import body_of, invalid, text_of, uuid_of, whole_number_of
from annotation.domain import answer, drafts, lease
from annotation.queries import work
from annotation.queries.figures import project_figures
from annotation.queries.workbench import workbench_state
from lib.api.pagination import CursorPagination
from lib.api.throttling import PersonThrottle, SubmissionThrottle

MAX_HEARTBEATS = 100


class WorkView(APIView):
    required_scope = Scope.WORK


class ProjectsByOpening(CursorPagination):
    ordering = ("-opened_at", "-id")


class WorkProjectsView(WorkView):
    """Projects this person can work on, and those he cannot with the rules that exclude him."""

    @extend_schema(
        operation_id="work_projects",
        parameters=[OpenApiParameter("can_work", bool, description="Only those I can, or cannot, work on.")],
        responses=shapes.WorkProjectsShape,
    )
    def get(self, request: Request) -> Response:
        wanted = {"true": True, "false": False}.get(request.query_params.get("can_work", ""))
        pages = ProjectsByOpening()
        found = pages.paginate_queryset(work.work_projects(caller(request), is_workable=wanted), request, self)
        rows = work.work_rows(found or [], caller(request))
        return pages.get_paginated_response([shapes.row_json(row) for row in rows])


class WorkProjectView(WorkView):
    @extend_schema(operation_id="work_project", responses=shapes.WorkbenchShape)
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(workbench_state(caller(request), pk))


class LeasesView(WorkView):
    # A repeat is harmless: a lease that never arrived is found at work/projects/{id}/, or expires.
    handles_idempotency = True

    @extend_schema(operation_id="take_leases", request=shapes.TakeShape, responses=shapes.LeasesShape)
    def post(self, request: Request, pk: UUID) -> Response:
        n = whole_number_of(body_of(request).get("n", 1), "n", low=1, high=lease.MAX_LEASES_A_CALL)
        found = lease.lease_items(pk, user=caller(request), n=n)
        return Response(
            {
                "leases": [each.as_json() for each in found.leases],
                "state": found.state,
                "why": [why.as_json() for why in found.why],
                "retry_after_s": found.retry_after_seconds,
            }
        )


class HeartbeatView(WorkView):
    handles_idempotency = True

    @extend_schema(operation_id="keep_leases", request=shapes.HeartbeatShape, responses=shapes.HeartbeatsShape)
    def post(self, request: Request) -> Response:
        given = body_of(request).get("leases")
        if not isinstance(given, list) or len(given) > MAX_HEARTBEATS:
            raise invalid("leases", shapes.too_many(MAX_HEARTBEATS))
        ids = [uuid_of(each, f"leases[{index}]") for index, each in enumerate(given)]
        alive = lease.heartbeat(caller(request), lease_ids=ids)
        return Response(
            {
                "leases": [
                    {"id": str(each), "expires_in_s": seconds, "live": seconds is not None}
                    for each, seconds in alive.items()
                ]
            }
        )


class LeaseView(WorkView):
    handles_idempotency = True

    @extend_schema(operation_id="release_lease", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        lease.release_lease(caller(request), lease_id=pk)
        return Response(status=204)


class DraftView(WorkView):
    @extend_schema(operation_id="save_draft", request=shapes.DraftShape, responses={204: None})
    def put(self, request: Request, pk: UUID) -> Response:
        result = body_of(request).get("result")
        if not isinstance(result, dict):
            raise invalid("result", shapes.send_object())
        drafts.save_draft(caller(request), lease_id=pk, result=result)
        return Response(status=204)


class SkipView(WorkView):
    throttle_classes = (PersonThrottle, SubmissionThrottle)
    # Skipping what is skipped changes nothing.
    handles_idempotency = True

    @extend_schema(operation_id="skip_lease", request=shapes.SkipShape, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        given = body_of(request)
        lease.skip_lease(
            caller(request),
            lease_id=pk,
            reason=text_of(given.get("reason", ""), "reason"),
            note=text_of(given.get("note", ""), "note"),
        )
        return Response(status=204)


class AnswersView(WorkView):
    """Submissions keep their own keys: the same key gives the same answer for as long as the answer is there."""

    throttle_classes = (SubmissionThrottle,)
    handles_idempotency = True

    @extend_schema(
        operation_id="submit_answer",
        request=shapes.SubmissionShape,
        responses={201: shapes.ReceiptShape, 200: shapes.ReceiptShape},
        parameters=[OpenApiParameter("Idempotency-Key", UUID, OpenApiParameter.HEADER, required=True)],
    )
    def post(self, request: Request) -> Response:
        given = body_of(request)
        found = answer.submit_answer(
            caller(request),
            lease_id=uuid_of(given.get("lease"), "lease"),
            key=uuid_of(request.headers.get("Idempotency-Key"), "Idempotency-Key"),
            result=given.get("result"),
            lead_ms=given.get("lead_ms", 0),
            active_ms=given.get("active_ms", 0),
            schema_version=given.get("schema_version"),
            client=given.get("client"),
        )
        return Response(_receipt(found), status=200 if found.is_repeat else 201)


class WorkPrefsView(WorkView):
    """The workbench's keys of this person."""

    @extend_schema(operation_id="keep_work_prefs", request=shapes.PrefsShape, responses=shapes.PrefsShape)
    def put(self, request: Request) -> Response:
        return Response(update_prefs(caller(request), body_of(request)))


def _receipt(found: answer.Submitted) -> dict[str, Any]:
    figures = project_figures(found.project_id)
    return {
        "answer": str(found.answer_id),
        "state": found.state,
        "progress": {"mine": found.answers, "project_done": figures["done"], "project_total": figures["total"]},
        "earned": {"minor": str(found.earned_minor), "token": figures["token"]},
        "pending": {"minor": str(found.pending_minor), "token": figures["token"]},
    }
