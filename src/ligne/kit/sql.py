"""Statements written by hand, for the few questions that are asked at every keystroke, or hundreds of times a second.

PostgreSQL plans them once for each connection; not where a pooler gives each transaction another one (settings.
DATABASE_DIRECT tells that there is one), nor while the queries of a test are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import QuerySet
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.json import Jsonb

from ligne.kit import copying

R = TypeVar("R")
M = TypeVar("M", bound=models.Model)
_AFTER = 3  # uses of one statement on one connection
_KEPT = 300  # statements that one connection keeps planned


def rows(statement: str, given: Mapping[str, Any], *, planned: bool = True) -> list[tuple[Any, ...]]:
    """The rows that `statement` answers with, its `%(names)s` filled from `given`.

    `planned=False` lets PostgreSQL plan it anew each time: for questions about many rows at once, for which the plan
    made while a table was small would be a bad one later.
    """
    with _asked(statement, given, planned=planned) as cursor:
        return list(cursor.fetchall())


def do(statement: str, given: Mapping[str, Any], *, planned: bool = True) -> int:
    """Let `statement` write; returns how many rows it touched. `planned` as of `rows`."""
    with _asked(statement, given, planned=planned) as cursor:
        return int(cursor.rowcount)


def insert(one: M) -> M:
    """Write a new instance as it stands and give it its id; `save` without what Django asks itself each time."""
    statement, names = _insertion(type(one))
    values = {name: Jsonb(getattr(one, name)) if is_json else getattr(one, name) for name, is_json in names}
    [(one.pk,)] = rows(statement, values)
    one._state.adding, one._state.db = False, connection.alias
    return one


def update(one: models.Model, *names: str) -> None:
    """Write these attributes (`advisor_id`, not `advisor`) of an instance that is kept; all of them when none is named.

    Like `save(update_fields=…)` for a row that is locked; nothing happens when it is gone.
    """
    statement, fields = _updating(type(one), names)
    values = {name: Jsonb(getattr(one, name)) if is_json else getattr(one, name) for name, is_json in fields}
    do(statement, values | {"pk": one.pk})


@cache
def _updating(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[tuple[str, bool]]]:
    table, fields = copying.layout(model)
    key = model._meta.pk
    kept = [field for field in fields if field[0] != key.attname and (not names or field[0] in names)]
    if len(kept) < len(names):
        raise ValueError(f"{model.__name__} has not all of {', '.join(names)}")
    columns = ", ".join(f'"{column}" = %({name})s' for name, column, _ in kept)
    statement = f'UPDATE "{table}" SET {columns} WHERE "{key.column}" = %(pk)s'  # noqa: S608 - a model's names
    return statement, [(name, is_json) for name, _, is_json in kept]


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[tuple[str, bool]]]:
    table, fields = copying.layout(model)
    kept = [field for field in fields if field[0] != "id"]
    columns = ", ".join(f'"{column}"' for _, column, _ in kept)
    places = ", ".join(f"%({name})s" for name, _, _ in kept)
    key = model._meta.pk.column
    statement = f'INSERT INTO "{table}" ({columns}) VALUES ({places}) RETURNING "{key}"'  # noqa: S608 - a model's names
    return statement, [(name, is_json) for name, _, is_json in kept]


@contextmanager
def _asked(statement: str, given: Mapping[str, Any], *, planned: bool = True) -> Iterator[Any]:
    """A cursor that has run `statement`, planned beforehand where that is allowed."""
    here = connections[DEFAULT_DB_ALIAS]
    if here.queries_logged or (planned and getattr(settings, "DATABASE_DIRECT", None)):
        with here.cursor() as plain:
            plain.execute(statement, dict(given))
            yield plain
        return
    here.ensure_connection()
    with here.wrap_database_errors:
        raw: psycopg.Connection[Any] = here.connection
        if raw.prepare_threshold is None:
            raw.prepare_threshold = _AFTER  # Django's own cursors never prepare
            raw.prepared_max = _KEPT
        with psycopg.Cursor(raw) as cursor:
            if raw.info.parameter_status("TimeZone") == "UTC":
                # Django's loader puts the same UTC in its place, in five times the time
                cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
            # who guards the connection guards these statements too (`routing.process`)
            execute: Callable[..., object] = _execute
            for wrapper in reversed(here.execute_wrappers):
                execute = partial(wrapper, execute)
            execute(statement, given, False, {"connection": here, "cursor": cursor, "planned": planned})
            yield cursor


def _execute(statement: str, given: Mapping[str, Any], many: bool, context: Mapping[str, Any]) -> None:
    context["cursor"].execute(statement, given, prepare=None if context["planned"] else False)


def array(values: Iterable[int | str]) -> str:
    """Numbers, or words without marks, as PostgreSQL writes an array of them: to be given for `%(name)s::bigint[]`."""
    return f"{{{','.join(map(str, values))}}}"


def one(found: QuerySet[Any, R]) -> R | None:
    """The row of a question that has one answer at most; None when it has none.

    `first()` would sort that one row, and making the statement so costs a third of asking it.
    """
    for row in found[:1]:
        return row
    return None
