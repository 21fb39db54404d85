"""The description of the API: complete, sound, and made without a warning."""

import json
import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.test_access_matrix import methods_of, routes
from tests.write_addresses import patterns

# They describe the API, and are described by nothing.
UNDESCRIBED = {"schema", "api-docs"}
# Short lists, given whole: as many rows as there are tokens, chains, wallets of one person, languages, places of an
# answer that were commented on. All others are pages.
WHOLE_LISTS = {
    "chains", "tokens", "solvency", "languages", "wallets", "my_balances", "my_claims", "escrow_funding", "ledger",
    "comment_threads",
}  # fmt: skip


@pytest.fixture(scope="module")
def description():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        return SchemaGenerator().get_schema(request=None, public=True)


def test_it_is_made_without_a_warning(description):
    assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})


def test_it_is_valid(description):
    validate_schema(description)


def test_every_endpoint_and_method_is_in_it(description):
    described = {
        (re.sub(r"{\w+}", "{}", address), method.upper())
        for address, operations in description["paths"].items()
        for method in operations
    }
    served = {
        (re.sub(r"{\w+}", "{}", address), method)
        for address, name, _view in patterns()
        if address.startswith("/api/") and name not in UNDESCRIBED
        for method in methods_of(routes()[name])
    }

    assert served - described == set()


def test_every_operation_has_a_name_of_its_own(description):
    names = [each["operationId"] for operations in description["paths"].values() for each in operations.values()]

    assert sorted(names) == sorted(set(names))


def test_every_list_is_described_as_the_page_that_it_is(description):
    lists = {
        operations["get"]["operationId"]: shape
        for operations in description["paths"].values()
        if "get" in operations and (shape := answered(description, operations["get"]))
    }

    bare = {name for name, shape in lists.items() if shape.get("type") == "array"}
    pages = {name for name, shape in lists.items() if {"next", "results"} <= set(shape.get("properties", ()))}

    assert bare == WHOLE_LISTS
    assert {"projects", "items", "teams", "my_earnings", "work_projects"} <= pages


def test_nothing_but_a_list_is_described_as_a_page(description):
    written = [
        each["operationId"]
        for operations in description["paths"].values()
        for method, each in operations.items()
        if method != "get" and "results" in answered(description, each).get("properties", ())
    ]

    assert written == []


def answered(description, operation):
    """The shape of what an operation answers with when it goes well."""
    good = next((answer for code, answer in operation["responses"].items() if code.startswith("2")), {})
    shape = good.get("content", {}).get("application/json", {}).get("schema", {})
    name = shape.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else shape


def test_every_reference_leads_somewhere(description):
    references = set(re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(description)))

    assert {(kind, name) for kind, name in references if name not in description["components"].get(kind, {})} == set()


def test_every_address_of_the_api_has_a_name():
    assert [address for address, name, _view in patterns() if address.startswith("/api/") and not name] == []
