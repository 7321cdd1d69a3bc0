"""The faults, one function each: it breaks something, waits, and heals it. From its end it is measured how soon the
service is back."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from ligne.kit import postgres
from ligne.kit.postgres import cluster
from ligne.site.simulation.faults import disks
from ligne.site.simulation.faults.victim import Victim
from ligne.site.simulation.ledger import Ledger

if TYPE_CHECKING:
    from ligne.site.simulation.faults.customers import Shop
    from ligne.site.simulation.people import Public


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault happens: the centre, and who writes to it."""

    victim: Victim
    public: Public
    shop: Shop
    ledger: Ledger
    rng: random.Random


Fault = Callable[[Place], None]
HELD_S = (4.0, 7.0)


def _a_while(place: Place) -> None:
    time.sleep(place.rng.uniform(*HELD_S))


def kill(name: str) -> Fault:
    """kill -9 of one process; it is not asked, and nobody is told."""

    def fault(place: Place) -> None:
        os.kill(place.victim.pid(name), signal.SIGKILL)

    return fault


def stop(name: str) -> Fault:
    """One process stands still for some seconds and goes on as if nothing had been."""

    def fault(place: Place) -> None:
        pids = place.victim.backends() if name == "backends" else [place.victim.pid(name)]
        held = [pid for pid in pids if _signal(pid, signal.SIGSTOP)]
        try:
            _a_while(place)
        finally:
            for pid in held:
                _signal(pid, signal.SIGCONT)

    return fault


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def cut_sessions(place: Place) -> None:
    """Every session of the database is ended, three times."""
    for _ in range(3):
        _end_sessions(place)
        time.sleep(1)


def cut_database(place: Place) -> None:
    """The database cannot be reached: its socket is gone and every session ended."""
    socket = cluster.socket_folder(place.victim.home) / f".s.PGSQL.{cluster.PORT}"
    aside = socket.with_name("aside")
    with postgres.Server(place.victim.home).admin("postgres") as db:
        socket.rename(aside)
        try:
            db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [cluster.APP_ROLE])
            _a_while(place)
        finally:
            aside.rename(socket)


def _end_sessions(place: Place) -> None:
    with postgres.Server(place.victim.home).admin("postgres") as db:
        db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [cluster.APP_ROLE])


def fill_files(place: Place) -> None:
    """No room left where files are kept."""
    with disks.full(place.victim.home / "files"):
        _a_while(place)


def fill_database(place: Place) -> None:
    """No room left where the database and the logs are written, not even for the database's next log segment."""
    with postgres.Server(place.victim.home).admin("postgres") as db, disks.full(place.victim.home):
        with contextlib.suppress(psycopg.Error):
            db.execute("SELECT pg_switch_wal()")
        _a_while(place)


def wrong_clock(name: str, seconds: int) -> Fault:
    """A second host whose clock is wrong by minutes joins; as a router, it takes over from the right one."""

    def fault(place: Place) -> None:
        other = place.victim.beside(name, LIGNE_CLOCK_SKEW=str(seconds))
        try:
            time.sleep(4)
            if name == "router":
                os.kill(place.victim.pid(name), signal.SIGKILL)
            time.sleep(8)
        finally:
            other.send_signal(signal.SIGTERM)
            other.wait(20)

    return fault


def twice(place: Place) -> None:
    """Deliveries repeated, all at once, and out of order."""
    from ligne.site.simulation.faults import customers  # once Django is ready

    customers.deliver_twice_and_out_of_order(place.victim, place.public, place.shop, place.ledger)


FAULTS: dict[str, Fault] = {
    **{f"kill {name}": kill(name) for name in ("web", "router", "worker", "mail", "postgres")},
    **{f"stop {name}": stop(name) for name in ("web", "router", "worker", "mail", "backends")},
    "sessions cut": cut_sessions,
    "database cut": cut_database,
    "files full": fill_files,
    "database full": fill_database,
    **{f"clock {name} {s:+d} s": wrong_clock(name, s) for name in ("worker", "router") for s in (300, -300)},
    "twice": twice,
}
NEED_SMALL_DISKS = frozenset({"files full", "database full"})
