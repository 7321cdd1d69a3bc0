"""The whole interface against inputs made from its own description: nothing may answer 5xx or what it does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ligne.site.wsgi import application
from tests.world import Company, company

from .conftest import Program, program

pytestmark = pytest.mark.django_db

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
DESCRIBED = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]
EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def programs(db: None) -> tuple[Program, Program]:
    """One of an advisor, one of an administrator, where something exists."""
    bleuet: Company = company("bleuet")
    bleuet.customer()
    bleuet.in_hand()
    return program(bleuet.advisor), program(bleuet.administrator)


@pytest.fixture(autouse=True)
def _keep_the_connection() -> Iterator[None]:
    """Requests come through WSGI within the test's own transaction: they must not close its connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_input_breaks_the_interface(
    operation: Any, programs: tuple[Program, Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ligne.site import api

    monkeypatch.setattr(api, "PACE", 10**9)

    @EXAMPLES
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        for caller in programs:
            response = case.call(headers={"Authorization": f"Bearer {caller.secret}"})
            case.validate_response(response, checks=CHECKS)

    asked()


def test_every_operation_is_tried() -> None:
    assert len(OPERATIONS) >= 18
