"""The router's process: one decides, another takes over, a lost database is survived."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import psycopg
import pytest
from django.db import OperationalError, close_old_connections, connection, connections

from ligne.kit import database, heartbeats
from ligne.routing import process
from ligne.routing.models import Offer, WorkItem
from ligne.staff import services as staff
from ligne.staff.models import Presence
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


def until(condition: Callable[[], bool], patience_s: float = 60) -> None:
    """Wait for something that others bring about; meanwhile everybody's browser is heard, however slow the machine."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        staff.heartbeat(Presence.objects.values_list("user_id", flat=True))
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


def _as_a_process() -> subprocess.Popen[bytes]:
    """`ligne serve router` on the tests' database."""
    at = connection.settings_dict
    where = f"{at['HOST'] or ''}:{at['PORT'] or ''}" if "/" not in str(at["HOST"]) else ""
    url = f"postgresql://{quote(at['USER'])}:{quote(at['PASSWORD'])}@{where}/{at['NAME']}"
    if not where:
        url += f"?host={quote(str(at['HOST']), safe='')}&port={at['PORT']}"
    return subprocess.Popen(
        [sys.executable, "-c", "from ligne.site.cli import main; main()", "serve", "router"],
        env=os.environ | {"DATABASE_URL": url},
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_a_consistent_state_and_the_next_goes_on() -> None:
    bleuet = house.principal()
    people = tuple(house.person(bleuet) for _ in range(12))
    line = house.queue(bleuet, members=people, offer_s=600)
    for _ in range(3):
        router = _as_a_process()
        try:
            until(lambda: len(holders()) == 1, 60)
            for _ in range(4):
                house.arrive(line)
        finally:
            router.kill()
            router.wait(10)
        until(lambda: not holders())
        assert _contradictions() == []
    last = _as_a_process()
    try:
        until(lambda: Offer.objects.filter(outcome="open").count() == 12, 60)
    finally:
        last.terminate()
        last.wait(20)
    assert WorkItem.objects.filter(state="offered").values("advisor_id").distinct().count() == 12
    assert _contradictions() == []


@pytest.mark.slow
def test_the_standby_goes_on_when_the_active_router_is_killed() -> None:
    bleuet = house.principal()
    people = tuple(house.person(bleuet) for _ in range(8))
    line = house.queue(bleuet, members=people, offer_s=600)
    active = _as_a_process()
    standby = None
    try:
        until(lambda: len(holders()) == 1, 60)
        standby = _as_a_process()
        until(lambda: heartbeats.alive("router-standby") == 1, 60)
        for _ in range(4):
            house.arrive(line)
        until(lambda: Offer.objects.filter(outcome="open").count() == 4, 60)
        active.kill()
        active.wait(10)
        for _ in range(4):
            house.arrive(line)
        until(lambda: Offer.objects.filter(outcome="open").count() == 8, 60)
        assert standby.poll() is None
    finally:
        for process in (active, standby):
            if process is not None:
                process.kill()
                process.wait(10)
    assert WorkItem.objects.filter(state="offered").values("advisor_id").distinct().count() == 8
    assert _contradictions() == []


def _contradictions() -> list[str]:
    """Where a contact, its item and its offers do not say the same."""
    found = []
    for item in WorkItem.objects.select_related("contact"):
        assert item.contact is not None
        open_offers = list(
            Offer.objects.filter(item_id_was=item.pk, outcome="open").values_list("advisor_id", flat=True)
        )
        said = (item.state, item.contact.state, item.contact.advisor_id, open_offers)
        allowed = ("waiting", "waiting", None, []), ("offered", "offered", item.advisor_id, [item.advisor_id])
        if said not in allowed:
            found.append(f"{item.pk}: {said}")
    return found


def test_a_former_router_writes_nothing_once_another_took_over() -> None:
    own = process._session()
    assert process._is_ours(own)
    rounds = process._Rounds(own, threading.Event())
    with psycopg.connect(**database.session_parameters(), autocommit=True) as other:
        with connection.execute_wrapper(rounds._in_the_session_of_the_lock):
            heartbeats.beat("router")
            other.execute("SELECT pg_terminate_backend(%s)", [own.info.backend_pid])
            until(lambda: process._is_ours(other))
            for _ in range(2):  # the second time Django would open a connection that has no lock
                with pytest.raises(OperationalError):
                    heartbeats.beat("former")
                close_old_connections()
        assert heartbeats.alive("router") == 1
        assert heartbeats.alive("former") == 0
