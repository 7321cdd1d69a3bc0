"""The router's process: one decides, another takes over, a lost database is survived."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection, connections

from ligne.kit import heartbeats
from ligne.routing import process
from ligne.routing.models import Offer
from tests.routing import house

pytestmark = pytest.mark.django_db(transaction=True)


class Router:
    """A router in a thread of its own, as `ligne serve router` runs it in a process."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=process.main, args=(self.stop,))
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def routers() -> Iterator[Callable[[], Router]]:
    made: list[Router] = []

    def make() -> Router:
        made.append(Router())
        return made[-1]

    yield make
    for router in made:
        router.end()
    connections.close_all()


def until(condition: Callable[[], bool], patience_s: float = 15) -> None:
    """Wait for something that other threads bring about."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def holders() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pid FROM pg_locks, hashtextextended(%s, 0) AS wanted
             WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database
                                                                       WHERE datname = current_database())
               AND classid::bigint = (wanted >> 32) & 4294967295 AND objid::bigint = wanted & 4294967295
            """,
            [process.LOCK],
        )
        return [row[0] for row in cursor.fetchall()]


def test_it_routes_what_arrives(routers: Callable[[], Router]) -> None:
    bleuet = house.principal()
    nadia = house.person(bleuet)
    line = house.queue(bleuet, members=(nadia,))
    routers()
    until(lambda: len(holders()) == 1)
    house.arrive(line)
    until(lambda: Offer.objects.count() == 1)
    until(lambda: heartbeats.alive("router") == 1)


def test_another_takes_over_when_the_first_ends(routers: Callable[[], Router]) -> None:
    bleuet = house.principal()
    people = (house.person(bleuet), house.person(bleuet))
    line = house.queue(bleuet, members=people)
    first = routers()
    until(lambda: len(holders()) == 1)
    routers()
    house.arrive(line)
    until(lambda: Offer.objects.count() == 1)
    before = holders()
    first.end()
    house.arrive(line)
    until(lambda: Offer.objects.count() == 2)
    until(lambda: len(holders()) == 1 and holders() != before)


def test_a_broken_connection_is_survived(routers: Callable[[], Router]) -> None:
    bleuet = house.principal()
    people = (house.person(bleuet), house.person(bleuet))
    line = house.queue(bleuet, members=people)
    routers()
    until(lambda: len(holders()) == 1)
    house.arrive(line)
    until(lambda: Offer.objects.count() == 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    house.arrive(line)
    until(lambda: Offer.objects.count() == 2)


def test_its_connection_takes_the_settings_of_the_database() -> None:
    with process._own_connection() as own:
        assert isinstance(own, psycopg.Connection)
        assert own.autocommit
        assert own.info.dbname == connection.settings_dict["NAME"]
