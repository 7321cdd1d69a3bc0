"""The router: one decides, the others stand by and take over within seconds.

The database is the truth. The right to decide is an advisory lock, held by the very session that writes the offers: it
goes when the process, its connection or the server dies, and another takes it. A transaction of a router that lost the
lock has lost its session with it, so that no offer of a former router can be committed after the next one began; a
database leader that was replaced acknowledges nothing more (synchronous replication). Nothing is kept in memory between
two turns.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
from django.db import DatabaseError, OperationalError, close_old_connections, connection, connections

from ligne.kit import database, heartbeats
from ligne.routing import services
from ligne.routing.reads import facing
from ligne.routing.services.lines import WAKE, log

LOCK = "ligne.router"
TICK_S = 1.0
STANDBY_S = 1.0
RETRY_S = 1.0
BEAT_S = 5.0


def main(stop: threading.Event) -> None:
    """Route until `stop` is set; a lost database is waited for."""
    while not stop.is_set():
        try:
            with database.directly():
                _stand_by_and_route(_session(), stop)
        except (psycopg.Error, DatabaseError) as error:
            log.warning("router.database_lost", error=type(error).__name__)
            connections.close_all()
            stop.wait(RETRY_S)
    connections.close_all()


def _session() -> psycopg.Connection[tuple[object, ...]]:
    """Django's own connection of this thread: what it writes and the lock share their fate."""
    connection.ensure_connection()
    session: psycopg.Connection[tuple[object, ...]] = connection.connection
    return session


def _stand_by_and_route(own: psycopg.Connection[tuple[object, ...]], stop: threading.Event) -> None:
    while not _is_ours(own):
        heartbeats.beat("router-standby")
        if stop.wait(STANDBY_S):
            return
    log.info("router.active")
    own.execute(f"LISTEN {WAKE}")
    _Rounds(own, stop).run()


def _is_ours(own: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = own.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK]).fetchone()
    return bool(row and row[0])


class _Rounds:
    """The active router's rounds: decide at each wake-up; once a second tend to what time changed, and read again what
    changes rarely."""

    def __init__(self, own: psycopg.Connection[tuple[object, ...]], stop: threading.Event) -> None:
        self.own = own
        self.stop = stop
        self.tended = self.beaten = 0.0
        self.known: facing.Known | None = None

    def run(self) -> None:
        with connection.execute_wrapper(self._in_the_session_of_the_lock):
            self._until_stopped()

    def _in_the_session_of_the_lock(
        self, execute: Callable[..., object], sql: str, params: object, many: bool, context: dict[str, object]
    ) -> object:
        """Django quietly opens another connection when one is lost; what is said there is said without the lock."""
        if connection.connection is not self.own:
            raise OperationalError("the session that held the lock has ended")
        return execute(sql, params, many, context)

    def _until_stopped(self) -> None:
        while not self.stop.is_set():
            # a fault of ours must not stop the lines: it is logged and the next round tries again
            try:
                self.round()
            except (psycopg.Error, DatabaseError):
                if self.own.closed or connection.connection is not self.own or not connection.is_usable():
                    raise
                log.exception("router.round_failed")
                self.stop.wait(RETRY_S)
            except Exception:
                log.exception("router.round_failed")
                self.stop.wait(RETRY_S)

    def round(self) -> None:
        """One round; then sleep until somebody wakes the router or a second has passed."""
        close_old_connections()
        if time.monotonic() - self.tended >= TICK_S:
            self.tended = time.monotonic()
            services.tend()
            self.known = services.know()
            if self.tended - self.beaten >= BEAT_S:
                self.beaten = self.tended
                heartbeats.beat("router")
        services.assign(known=self.known)
        left = TICK_S - (time.monotonic() - self.tended)
        # never 0: psycopg takes it for "without end". All that came together is answered by one look at the lines.
        list(self.own.notifies(timeout=max(0.001, left), stop_after=1))
