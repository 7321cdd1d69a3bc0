"""One open line to a page, on its bare transport: no task, no queue of its own until the reader is slow."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Callable
from typing import cast

# What may wait for a slow reader, bytes: in the transport, then here, and what the kernel keeps.
IN_TRANSPORT = 16 * 1024
HELD = 32 * 1024
IN_KERNEL = 64 * 1024
# A line whose reader takes nothing for so long is given up, seconds.
DEAF_S = 60.0

_OK = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-store\r\n"
    b"x-accel-buffering: no\r\nconnection: close\r\n"
)
# Customers' pages stand on other sites; they know themselves by a token, never by a cookie.
OPEN = b"access-control-allow-origin: *\r\naccess-control-allow-headers: last-event-id, cache-control\r\n"
_REASONS = {204: "No Content", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 503: "Unavailable"}


class Line(asyncio.Protocol):
    """The connection of one page once its request was read.

    What a slow reader does not take is held up to a bound; past it, it is thrown away and the page is told to ask for
    everything again as soon as it reads (`on_behind` makes these bytes).
    """

    __slots__ = (
        "_behind",
        "_held",
        "_held_size",
        "_on_behind",
        "_on_lost",
        "_slow_since",
        "_transport",
        "opened",
        "session",
        "source",
        "topics",
        "user_id",
        "wants_floor",
    )

    def __init__(
        self, transport: asyncio.Transport, on_lost: Callable[[Line], None], on_behind: Callable[[], bytes]
    ) -> None:
        self._transport: asyncio.Transport | None = transport
        self._on_lost = on_lost
        self._on_behind = on_behind
        self._held: deque[bytes] | None = None
        self._held_size = 0
        self._behind = False
        self._slow_since = 0.0
        self.opened = False
        self.topics: frozenset[str] = frozenset()
        self.user_id: int | None = None
        self.session = ""
        self.source = ""
        self.wants_floor = False

    # -- telling -----------------------------------------------------------------------------------------------------

    def open(self, first: bytes) -> None:
        """Answer the request; the line stays open."""
        if self._transport is None:
            return
        self.opened = True
        self._transport.set_write_buffer_limits(high=IN_TRANSPORT)
        connection = cast("socket.socket | None", self._transport.get_extra_info("socket"))
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, IN_KERNEL)
        self._transport.write(_OK + (b"" if self.session else OPEN) + b"\r\n" + first)

    def refuse(self, status: int, retry_after_s: int = 0) -> None:
        """Answer with a status alone and hang up."""
        if self._transport is None:
            return
        retry = b"retry-after: %d\r\n" % retry_after_s if retry_after_s else b""
        head = f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-length: 0\r\nconnection: close\r\n".encode()
        self._transport.write(head + retry + OPEN + b"\r\n")
        self._transport.close()

    def give(self, wire: bytes) -> None:
        """Put bytes on the line."""
        if self._transport is None:
            return
        if not self._slow_since:
            self._transport.write(wire)
        elif not self._behind:
            self._hold(wire)

    def _hold(self, wire: bytes) -> None:
        if self._held is None:
            self._held = deque()
        self._held.append(wire)
        self._held_size += len(wire)
        if self._held_size > HELD:
            self._behind = True
            self._let_go()

    def _let_go(self) -> None:
        self._held, self._held_size = None, 0

    def end(self) -> None:
        """Close the line once what was written is sent; the page will come back."""
        if self._transport is not None:
            self._transport.close()

    def is_deaf(self, now: float) -> bool:
        """Whether its reader has taken nothing for `DEAF_S`."""
        return bool(self._slow_since) and now - self._slow_since > DEAF_S

    def cut(self) -> None:
        """Give it up, with what was not read."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def waiting(self) -> int:
        """Bytes that wait for the reader, outside the kernel."""
        in_transport = self._transport.get_write_buffer_size() if self._transport is not None else 0
        return self._held_size + in_transport

    # -- what the transport says -------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The reader is slow."""
        self._slow_since = asyncio.get_running_loop().time()

    def resume_writing(self) -> None:
        """It reads again: what was held, or that it must ask for everything again."""
        self._slow_since = 0.0
        behind, held = self._behind, self._held
        self._behind = False
        self._let_go()
        if behind:
            self.give(self._on_behind())
        elif held:
            self.give(b"".join(held))

    def data_received(self, data: bytes) -> None:
        """A page has nothing more to say on this connection."""

    def eof_received(self) -> bool:
        """The page left."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The line has ended."""
        self._transport = None
        self._let_go()
        self._on_lost(self)


def retry(lines: int) -> bytes:
    """After how long a page that loses its line comes back, told by us: the more lines, the wider they spread."""
    spread_ms = min(15_000, 300 + lines)
    return b"retry: %d\n" % random.randint(200, 200 + spread_ms)  # noqa: S311 - no secret


def resync(mark: str, lines: int) -> bytes:
    """The event that makes a page ask for everything again, at a moment of its own within the time told."""
    within_ms = min(20_000, 5 * lines)
    return f'event: resync\ndata: {{"within_ms":{within_ms}}}\nid: {mark}\n\n'.encode()
