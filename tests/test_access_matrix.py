"""Every route against every role. The table and how to add to it: tests/access_matrix.py."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access_matrix import NAMESPACES, ROLES, ROUTES, STRANGERS, Route, Scene, build_scene

SIGN_IN_PAGES = ("/accounts/login/", "/admin/login/")
# allauth asks for the password again: the page is this person's.
REAUTHENTICATION = "/accounts/reauthenticate/"


def walk(patterns: list[Any], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern with its full name; one without a name goes by its route."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern


def methods_of(pattern: URLPattern) -> set[str]:
    """The methods of an API view; empty for a page, which does not tell."""
    actions = getattr(pattern.callback, "actions", None)
    if actions:
        return {method.upper() for method in actions}
    view_class = getattr(pattern.callback, "cls", None)
    names = ("get", "post", "put", "patch", "delete")
    return {name.upper() for name in names if view_class is not None and hasattr(view_class, name)}


def routes() -> dict[str, URLPattern]:
    found = dict(walk(get_resolver().url_patterns))
    return {name: pattern for name, pattern in found.items() if name.partition(":")[0] not in NAMESPACES}


def test_every_route_is_listed():
    listed = {(route.name, route.method) for route in ROUTES}
    names = {name for name, _method in listed}
    missing = [name for name in routes() if name not in names]
    for name, pattern in routes().items():
        missing += [f"{method} {name}" for method in methods_of(pattern) if (name, method) not in listed]

    assert missing == [], "Add a line for each to tests/access_matrix.py."


def test_every_line_has_a_route():
    known = routes()
    unknown = [str(route) for route in ROUTES if route.name not in known]
    wrong = [
        str(route)
        for route in ROUTES
        if route.name in known and methods_of(known[route.name]) and route.method not in methods_of(known[route.name])
    ]

    assert (unknown, wrong) == ([], [])


def test_no_line_is_there_twice():
    lines = [str(route) for route in ROUTES]

    assert len(lines) == len(set(lines))


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_route_lets_through_those_it_should(route):
    scene = build_scene()

    through = {role for role in ROLES if is_through(ask(route, role, scene), role)}

    assert (sorted(through - route.roles), sorted(route.roles - through)) == ([], []), "(too many, too few)"


@pytest.mark.django_db
@pytest.mark.parametrize("namespace", NAMESPACES)
def test_namespace_lets_through_those_it_should(namespace):
    name, roles = NAMESPACES[namespace]
    scene = build_scene()

    through = {role for role in ROLES if is_through(ask(Route(name, "GET", roles), role, scene), role)}

    assert (sorted(through - roles), sorted(roles - through)) == ([], []), "(too many, too few)"


def ask(route: Route, role: str, scene: Scene) -> HttpResponse:
    """What this role is answered; whatever it did is undone."""
    client, headers = Client(raise_request_exception=True), {}
    url = reverse(route.name, args=route.arguments(scene) if route.arguments else [])
    data = route.data(scene) if callable(route.data) else route.data or {}
    undone = transaction.atomic()
    # As Django's own TestCase marks its blocks: verbs that insist on being outermost may run inside this one.
    undone._from_testcase = True
    with undone:
        if role == "bare_key":
            headers["Authorization"] = f"Bearer {scene.bare_key}"
        elif role not in STRANGERS:
            client.force_login(scene.people[role])
        content = {"content_type": "application/json"} if route.is_api and route.method != "GET" else {}
        response = getattr(client, route.method.lower())(url, data, headers=headers, **content)
        transaction.set_rollback(True)
    if response.streaming:
        list(response.streaming_content)  # what is not read to its end stays open
    return response


def is_through(response: HttpResponse, role: str) -> bool:
    assert response.status_code < 500, f"{role}: {response.status_code}"
    assert response.status_code != 405, "The method is wrong."
    location = response.headers.get("Location", "")
    if location.startswith(REAUTHENTICATION) or _asks_again(response):
        return role not in STRANGERS
    is_sent_away = response.status_code in {301, 302} and location.startswith(SIGN_IN_PAGES)
    return response.status_code not in {401, 403, 404} and not is_sent_away


def _asks_again(response: HttpResponse) -> bool:
    return response.status_code == 401 and response.json()["code"] == "reauthentication_required"
