from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from ligne.journal import services
from ligne.journal.models import Entry, EntryPersonal
from ligne.journal.rules import chain
from ligne.kit import acting
from ligne.kit.bus import Event

from .conftest import Parcel, write

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_personal_fields_are_kept_apart() -> None:
    number = services.record(
        Parcel(subject_id=7, principal_id=3, customer_id=9, actor_id=4, name="Anne Lefèvre", weight=2.25), AT
    )
    entry = Entry.objects.get(pk=number)
    assert (entry.kind, entry.at, entry.subject_type, entry.subject_id) == ("parcel.sent", AT, "parcel", 7)
    assert (entry.principal_id, entry.customer_id, entry.actor_id, entry.actor_kind) == (3, 9, 4, "person")
    assert entry.data == {"weight": 2.25}
    personal = EntryPersonal.objects.get(pk=number)
    assert personal.fields == {"name": "Anne Lefèvre"}
    assert entry.personal_digest == chain.personal_digest(personal.salt, personal.fields)


def test_nothing_personal_writes_nothing_personal() -> None:
    number = write(name="", street="")
    assert Entry.objects.get(pk=number).personal_digest == ""
    assert not EntryPersonal.objects.exists()


def test_one_statement_per_entry(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        write(name="Anne")


def test_a_program_is_told_from_a_person() -> None:
    with acting.through_a_program():
        first = write(actor_id=4)
    second, third = write(actor_id=4), write()
    kinds = dict(Entry.objects.values_list("id", "actor_kind"))
    assert [kinds[first], kinds[second], kinds[third]] == ["program", "person", "system"]


def test_many_at_once_keep_their_order() -> None:
    events = [(Parcel(subject_id=n, principal_id=1, name="x" * (n % 2)), AT) for n in range(50)]
    ids = services.record_many(events)
    assert list(Entry.objects.filter(pk__in=ids).order_by("pk").values_list("subject_id", flat=True)) == list(range(50))
    assert EntryPersonal.objects.count() == 25
    assert services.record_many([]) == []


@pytest.mark.parametrize(
    "odd",
    ["a\x00b", "\ud800 alone", "\N{GRINNING FACE}", "é" * 5000, "\u202e right to left", "\\u0000", '"}'],
    ids=ascii,
)
def test_odd_text_is_recorded_and_verified(odd: str) -> None:
    write(name=odd, street=odd)
    assert services.verify().ok


@dataclass(frozen=True, kw_only=True)
class Odd(Event):
    """Odd numbers."""

    kind: ClassVar[str] = "odd.numbers"
    subject_type: ClassVar[str] = "odd"
    personal: ClassVar[frozenset[str]] = frozenset({"values"})
    values: object = None


@pytest.mark.parametrize(
    "value", [1e22, 1e16, 1.0, 0.1, 1e-7, -0.0, float("inf"), float("nan"), 2**70, True, {"b": 1, "a": [1.5]}]
)
def test_numbers_come_back_as_they_were_hashed(value: object) -> None:
    services.record(Odd(subject_id=1, principal_id=1, values=[value]), AT)
    assert services.verify().ok


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_entry SET kind = 'x'",
        "DELETE FROM journal_entry",
        "UPDATE journal_entrypersonal SET fields = '{}'",
        "DELETE FROM journal_entrypersonal",
        "UPDATE journal_seal SET digest = 'x'",
        "DELETE FROM journal_seal",
    ],
)
@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_to_change_the_past(sql: str, seal_all) -> None:  # type: ignore[no-untyped-def]
    write(name="Anne")
    seal_all()
    with pytest.raises(DatabaseError, match="the journal only grows"), connection.cursor() as cursor:
        cursor.execute(sql)
    assert services.verify().ok
    assert (Entry.objects.count(), EntryPersonal.objects.count()) == (1, 1)


@pytest.mark.parametrize("table", ["journal_entry", "journal_entrypersonal", "journal_seal"])
def test_the_database_refuses_to_empty_the_journal(table: str) -> None:
    write(name="Anne")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only_truncate")
        with pytest.raises(DatabaseError, match="the journal only grows"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table}")
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_each_other() -> None:
    """A transaction that wrote and stays open holds nobody up."""
    wrote, release, failures = threading.Event(), threading.Event(), []

    def hold() -> None:
        try:
            with transaction.atomic():
                write(1)
                wrote.set()
                assert release.wait(30)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert wrote.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    write(2)
    services.seal()
    assert list(Entry.objects.values_list("subject_id", flat=True)) == [2]
    release.set()
    other.join(30)
    assert not failures
    assert set(Entry.objects.values_list("subject_id", flat=True)) == {1, 2}
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
