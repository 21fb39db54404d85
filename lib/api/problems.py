"""Errors as problem+json (RFC 9457), with the field and what to do."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from lib.exceptions import InvalidInput, Refusal

CONTENT_TYPE = "application/problem+json"


def problem(status: int, *, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {
        "type": f"urn:foggara:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": errors or [],
    }


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal leaves as the same shape."""
    answer = _answer(error)
    if answer is None:
        return None
    body, headers = answer
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def problem_json(error: Refusal | exceptions.APIException) -> JsonResponse:
    """The same shape for code outside DRF, such as middleware."""
    body, headers = (_refusal(error), {}) if isinstance(error, Refusal) else _api_exception(error)
    return JsonResponse(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _answer(error: Exception) -> tuple[dict[str, Any], dict[str, str]] | None:
    if isinstance(error, Refusal):
        return _refusal(error), {}
    if isinstance(error, RecursionError):
        error = exceptions.ParseError("The JSON is nested too deeply.")
    elif isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flatten(error.get_full_details(), ""))
        return problem(422, code="invalid", detail="Some fields need mending.", errors=errors), {}
    if isinstance(error, exceptions.APIException):
        return _api_exception(error)
    return None


def _refusal(error: Refusal) -> dict[str, Any]:
    errors: list[dict[str, str]] = []
    if isinstance(error, InvalidInput):
        errors = [{"field": each.path, "message": each.message} for each in error.errors]
    elif error.field:
        errors = [{"field": error.field, "message": error.message}]
    return problem(error.status, code=error.code, detail=error.message, errors=errors)


def _api_exception(error: exceptions.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    auth_header = getattr(error, "auth_header", None)
    if auth_header:
        headers["WWW-Authenticate"] = auth_header
    codes = error.get_codes()
    return problem(
        error.status_code, code=codes if isinstance(codes, str) else "invalid", detail=str(error.detail)
    ), headers


def _flatten(details: Any, path: str) -> Any:
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"field": path, "message": str(details["message"])}
    elif isinstance(details, dict):
        for key, value in details.items():
            # The rows of a list field come as numbers: languages[0].
            step = f"[{key}]" if isinstance(key, int) else f".{key}"
            yield from _flatten(value, f"{path}{step}".removeprefix("."))
    elif isinstance(details, list):
        for index, value in enumerate(details):
            leaf = isinstance(value, dict) and set(value) == {"message", "code"}
            yield from _flatten(value, path if leaf else f"{path}[{index}]")
