"""Entries lie by month: each finds its place, the guards hold in every one, and a period reads its own months only."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from ligne.journal import services
from ligne.journal.models import Entry
from ligne.kit import clock

from .conftest import Parcel

pytestmark = pytest.mark.django_db


def written(at: datetime) -> str:
    """The table that holds an entry written at that instant."""
    number = services.record(Parcel(subject_id=1, principal_id=1, customer_id=7), at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM journal_entry WHERE id = %s", [number])
        return str(cursor.fetchone()[0])


def months() -> set[str]:
    """The tables of the journal's entries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'journal_entry'::regclass")
        return {str(name) for (name,) in cursor.fetchall()}


def test_an_entry_lies_in_its_month_and_a_stray_one_beside() -> None:
    now = clock.now()
    assert written(now) == f"journal_entry_{now:%Y_%m}"
    assert written(datetime(1999, 5, 1, tzinfo=UTC)) == "journal_entry_other"
    assert Entry.objects.count() == 2


def test_months_are_made_ahead_and_once() -> None:
    there = months()
    made = services.make_months(datetime(2031, 11, 30, 23, 59, tzinfo=UTC))
    assert made == [date(2031, 11, 1), date(2031, 12, 1), date(2032, 1, 1), date(2032, 2, 1)]
    fresh = {"journal_entry_2031_11", "journal_entry_2031_12", "journal_entry_2032_01", "journal_entry_2032_02"}
    assert months() == there | fresh
    assert services.make_months(datetime(2031, 11, 1, tzinfo=UTC)) == []
    # The month is the one of universal time: its last second and the next one's first are told apart.
    assert written(datetime(2031, 11, 30, 23, 59, 59, tzinfo=UTC)) == "journal_entry_2031_11"
    assert written(datetime(2031, 12, 1, tzinfo=UTC)) == "journal_entry_2031_12"


@pytest.mark.parametrize("statement", ["TRUNCATE {}", "DELETE FROM {}", "UPDATE {} SET kind = 'x'"])
def test_no_month_is_changed_by_its_own_name(statement: str) -> None:
    services.make_months(datetime(2031, 11, 1, tzinfo=UTC))
    place = written(datetime(2031, 11, 5, tzinfo=UTC))
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(place))
    assert Entry.objects.count() == 1


def test_a_period_reads_its_own_months() -> None:
    services.make_months(datetime(2031, 11, 1, tzinfo=UTC))
    found = Entry.objects.filter(
        customer_id=7, at__gte=datetime(2031, 11, 5, tzinfo=UTC), at__lt=datetime(2031, 11, 9, tzinfo=UTC)
    )
    plan = found.explain()
    assert "journal_entry_2031_11" in plan
    assert "journal_entry_2031_12" not in plan
    assert "journal_entry_other" not in plan
