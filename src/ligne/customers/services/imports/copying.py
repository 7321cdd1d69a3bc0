"""New rows by COPY: what a million lines become is not worth a million INSERTs."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.models.base import ModelState
from psycopg import sql

M = TypeVar("M", bound=Model)


class Blank(Generic[M]):
    """New rows of one model that have some values in common, as Django would make them: it takes ten times as long to
    fill in what is the same in each."""

    def __init__(self, model: type[M], **common: Any) -> None:
        self._model = model
        self._filled = {k: v for k, v in model(**common).__dict__.items() if k != "_state"}

    def row(self, **facts: Any) -> M:
        """A new row with these values, by the names of columns (`customer_id`, not `customer`)."""
        row = self._model.__new__(self._model)
        row.__dict__.update(self._filled, _state=ModelState(), **facts)
        return row


def insert(rows: Sequence[Model], *, numbered: bool = False) -> None:
    """Write the new `rows`, all of one model. Every field is written as it stands: nothing is filled in by Django on
    the way. When they are to be `numbered` they bear their ids afterwards; else only the database knows them."""
    if not rows:
        return
    model = type(rows[0])
    fields = [(f.column, f.attname) for f in model._meta.concrete_fields if f.column and not f.generated]
    if not numbered:
        fields = [(column, attname) for column, attname in fields if column != "id"]
    values = attrgetter(*[attname for _, attname in fields])
    table = model._meta.db_table
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column, _ in fields)
    )
    with connection.cursor() as cursor:
        if numbered:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, len(rows)]
            )
            for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = number
                row._state.adding, row._state.db = False, connection.alias
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(values(row))
