"""A browser at the advisor's desk, without its pixels: the live line, and the requests that the desk's scripts make.

What asks for itself when it is drawn (`hx-trigger="load"`) is fetched from what was drawn, and so on, as htmx does;
what follows events (`sse:work`) is fetched at each event, one answer at a time and the last wish after it.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any, cast

_LOADS = re.compile(rb'hx-get="([^"]+)"[^>]*hx-trigger="load[",]')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN = "b" * 32

Answer = tuple[int, bytes]


class Connection(asyncio.Protocol):
    """One kept connection: requests are answered in their order, one after the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._asked: deque[tuple[bytes, asyncio.Future[Answer]]] = deque()
        self._sent = False
        self._opening = asyncio.Lock()

    async def ask(self, request: bytes) -> Answer:
        """Send it once those before are answered; (status, body). A connection closed while idle is opened again."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked.append((request, answer))
        async with self._opening:
            if self._transport is None:
                await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)
        self._send()
        return await answer

    def _send(self) -> None:
        if self._asked and not self._sent and self._transport is not None:
            self._sent = True
            self._transport.write(self._asked[0][0])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._received, 0, end + 2)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) < whole:
            return
        status, body = int(self._received[9:12]), self._received[end + 4 : whole]
        self._received = self._received[whole:]
        self._sent = False
        _, answer = self._asked.popleft()
        if not answer.done():  # nobody waits any more when the play is over
            answer.set_result((status, body))
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport, self._received = None, b""
        asked, self._asked = self._asked, deque()
        for _, answer in asked:
            if not answer.done():
                answer.set_exception(ConnectionError("the centre closed the connection"))
        self._sent = False


class Line(asyncio.Protocol):
    """The live line of one page; `on_event` is told (name, data)."""

    def __init__(self, cookie: str, on_event: Callable[[str, Any], None]) -> None:
        self._cookie = cookie
        self._on_event = on_event
        self._rest = b""
        self.is_open = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        request = f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self._cookie}\r\n\r\n"
        cast("asyncio.Transport", transport).write(request.encode())

    def data_received(self, data: bytes) -> None:
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        told = [event for event in map(_event, blocks) if event is not None]
        for at, (name, data_of) in enumerate(told):
            later = told[at + 1 :]
            if name == "hello":
                self.is_open.set()
            elif (name, data_of) not in later and not (name == "work" and any(n == "offer" for n, _ in later)):
                self._on_event(name, json.loads(data_of))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open.clear()


def _event(block: bytes) -> tuple[str, bytes] | None:
    name, data = "", b"null"
    for row in block.split(b"\n"):
        if row.startswith(b"event: "):
            name = row[7:].decode()
        elif row.startswith(b"data: "):
            data = row[6:]
    return (name, data) if name else None


class Wish:
    """A fragment that follows events: one answer under way, and at most one wish after it."""

    def __init__(self, fetch: Callable[[], Any]) -> None:
        self._fetch = fetch
        self._under_way = self._again = False

    async def want(self) -> None:
        """Fetch it, or once more after the answer under way."""
        if self._under_way:
            self._again = True
            return
        self._under_way = True
        try:
            while True:
                self._again = False
                await self._fetch()
                if not self._again:
                    return
        finally:
            self._under_way = False


class Browser:
    """One signed-in page: how it asks. `requests` counts what it asked, `wrong` the answers that were no success."""

    CONNECTIONS = 3  # of the six a browser may open to one origin

    def __init__(self, port: int, cookie: str) -> None:
        self.port = port
        self.cookie = cookie
        self._connections = [Connection(port) for _ in range(self.CONNECTIONS)]
        self._next = 0
        self.requests = 0
        self.wrong: list[str] = []

    async def line(self, on_event: Callable[[str, Any], None]) -> Line:
        """Open the live line."""
        line = Line(self.cookie, on_event)
        await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", self.port)
        await line.is_open.wait()
        return line

    async def get(self, path: str, into: str = "") -> bytes:
        """A fragment, for the element called `into`."""
        return (await self._ask("GET", path, b"", into))[1]

    async def post(self, path: str, body: str = "") -> Answer:
        """A form."""
        return await self._ask("POST", path, body.encode())

    async def draw(self, path: str) -> tuple[bytes, float]:
        """A fragment and whatever it makes fetch when it is drawn; (its own bytes, when the last answer was whole)."""
        drawn = await self.get(path)
        done = time.monotonic()
        loads = [each.decode().replace("&amp;", "&") for each in _LOADS.findall(drawn)]
        if loads:
            done = max(last for _, last in await asyncio.gather(*(self.draw(each) for each in loads)))
        return drawn, done

    async def _ask(self, method: str, path: str, body: bytes, into: str = "") -> Answer:
        self.requests += 1
        self._next = (self._next + 1) % len(self._connections)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.cookie}; csrftoken={_TOKEN}\r\n"
            f"HX-Request: true\r\nAccept-Language: fr\r\n"
        )
        if into:
            head += f"HX-Target: {into}\r\n"
        if method == "POST":
            head += f"X-CSRFToken: {_TOKEN}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            head += f"Content-Length: {len(body)}\r\n"
        status, answer = await self._connections[self._next].ask(f"{head}\r\n".encode() + body)
        if status >= 400:
            self.wrong.append(f"{status} {method} {path}")
        return status, answer
