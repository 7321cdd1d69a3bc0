"""The router: one decides, the others stand by and take over within seconds.

The database is the truth. The right to decide is an advisory lock held by a dedicated connection: it goes when the
process, its connection or the server dies, and another takes it. Nothing is kept in memory between two turns.
"""

from __future__ import annotations

import threading
import time

import psycopg
from django.db import DatabaseError, close_old_connections, connection, connections

from ligne.kit import heartbeats
from ligne.routing import services
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
            with _own_connection() as own:
                _stand_by_and_route(own, stop)
        except (psycopg.Error, DatabaseError) as error:
            log.warning("router.database_lost", error=type(error).__name__)
            connections.close_all()
            stop.wait(RETRY_S)
    connections.close_all()


def _own_connection() -> psycopg.Connection[tuple[object, ...]]:
    params = connection.get_connection_params()
    for unknown in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(unknown, None)
    return psycopg.connect(**params, autocommit=True)


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
    """The active router's rounds: decide at each wake-up, tend to what time changed once a second."""

    def __init__(self, own: psycopg.Connection[tuple[object, ...]], stop: threading.Event) -> None:
        self.own = own
        self.stop = stop
        self.tended = self.beaten = 0.0

    def run(self) -> None:
        while not self.stop.is_set():
            # a fault of ours must not stop the lines: it is logged and the next round tries again
            try:
                self.round()
            except (psycopg.Error, DatabaseError):
                if self.own.broken or not connection.is_usable():
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
            services.tick()
            if self.tended - self.beaten >= BEAT_S:
                self.beaten = self.tended
                heartbeats.beat("router")
        else:
            services.assign()
        left = TICK_S - (time.monotonic() - self.tended)
        # never 0: psycopg takes it for "without end". All that came together is answered by one look at the lines.
        list(self.own.notifies(timeout=max(0.001, left), stop_after=1))
