"""Log lines: JSON, without secrets, without what people wrote."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, connection
from django.test import Client

from ligne.site import logs


@pytest.fixture
def lines() -> Iterator[Any]:
    """What is logged within the test, parsed."""
    logs.configure()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    if before is not None:
        handler.setStream(before)


@pytest.mark.parametrize(
    "name",
    ["password", "Token", "authorization", "api_token", "text", "html", "body", "subject", "email", "phone", "cookie"],
)
def test_what_such_names_hold_is_masked_at_any_depth(lines: Any, name: str) -> None:
    structlog.get_logger("test").info("something", **{name: "Lefèvre"}, facts={"inner": [{name: "Lefèvre"}]})
    (line,) = lines()
    assert "Lefèvre" not in json.dumps(line, ensure_ascii=False)
    assert line["facts"]["inner"][0][name] == logs.MASK
    assert (line["event"], line["level"], line["logger"]) == ("something", "info", "test")


def test_what_names_nobody_stays(lines: Any) -> None:
    structlog.get_logger("test").info("offer", contact_id=12, channel="email", ms=3.5)
    (line,) = lines()
    assert (line["contact_id"], line["channel"], line["ms"]) == (12, "email", 3.5)


@pytest.mark.django_db
def test_an_error_of_the_database_does_not_quote_the_row(lines: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE secret (word text PRIMARY KEY)")
        cursor.execute("INSERT INTO secret VALUES ('Lefèvre')")
        try:
            cursor.execute("INSERT INTO secret VALUES ('Lefèvre')")
        except IntegrityError:
            structlog.get_logger("test").exception("refused")
    (line,) = lines()
    assert line["error"] == "IntegrityError"
    assert "duplicate key" in line["error_says"]
    assert any("test_logs.py" in place for place in line["error_at"])
    assert "Lefèvre" not in json.dumps(line, ensure_ascii=False)


def test_lines_of_jobs_keep_the_task_and_lose_its_arguments(lines: Any) -> None:
    extra = {"action": "job_error", "job": {"id": 7, "task_name": "bus.run_later", "task_kwargs": {"a": "Lefèvre"}}}
    logging.getLogger("procrastinate.worker").error("Job bus.run_later[7](a='Lefèvre') ended", extra=extra)
    (line,) = lines()
    assert (line["event"], line["action"], line["job_id"], line["task"]) == ("job", "job_error", 7, "bus.run_later")
    assert "Lefèvre" not in json.dumps(line, ensure_ascii=False)


@pytest.mark.django_db
def test_a_request_leaves_one_line_with_its_route_and_not_its_address(client: Client, lines: Any) -> None:
    client.get("/accounts/login/?next=/customers/lefevre")
    (line,) = [line for line in lines() if line["event"] == "request"]
    assert (line["route"], line["method"], line["status"], line["user_id"]) == ("account_login", "GET", 200, None)
    assert line["ms"] > 0
    assert len(line["request_id"]) == 16
    assert "lefevre" not in json.dumps(line)


@pytest.mark.django_db
def test_health_is_measured_and_not_logged(client: Client, lines: Any) -> None:
    client.get("/healthz")
    assert not [line for line in lines() if line["event"] == "request"]
