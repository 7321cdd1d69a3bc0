"""Letting lines in, and out again when their right ends: many at once, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connections

from ligne.site.live import admission
from ligne.site.live.hub import Hub
from ligne.site.live.line import Line
from ligne.staff import services as presence

log = structlog.get_logger("ligne.live")

AT_ONCE = 200
MOST_LINES = 5000
# Of one address for customers' pages, of one session for ours.
MOST_GUESTS_OF_ONE = 200
MOST_OF_ONE_SESSION = 50
READY_S = 5.0
BACK_IN_S = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A page at the door: what it showed us. A customer's names its `kind` ("chat"), public id and token."""

    line: Line
    last_id: str
    session: str = ""
    wants_floor: bool = False
    source: str = ""
    guest: tuple[str, str, str] | None = None


class Gate:
    """Who waits to be let in, and the thread that asks the database for all of them together."""

    def __init__(self, hub: Hub, ready: asyncio.Event) -> None:
        self.hub = hub
        self._ready = ready
        self._waiting: list[Asked] = []
        self._doubtful: set[int] = set()
        self._something = asyncio.Event()
        # The only thread here that asks the database, with one connection.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")

    # -- in ----------------------------------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> None:
        """Let this page in, or refuse it, as soon as its right is known."""
        if self.hub.closing or len(self.hub.lines) + len(self._waiting) >= MOST_LINES or self._is_many(asked):
            asked.line.refuse(503, BACK_IN_S)
            return
        self._waiting.append(asked)
        self._something.set()

    def doubt(self, user_id: int) -> None:
        """What this person may follow has changed."""
        self._doubtful.add(user_id)
        self._something.set()

    def _is_many(self, asked: Asked) -> bool:
        if asked.guest is None:
            return False  # counted per person once they are known
        return sum(1 for line in self.hub.lines if line.user_id is None and line.source == asked.source) >= (
            MOST_GUESTS_OF_ONE
        )

    async def work(self) -> None:
        """Until cancelled: answer whoever waits, check whoever is in doubt."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                await self._admit(batch)
            doubtful, self._doubtful = self._doubtful, set()
            if doubtful:
                await self.check(line for user_id in doubtful for line in self.hub.of_user(user_id))

    async def _admit(self, batch: Sequence[Asked]) -> None:
        try:
            await asyncio.wait_for(self._ready.wait(), READY_S)
            people, topics = await self.in_thread(_rights, batch)
            arrived = sorted({p.user_id for p in people.values()} - set(self.hub.people()))
        except (DatabaseError, psycopg.Error, TimeoutError):
            for asked in batch:
                asked.line.refuse(503, BACK_IN_S)
            return
        for asked, topic in zip(batch, topics, strict=True):
            self._let_in(asked, people.get(asked.session), topic)
        if arrived:
            with contextlib.suppress(DatabaseError):
                await self.in_thread(presence.connect, arrived)

    def _let_in(self, asked: Asked, person: admission.Person | None, topic: str | None) -> None:
        line = asked.line
        line.source = asked.source
        if person is not None:
            if sum(1 for one in self.hub.of_user(person.user_id) if one.session == asked.session) >= (
                MOST_OF_ONE_SESSION
            ):
                line.refuse(503, BACK_IN_S)
                return
            line.user_id, line.session = person.user_id, asked.session
            line.topics, line.wants_floor = person.topics(asked.wants_floor), asked.wants_floor
        elif topic is not None:
            line.topics = frozenset({topic})
        else:
            line.refuse(401)
            return
        self.hub.join(line, asked.last_id)

    # -- out ---------------------------------------------------------------------------------------------------------

    async def check(self, lines: Iterable[Line]) -> None:
        """End the lines of those who signed out, lost a right, or were deactivated; they come back if they may."""
        ours = [line for line in lines if line.session]
        for start in range(0, len(ours), AT_ONCE):
            batch = ours[start : start + AT_ONCE]
            try:
                people = await self.in_thread(admission.people, [line.session for line in batch])
            except (DatabaseError, psycopg.Error):
                return  # checked again in a while
            for line in batch:
                person = people.get(line.session)
                if person is None or person.topics(line.wants_floor) != line.topics:
                    line.end()

    # -- the database ------------------------------------------------------------------------------------------------

    async def in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Ask the database in the thread that does."""

        def run() -> Any:
            close_old_connections()
            try:
                return work(*arguments)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def close(self) -> None:
        """Leave the database."""
        await self.in_thread(connections.close_all)
        self._thread.shutdown(wait=False)


def _rights(batch: Sequence[Asked]) -> tuple[dict[str, admission.Person], list[str | None]]:
    people = admission.people({asked.session for asked in batch if asked.guest is None})
    return people, [admission.guest(*asked.guest) if asked.guest else None for asked in batch]
