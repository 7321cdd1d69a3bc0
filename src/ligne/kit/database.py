"""Which database answers: the pooled leader by default, a session of its own round the pooler, a replica for reports.

A pooler in transaction mode lends another server session to each transaction: what lives in a session (LISTEN,
session locks) needs `DATABASE_URL_DIRECT`. Without that setting the two are one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.http import HttpRequest, HttpResponseBase

from ligne.kit import clock

log = structlog.get_logger("ligne.database")
REPLICA = "replica"
# A replica further behind is left alone: the leader answers instead, seconds.
STALEST_S = 60.0
# A replica that did not answer is not asked again for so long, seconds.
LEFT_ALONE_S = 15.0
# What psycopg is not told when we connect past Django.
_DJANGOS_OWN = ("cursor_factory", "context", "prepare_threshold")

T = TypeVar("T", bound=HttpResponseBase)
_from_replica: ContextVar[bool] = ContextVar("from_replica", default=False)
_missing_until = 0.0


# -- round the pooler ------------------------------------------------------------------------------------------------


def session_parameters() -> dict[str, Any]:
    """psycopg's arguments for a connection whose session is ours alone."""
    wrapper = type(connections[DEFAULT_DB_ALIAS])
    given = wrapper({**connection.settings_dict, **_direct()}, "direct").get_connection_params()
    return {name: value for name, value in given.items() if name not in _DJANGOS_OWN}


@contextmanager
def directly() -> Iterator[None]:
    """Within this block, what this thread asks Django's database has one session, round the pooler."""
    before = connection.settings_dict
    connection.close()
    connection.settings_dict = {**before, **_direct()}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before


def _direct() -> dict[str, Any]:
    return dict(getattr(settings, "DATABASE_DIRECT", None) or {})


# -- the replica -----------------------------------------------------------------------------------------------------


class Route:
    """Django's router: questions asked within `report` go to the replica, everything else to the leader."""

    def db_for_read(self, model: type[Any], **hints: Any) -> str | None:
        """The replica while a report is made."""
        return REPLICA if _from_replica.get() else None

    def db_for_write(self, model: type[Any], **hints: Any) -> str | None:
        """Never the replica."""
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """They are the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The leader alone changes its shape; the replica follows."""
        return db != REPLICA


def report(view: Callable[..., T]) -> Callable[..., T]:
    """Decorate a view that only reads: it asks the replica when there is one that follows closely, else the leader.

    `request.as_of` is then the moment the figures show, None when the leader answers.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> T:
        as_of = _as_of()
        request.as_of = as_of  # type: ignore[attr-defined]
        if as_of is None:
            return view(request, *args, **kwargs)
        token = _from_replica.set(True)
        try:
            return view(request, *args, **kwargs)
        except (OperationalError, InterfaceError) as problem:
            _leave_alone(problem)
        finally:
            _from_replica.reset(token)
        request.as_of = None  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return wrapped


def _as_of() -> Any:
    """The moment up to which the replica has followed; None when it is missing or too far behind."""
    if REPLICA not in settings.DATABASES or time.monotonic() < _missing_until:
        return None
    try:
        connections[REPLICA].close_if_unusable_or_obsolete()
        with connections[REPLICA].cursor() as cursor:
            # Signs of life are written every few seconds: the last replayed transaction is never older on a replica
            # that follows.
            cursor.execute("SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_xact_replay_timestamp() ELSE now() END")
            followed = cursor.fetchone()[0]
    except (OperationalError, InterfaceError) as problem:
        _leave_alone(problem)
        return None
    if followed is None or (clock.now() - followed).total_seconds() > STALEST_S:
        return None
    return followed


def _leave_alone(problem: Exception) -> None:
    global _missing_until  # noqa: PLW0603 - one per process
    _missing_until = time.monotonic() + LEFT_ALONE_S
    connections[REPLICA].close()
    log.warning("replica.missing", error=type(problem).__name__, again_s=LEFT_ALONE_S)
