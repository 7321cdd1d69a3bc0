"""Reports are read from a replica when there is one; what needs a session has one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from ligne.kit import database, locks
from ligne.kit.models import Heartbeat

pytestmark = pytest.mark.django_db


def add_replica(**otherwise: Any) -> None:
    connections.settings["replica"] = connections.settings["default"] | otherwise
    # Tests may open connections of the alias they were announced, and that one alone.
    connections["replica"] = type(connections["default"])(connections.settings["replica"], "default")


@pytest.fixture(autouse=True)
def _no_replica_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(database, "_missing_until", 0.0)
    yield
    if "replica" in connections.settings:
        connections["replica"].close()
        del connections["replica"]
        del connections.settings["replica"]


def asked() -> tuple[list[str], HttpRequest, HttpResponse]:
    """Which databases a report asked, what its request says, and its answer."""
    seen: list[str] = []

    @database.report
    def view(request: HttpRequest) -> HttpResponse:
        seen.append(Heartbeat.objects.all().db)
        return HttpResponse(str(Heartbeat.objects.count()))

    request = RequestFactory().get("/")
    return seen, request, view(request)


def as_of(request: HttpRequest) -> object:
    return getattr(request, "as_of", "nothing said")


def test_without_a_replica_the_leader_answers() -> None:
    seen, request, answer = asked()
    assert (seen, as_of(request), answer.content) == (["default"], None, b"0")


def test_a_replica_answers_reports_and_nothing_else() -> None:
    add_replica()
    seen, request, _ = asked()
    assert seen == ["replica"]
    assert as_of(request) is not None
    assert Heartbeat.objects.all().db == "default"


def test_a_replica_that_is_missing_is_left_alone_for_a_while() -> None:
    add_replica(HOST="127.0.0.1", PORT="1")
    assert asked()[0] == ["default"]
    assert database._missing_until > 0


def test_a_replica_lost_in_the_middle_is_replaced_by_the_leader() -> None:
    add_replica()
    seen: list[str] = []

    @database.report
    def view(request: HttpRequest) -> HttpResponse:
        seen.append(Heartbeat.objects.all().db)
        if len(seen) == 1:
            raise OperationalError("gone")
        return HttpResponse()

    request = RequestFactory().get("/")
    view(request)
    assert (seen, as_of(request)) == (["replica", "default"], None)


def test_a_replica_far_behind_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    add_replica()
    monkeypatch.setattr(database, "STALEST_S", -1.0)
    assert asked()[0] == ["default"]


def test_a_session_of_its_own_goes_round_the_pooler(settings: LazySettings) -> None:
    settings.DATABASE_DIRECT = {"HOST": "elsewhere", "PORT": "5000", "OPTIONS": {"target_session_attrs": "read-write"}}
    given = database.session_parameters()
    assert (given["host"], given["port"], given["target_session_attrs"]) == ("elsewhere", "5000", "read-write")
    assert given["dbname"] == connection.settings_dict["NAME"]
    settings.DATABASE_DIRECT = None
    with psycopg.connect(**database.session_parameters()) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_lock_is_held_by_one_at_a_time() -> None:
    with locks.held("import 1") as first, locks.held("import 1") as second, locks.held("import 2") as other:
        assert (first, second, other) == (True, False, True)
    with locks.held("import 1") as again:
        assert again
