"""Hearing what is said: one LISTEN connection, and the database's list of what was said while nobody listened."""

from __future__ import annotations

import asyncio
import contextlib
import time

import psycopg
import structlog
from psycopg import sql

from ligne.kit import database
from ligne.kit.live import CHANNEL, KEPT_S
from ligne.site.live.hub import Hub, read

log = structlog.get_logger("ligne.live")

LONGEST_PAUSE_S = 5.0
# A connection that answers no question any more is given up, seconds.
ASK_EVERY_S = 20.0
PATIENCE_S = 10.0

_LISTEN = sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL))
# What a process that starts reads of it at most, bytes.
MOST_READ = 8_000_000

# With the last word before that time: a page may have heard nothing since.
_SAID = """
SELECT transaction_id || '-' || id, extract(epoch FROM clock_timestamp() - at), payload
  FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY id DESC) AS read FROM kit_said) AS said
 WHERE read <= %(most)s AND id >= coalesce(
       (SELECT max(id) FROM kit_said WHERE at < clock_timestamp() - make_interval(secs => %(kept)s)), 0)
 ORDER BY id
"""
_FORGET = """
DELETE FROM kit_said
 WHERE id < (SELECT max(id) FROM kit_said WHERE at < clock_timestamp() - make_interval(secs => %s))
"""

_FIRST = "INSERT INTO kit_said (payload) VALUES ('[]') RETURNING transaction_id || '-' || id, 0, payload"

Connection = psycopg.AsyncConnection[tuple[object, ...]]


class Ear:
    """Listens for a hub, for ever; a lost connection is made again and what was missed is read."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.caught_up = asyncio.Event()
        self._early: list[str] | None = None

    async def listen(self) -> None:
        """Until cancelled."""
        pause = 0.2
        while True:
            try:
                parameters = database.session_parameters()
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as connection:
                    await self._catch_up(connection)
                    pause = 0.2
                    await self._hear(connection)
            except (psycopg.Error, OSError, TimeoutError) as problem:
                log.warning("live.database_lost", error=type(problem).__name__, again_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _catch_up(self, connection: Connection) -> None:
        """Listen first, then read what was said before: nothing falls between the two."""
        early: list[str] = []
        self._early = early
        connection.add_notify_handler(self._told)
        await connection.execute(_LISTEN)
        found = await (await connection.execute(_SAID, {"most": MOST_READ, "kept": KEPT_S})).fetchall()
        # A first word of nobody's, so that there is a mark to come back to.
        found = found or await (await connection.execute(_FIRST)).fetchall()
        now = time.time()
        new = self.hub.ring.fill((str(mark), now - float(str(age)), read(str(said))) for mark, age, said in found)
        if new is None:
            self.hub.ask_all_again()
        else:
            for told in new:
                self.hub.deliver(told.wires)
        self._early = None
        for words in early:
            self.hub.hear(words)  # what was on the list too is known
        self.caught_up.set()

    async def _hear(self, connection: Connection) -> None:
        """Read notifications as they come, a whole burst at a time; ask now and then whether the database lives."""
        loop = asyncio.get_running_loop()
        broken = loop.create_future()
        low = connection.pgconn

        def readable() -> None:
            try:
                low.consume_input()
                while heard := low.notifies():
                    self.hub.hear(heard.extra.decode())
            except Exception as problem:  # told to the waiting task
                if not broken.done():
                    broken.set_exception(problem)

        while True:
            loop.add_reader(low.socket, readable)
            try:
                readable()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(broken), ASK_EVERY_S)
            finally:
                loop.remove_reader(low.socket)
            async with asyncio.timeout(PATIENCE_S):
                await connection.execute(_FORGET, [KEPT_S])

    def _told(self, heard: psycopg.Notify) -> None:
        """What came while a question was answered; while we catch up it waits until the past is told."""
        if self._early is None:
            self.hub.hear(heard.payload)
        else:
            self._early.append(heard.payload)
