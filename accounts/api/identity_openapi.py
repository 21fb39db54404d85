"""allauth's description of its JSON API, as a part of ours. A hook of drf-spectacular (SPECTACULAR_SETTINGS)."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import yaml
from allauth.headless.spec.internal.schema import specify_signup_fields, specify_user

from accounts.api.identity import PREFIX, VIEWS
from lib.api.problems import CONTENT_TYPE

THEIRS = "/_allauth/{client}/v1/"
THEIRS_OF_BROWSERS = "/_allauth/browser/v1/"
OURS = f"/api/v1/{PREFIX}"
PROBLEM = {
    "type": "object",
    "description": "problem+json (RFC 9457). data.flows are the ways on; meta is what else was asked for.",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "param", "code", "message")},
            },
        },
        "data": {"type": "object"},
        "meta": {"type": "object"},
    },
}


def add_identity(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    spec = yaml.safe_load((files("allauth.headless.spec") / "doc" / "openapi.yaml").read_text(encoding="utf-8"))
    specify_user(spec)
    specify_signup_fields(spec)
    paths = {address: _ours(route, spec["paths"][theirs]) for address, route, theirs in _served(spec)}
    known = result.setdefault("components", {})
    for kind, name in _needed(paths, spec["components"]):
        known.setdefault(kind, {})[_renamed(name)] = _with_our_names(spec["components"][kind][name])
    known["schemas"]["IdentityProblem"] = PROBLEM
    result["paths"] |= {address: _with_our_names(operations) for address, operations in paths.items()}
    return result


def _served(spec: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Our address, the route and their address of everything that we serve."""
    for route in VIEWS:
        theirs = next(each + route for each in (THEIRS, THEIRS_OF_BROWSERS) if each + route in spec["paths"])
        yield f"{OURS}{route}", route, theirs


def _ours(route: str, operations: dict[str, Any]) -> dict[str, Any]:
    return {method: _operation(method, route, found) for method, found in operations.items() if method != "parameters"}


def _operation(method: str, route: str, found: dict[str, Any]) -> dict[str, Any]:
    # Which client asks is in their addresses, and the token is the other client's.
    left_out = [{"$ref": f"#/components/parameters/{name}"} for name in ("Client", "SessionToken")]
    parameters = [each for each in found.get("parameters", []) if each not in left_out]
    operation = {name: part for name, part in found.items() if name != "parameters"} | {
        "operationId": f"identity_{method}_{route.replace('/', '_').replace('-', '_')}",
        "tags": ["identity"],
        "security": [{"cookieAuth": []}, {}],
        "responses": {status: _response(status, each) for status, each in found["responses"].items()},
    }
    return operation | ({"parameters": parameters} if parameters else {})


def _response(status: str, found: dict[str, Any]) -> dict[str, Any]:
    """Successes are theirs; errors leave us as problems."""
    if int(status) < 400:
        return found
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": found.get("description", "Refused, or one more step to take."), "content": content}


def _needed(paths: Any, components: dict[str, Any]) -> set[tuple[str, str]]:
    """The components that these paths speak of, directly or through another."""
    needed: set[tuple[str, str]] = set()
    waiting = [paths]
    while waiting:
        for kind, name in _references(waiting.pop()):
            if (kind, name) not in needed and name in components.get(kind, {}):
                needed.add((kind, name))
                waiting.append(components[kind][name])
    return needed


def _references(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/"):
            _hash, _components, kind, name = reference.split("/")
            yield kind, name
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def _with_our_names(part: Any) -> Any:
    if isinstance(part, dict):
        named = {name: _with_our_names(each) for name, each in part.items()}
        reference = named.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/"):
            head, _slash, name = reference.rpartition("/")
            named["$ref"] = f"{head}/{_renamed(name)}"
        return named
    return [_with_our_names(each) for each in part] if isinstance(part, list) else part


def _renamed(name: str) -> str:
    return f"Identity{name}"
