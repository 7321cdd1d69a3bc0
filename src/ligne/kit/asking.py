"""Questions that the event loop asks the database itself.

For a question that is answered within a fifth of a millisecond, waking a thread is most of the work, and where the
machine is busy it is most of the waiting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from django.conf import settings

from ligne.kit import database

# A database that could not be reached is left alone for so long, seconds.
_LEFT_ALONE_S = 2.0

# The cursor of a connection of its own.
Session = psycopg.AsyncCursor[tuple[Any, ...]]


class Unanswered(Exception):
    """No session is free, or the database does not answer: a thread is to ask."""


class Sessions:
    """A few sessions of one event loop, opened as they are needed; the statements are planned once in each.

    Not where a pooler stands before the database (settings.DATABASE_DIRECT): it is there so that there are few.
    """

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._open = 0
        self._free: list[Session] = []
        self._opening: asyncio.Task[None] | None = None
        self._left_alone_until = 0.0

    async def rows(self, statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of an answer; for questions that change nothing. Raises `Unanswered`."""
        if not self._free:
            self._open_one_more()
            raise Unanswered
        session = self._free.pop()
        try:
            await session.execute(statement.encode(), given, prepare=True)
            found = await session.fetchall()
        except (psycopg.Error, OSError) as problem:
            await self._let_go(session)
            raise Unanswered from problem
        except BaseException:
            await self._let_go(session)  # in the middle of an answer
            raise
        self._free.append(session)
        return found

    async def close(self) -> None:
        """End the sessions that are free."""
        if self._opening is not None:
            await self._opening
        while self._free:
            await self._let_go(self._free.pop())

    def _open_one_more(self) -> None:
        """Another session, for the next one who asks."""
        full = self._open >= self._most or self._opening is not None
        if not full and time.monotonic() >= self._left_alone_until and not settings.DATABASE_DIRECT:
            self._opening = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            to = database.session_parameters()
            connection = await psycopg.AsyncConnection.connect(**to, autocommit=True)
            await connection.execute("SET plan_cache_mode = force_generic_plan")
            self._free.append(connection.cursor())
            self._open += 1
        except (psycopg.Error, OSError):
            self._left_alone_until = time.monotonic() + _LEFT_ALONE_S
        finally:
            self._opening = None

    async def _let_go(self, session: Session) -> None:
        self._open -= 1
        await session.connection.close()
