"""Events of the tests' own and short ways to the journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest
from django.db import connection

from ligne.journal import services
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.bus import Event


@dataclass(frozen=True, kw_only=True)
class Parcel(Event):
    """A parcel was sent."""

    kind: ClassVar[str] = "parcel.sent"
    subject_type: ClassVar[str] = "parcel"
    personal: ClassVar[frozenset[str]] = frozenset({"name", "street"})
    weight: float = 1.5
    name: str = ""
    street: str = ""


def write(number: int = 1, **facts: object) -> int:
    """Record one parcel; returns the entry's id."""
    values = {"subject_id": number, "principal_id": 1} | facts
    return services.record(Parcel(**values), clock.now())


def sealed() -> int:
    """Entries under seals."""
    return services.verify().sealed


@pytest.fixture
def seal_all() -> Callable[[], None]:
    """Seal until nothing is left: other sessions of the same cluster may hold the horizon back for a moment."""

    def run() -> None:
        deadline = time.monotonic() + 60
        while True:
            services.seal()
            if sealed() == Entry.objects.count():
                return
            assert time.monotonic() < deadline, "a transaction elsewhere in the cluster stays open"
            time.sleep(0.05)

    return run


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Run SQL as somebody who owns the database and switched the guards off."""

    def run(sql: str, *parameters: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                cursor.execute(sql, parameters)
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")

    return run
