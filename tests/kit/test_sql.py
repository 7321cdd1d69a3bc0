"""Statements written by hand and rows without objects, on the real database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from ligne.contacts.models import Contact, Message
from ligne.contacts.words import WAITING
from ligne.kit import copying, sql
from tests.routing import house

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


@pytest.mark.parametrize("planned", [True, False])
def test_rows_are_given_back_as_python_knows_them(planned: bool) -> None:
    asked = "SELECT %(at)s::timestamptz, number FROM unnest(%(numbers)s::bigint[]) AS number"
    found = sql.rows(asked, {"at": NOON, "numbers": sql.array([3, 1])}, planned=planned)
    assert found == [(NOON, 3), (NOON, 1)]
    assert found[0][0].utcoffset() == NOON.utcoffset()
    assert sql.rows("SELECT FROM unnest(%(none)s::bigint[])", {"none": sql.array([])}, planned=planned) == []


def test_what_answers_with_nothing_can_be_done() -> None:
    assert sql.do("SET LOCAL lock_timeout = '10s'", {}) == -1


def test_who_guards_the_connection_guards_these_statements() -> None:
    """The router's guard (`routing.process`) must see every statement, or a lost lock would go unnoticed."""
    heard: list[str] = []

    def listen(execute: Callable[..., Any], statement: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        heard.append(statement)
        assert context["connection"].alias == connection.alias
        return execute(statement, params, many, context)

    def refuse(*_: object) -> None:
        raise OperationalError("the session that held the lock has ended")

    with connection.execute_wrapper(listen):
        assert sql.rows("SELECT 1", {}) == [(1,)]
    assert heard == ["SELECT 1"]
    with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
        sql.rows("SELECT 1", {})


def test_added_rows_have_the_models_defaults() -> None:
    bleuet = house.principal()
    ids = copying.next_ids("contacts_contact", 2)
    rows = [(number, f"Demande {number}") for number in ids]
    copying.add(Contact, ("id", "subject"), rows, principal_id=bleuet.pk, channel="chat", arrived_at=NOON)
    added = list(Contact.objects.filter(pk__in=ids).order_by("pk"))
    assert [one.subject for one in added] == [subject for _, subject in rows]
    plain = Contact(principal=bleuet, channel="chat", arrived_at=NOON)
    for one in added:
        for field in Contact._meta.concrete_fields:
            if field.attname not in ("id", "subject"):
                assert getattr(one, field.attname) == getattr(plain, field.attname), field.attname
    assert added[0].state == WAITING


def test_a_refused_row_leaves_none() -> None:
    line = house.queue(house.principal())
    contact = house.arrive(line)
    said = ("contact_id", "external_id")
    rows = [(contact.pk, "x1"), (contact.pk, "x1")]
    with pytest.raises(IntegrityError), transaction.atomic():
        copying.add(Message, said, rows, principal_id=line.principal_id, kind="in", created_at=NOON)
    assert Message.objects.filter(contact=contact).count() == 1
    copying.add(Message, said, [])
    assert Message.objects.filter(contact=contact).count() == 1
