"""New rows by COPY: what a million lines become is not worth a million INSERTs."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from django.db import connection
from django.db.models import Model
from psycopg import sql


def insert(rows: Sequence[Model]) -> None:
    """Number the new `rows`, all of one model, and write them. Every field is written as it stands: nothing is filled
    in by Django on the way."""
    if not rows:
        return
    model = type(rows[0])
    fields = [(f.column, f.attname) for f in model._meta.concrete_fields if f.column and not f.generated]
    values = attrgetter(*[attname for _, attname in fields])
    table = model._meta.db_table
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column, _ in fields)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, len(rows)]
        )
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = number
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(values(row))
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
