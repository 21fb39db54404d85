"""The table of tests/parity.py against the URL patterns."""

from typing import Any

import pytest

from tests.parity import READS, WRITES, Reason
from tests.test_access_matrix import methods_of, routes

# Library views that look at the method themselves, or take every one.
UNDECLARED = {"set_language": {"POST"}, "account_email_verification_sent": {"GET"}}


def pages() -> dict[str, set[str]]:
    """Every page with the methods that it takes."""
    return {
        name: UNDECLARED.get(name) or methods_taken(pattern.callback)
        for name, pattern in routes().items()
        if not hasattr(pattern.callback, "cls")
    }


def methods_taken(view: Any) -> set[str]:
    """What a decorator of the view, or its class, says; empty when nothing says anything."""
    while view is not None:
        free = getattr(getattr(view, "__code__", None), "co_freevars", ())
        if "request_method_list" in free:
            return set(view.__closure__[free.index("request_method_list")].cell_contents)
        view_class = getattr(view, "view_class", None)
        if view_class is not None:
            return {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view_class, name)}
        view = getattr(view, "__wrapped__", None)
    return set()


def test_every_page_says_which_methods_it_takes():
    assert [name for name, methods in pages().items() if not methods] == [], "Decorate it: require_safe, require_POST …"


@pytest.mark.parametrize(("method", "table"), [("POST", WRITES), ("GET", READS)], ids=["writes", "reads"])
def test_every_page_has_its_line(method, table):
    found = {name for name, methods in pages().items() if method in methods}

    missing, gone = found - set(table), set(table) - found - {"account_email_verification_sent", "set_language"}
    assert (sorted(missing), sorted(gone)) == ([], []), "tests/parity.py: (add a line for these, these are no pages)"


@pytest.mark.parametrize("table", [WRITES, READS], ids=["writes", "reads"])
def test_every_counterpart_is_there(table):
    known = {f"{method} {name}" for name, pattern in routes().items() for method in methods_of(pattern)}

    unknown = {each for found in table.values() if not isinstance(found, Reason) for each in found} - known
    assert unknown == set()


def test_every_page_that_writes_something_of_ones_own_has_a_counterpart():
    reasons = {name for name, found in WRITES.items() if isinstance(found, Reason)}

    assert reasons == {"set-theme", "set_language", "account_confirm_login_code", "account_email_verification_sent"}
