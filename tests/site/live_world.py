"""A live line served for real on a socket, and pages that follow it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from ligne.kit import live as kit_live
from ligne.site.live import Live
from ligne.site.live.door import nothing_else, protocol
from tests import loops

PATIENCE_S = 30


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` in an event loop of its own, in a thread of its own: a browser used earlier keeps one running here."""
    loops.run(work())  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[tuple[Live, int]]:
    """A live line, and the port it is served on."""
    live = Live()
    config = uvicorn.Config(nothing_else, http=protocol(live, "127.0.0.1"), lifespan="off", log_config=None)
    config.load()
    state = uvicorn.Server(config).server_state
    made: Any = config.http_protocol_class
    live.open()
    listening = await asyncio.get_running_loop().create_server(
        lambda: made(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    try:
        yield live, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await live.close()


class Page:
    """A page on the live line, as a browser reads it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.status = 0
        self.headers = ""
        self.events: list[str] = []
        self.data: list[str] = []
        self.last_id = ""
        self.retry_ms = 0
        self.ended = False

    @classmethod
    async def open(
        cls, port: int, path: str = "/live", *, cookie: str = "", last_id: str = "", method: str = "GET"
    ) -> Page:
        """Ask for the line and read the answer's head."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        page = cls(reader, writer)
        lines = [f"{method} {path} HTTP/1.1", "Host: test", f"Cookie: {cookie}"]
        lines += [f"Last-Event-ID: {last_id}"] if last_id else []
        writer.write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(PATIENCE_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        page.status, page.headers = int(head.split()[1]), head
        return page

    async def read(self) -> None:
        """Take in one block of what is told."""
        while row := (await self.reader.readline()).decode().rstrip("\n"):
            name, _, value = row.partition(": ")
            if name == "event":
                self.events.append(value)
            elif name == "data":
                self.data.append(value)
            elif name == "id":
                self.last_id = value
            elif name == "retry":
                self.retry_ms = int(value)
        self.ended = self.reader.at_eof()

    async def until(self, true: Callable[[], bool]) -> None:
        """Read until `true()`, or the end of the line."""
        async with asyncio.timeout(PATIENCE_S):
            while not true() and not self.ended:
                await self.read()
        assert true()

    async def heard(self, *events: str) -> None:
        """Read until all of these came."""
        await self.until(lambda: set(events) <= set(self.events))

    async def gone(self) -> None:
        """Read until the line ends."""
        await self.until(lambda: self.ended)

    async def close(self) -> None:
        """Leave."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


async def until(true: Callable[[], bool]) -> None:
    """Let the others work until `true()`."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


def session_of(user: Any) -> str:
    """The cookie of a signed-in person."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


async def push(topic: str, name: str, **data: Any) -> None:
    """Say something, committed at once."""
    await done(kit_live.push, topic, name, **data)


async def done(work: Callable[..., Any], *arguments: Any, **facts: Any) -> Any:
    """Ask the database in another thread, which leaves no connection behind."""

    def run() -> Any:
        try:
            return work(*arguments, **facts)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)
