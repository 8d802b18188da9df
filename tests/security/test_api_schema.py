"""The API's description: valid OpenAPI, complete, and every operation says its roles and its refusals."""

import io

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from tests.security.expected_api import API
from tests.security.route_kinds import PUBLIC

REFUSAL = {"$ref": "#/components/schemas/Refusal"}


@pytest.fixture(scope="module")
def operations() -> dict[tuple[str, str], dict]:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        (path, method.upper()): operation
        for path, verbs in paths.items()
        for method, operation in verbs.items()
    }


def test_it_is_valid_and_written_without_a_warning():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())


def test_it_has_every_method_of_every_api_route(operations):
    assert len(operations) == sum(len(route.methods) for route in API)


def test_roles_of_each_operation_are_those_of_the_list(operations):
    found = sorted(sorted(operation["x-roles"]) for operation in operations.values())
    expected = [
        sorted(map(str, route.declared or roles)) for route in API for roles in route.methods.values()
    ]
    assert found == sorted(expected)


def test_every_operation_documents_its_errors(operations):
    wrong = []
    for (path, method), operation in operations.items():
        answers = operation["responses"]
        needed = set() if operation["x-roles"] == list(PUBLIC) else {"401", "403"}
        needed |= {"404"} if "{" in path else set()
        needed |= {"400", "415"} if "requestBody" in operation else set()
        needed |= {"409"} if method != "GET" else set()
        refusals = {code for code in answers if code >= "400"}
        shapes = [answers[code]["content"]["application/json"]["schema"] for code in refusals]
        if not needed <= refusals or any(shape != REFUSAL for shape in shapes) or refusals == set(answers):
            wrong.append((path, method, sorted(answers)))
    assert wrong == []


def test_it_is_for_those_who_have_signed_in(committed, client):
    assert client.get("/api/v1/schema/").status_code == 401
