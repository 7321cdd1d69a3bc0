"""Questions asked at every click: written in Django's words, turned into SQL once, planned by PostgreSQL once.

Turning a question into SQL costs Django more than asking it, and PostgreSQL plans the same joins anew each time. A
`Prepared` does both once a process and a connection:

    _BY_NUMBER = Prepared(lambda number, houses: Contact.objects.filter(pk=number, principal_id__in=houses))
    _BY_NUMBER.one(number=7, houses=viewer.principals)

What changes from one asking to the next are the names of the lambda: whole numbers, texts, moments, and collections of
them for `__in`. Everything else is written into the statement as it was the first time, so a lambda uses no other
variable. A name is always given values of the same type, and stands where the database is told it as it is: not in
`startswith` and its like, which change it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable, get_related_populators
from psycopg import sql as writing

from ligne.kit import sql

R = TypeVar("R")
_NUMBER, _MOMENT = 2_000_000_000, datetime(1901, 1, 1, tzinfo=UTC)
_PLACE = re.compile("%s|%%")


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The statement, and how its rows become what was asked for."""

    statement: str
    shape: Callable[[tuple[Any, ...]], Any]
    prefetched: tuple[Any, ...]


class Prepared(Generic[R]):
    """A question with one or several answers; `ask` is called once, with stand-ins for what is given later."""

    def __init__(self, ask: Callable[..., QuerySet[Any, R]]) -> None:
        self._ask = ask
        self._compiled: _Compiled | None = None

    def all(self, **given: Any) -> list[R]:
        """Every answer."""
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = _compile(self._ask, given)
        found = [compiled.shape(row) for row in sql.rows(compiled.statement, {k: _plain(v) for k, v in given.items()})]
        if compiled.prefetched and found:
            prefetch_related_objects(found, *compiled.prefetched)
        return found

    def one(self, **given: Any) -> R | None:
        """The answer of a question that has one at most."""
        for each in self.all(**given):
            return each
        return None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, frozenset | set | tuple) else value


def _compile(ask: Callable[..., QuerySet[Any, Any]], given: dict[str, Any]) -> _Compiled:
    stand_ins = {name: _stand_in(value, place) for place, (name, value) in enumerate(given.items())}
    names: dict[Any, str] = {}
    for name, value in stand_ins.items():
        single = value[0] if isinstance(value, list) else value
        names |= {single: name, str(single): name}
    asked = ask(**stand_ins)
    compiler = asked.query.get_compiler(connection=connection)
    text, parameters = compiler.as_sql()
    statement = _named(text, list(parameters), names)
    lost = [name for name in given if f"%({name})s" not in statement]
    if lost:
        # a lookup that changes its value (`startswith`) would ask for the stand-in for ever
        raise TypeError(f"A prepared question cannot be asked with {', '.join(lost)} in this place.")
    return _Compiled(
        statement,
        _shape(cast("Any", asked)._iterable_class, compiler),
        tuple(cast("Any", asked)._prefetch_related_lookups),
    )


def _stand_in(value: Any, place: int) -> Any:
    """A value of the same kind that nobody asks for."""
    if isinstance(value, str):
        return f"stand-in-{place}"
    if isinstance(value, datetime):
        return _MOMENT + timedelta(microseconds=place)
    if isinstance(value, Collection):
        return [_stand_in(next(iter(value), 0), place)]
    if isinstance(value, int) and not isinstance(value, bool):
        return _NUMBER + place
    raise TypeError(f"A prepared question is not asked with {type(value).__name__}.")


def _named(text: str, parameters: list[Any], names: dict[Any, str]) -> str:
    """The statement with `%(name)s` where a stand-in stood, its other values written out, so that the planner sees
    them (an index of the waiting is of use only to who asks for the waiting)."""
    left = iter(parameters)

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%%"
        value = next(left)
        name = names.get(value) if isinstance(value, str | int | datetime) and not isinstance(value, bool) else None
        if name is not None:
            return f"%({name})s"
        return writing.Literal(value).as_string(connection.connection).replace("%", "%%")

    connection.ensure_connection()
    return re.sub(r"\bIN \((%\(\w+\)s)\)", r"= ANY(\1)", _PLACE.sub(place, text))


def _shape(kind: type, compiler: Any) -> Callable[[tuple[Any, ...]], Any]:
    """What Django makes of a row of this question."""
    columns = [column[0] for column in compiler.select]
    converters = list(compiler.get_converters(columns).items())

    def converted(row: tuple[Any, ...]) -> Any:
        if not converters:
            return row
        values = list(row)
        for place, (steps, expression) in converters:
            for step in steps:
                values[place] = step(values[place], expression, connection)
        return tuple(values)

    if kind is ModelIterable:
        objects = _objects(compiler)
        return lambda row: objects(converted(row))
    if kind is FlatValuesListIterable:
        return lambda row: converted(row)[0]
    if kind is ValuesListIterable:
        return converted
    raise TypeError(f"A prepared question does not answer with {kind.__name__}.")


def _objects(compiler: Any) -> Callable[[tuple[Any, ...]], Any]:
    info = compiler.klass_info
    model, fields = info["model"], info["select_fields"]
    start, end = fields[0], fields[-1] + 1
    names = [column[0].target.attname for column in compiler.select[start:end]]
    related = cast("Any", get_related_populators)(info, compiler.select, connection.alias)
    annotated = list((compiler.annotation_col_map or {}).items())

    def shape(row: tuple[Any, ...]) -> Any:
        found = model.from_db(connection.alias, names, row[start:end])
        for each in related:
            each.populate(row, found)
        for name, place in annotated:
            setattr(found, name, row[place])
        return found

    return shape
