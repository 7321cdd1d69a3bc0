"""Many new rows at once by COPY, for the few places where a hundred come together: a third of INSERT's time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.utils.asyncio import async_unsafe
from psycopg import sql
from psycopg.types.json import Jsonb

M = TypeVar("M", bound=models.Model)

_NEXT = """
WITH numbers AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name)
SELECT nextval(name) FROM numbers, generate_series(1, %s)
"""


def next_ids(table: str, count: int) -> list[int]:
    """Numbers for that many rows to come of a table."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [table, count])
        return [int(row[0]) for row in cursor.fetchall()]


def insert(instances: Iterable[M]) -> list[M]:
    """Write new instances of one model as they stand and give them their ids; like `bulk_create`, in a transaction,
    with the same errors."""
    made = list(instances)
    if not made:
        return made
    table, fields = layout(type(made[0]))
    if any(name == "id" for name, _, _ in fields):
        unnumbered = [one for one in made if one.pk is None]
        for one, number in zip(unnumbered, next_ids(table, len(unnumbered)), strict=True):
            one.pk = number
    rows = (
        [Jsonb(getattr(one, name)) if is_json else getattr(one, name) for name, _, is_json in fields] for one in made
    )
    write(table, [column for _, column, _ in fields], rows)
    for one in made:
        one._state.adding, one._state.db = False, connection.alias
    return made


def add(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]], **same: Any) -> None:
    """Write new rows of a model without making its instances: `columns` (by their attributes: "contact_id") differ from
    row to row, `same` are alike in all of them, the others get the model's default. JSON is given as text.

    In a transaction; with the same errors as `insert`. Without rows nothing is asked.
    """
    if not rows:
        return
    names, alike = _alike(model, tuple(columns))
    blank = tuple({**alike, **same}[name] for name in names)
    write(model._meta.db_table, [*columns, *names], (row + blank for row in rows))


@async_unsafe
def write(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY these rows into a table."""
    statement = _copy(table, tuple(columns))
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _copy(table: str, columns: tuple[str, ...]) -> str:
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), named).as_string()


@cache
def layout(model: type[models.Model]) -> tuple[str, list[tuple[str, str, bool]]]:
    """The table of a model, and of each of its columns the attribute, the name, whether it holds JSON."""
    return model._meta.db_table, [
        (field.attname, field.column or field.attname, isinstance(field, models.JSONField))
        for field in model._meta.concrete_fields
        if not field.generated
    ]


@cache
def _alike(model: type[models.Model], told: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The columns of a model that are not `told`, and the model's default of each."""
    missing = [
        field for field in model._meta.concrete_fields if not (field.generated or field.attname in {*told, "id"})
    ]
    defaults = {
        field.attname: json.dumps(field.get_default()) if isinstance(field, models.JSONField) else field.get_default()
        for field in missing
    }
    return tuple(defaults), defaults
