"""`python -m bench.pages PORT`: many pages on the live line, from one small process. People on stdin, orders after.

The first line of stdin is `bench.crowd`'s list. Then one order a line, each answered by one JSON line: `open` (all of
them, at once), `report` (what was heard since the last report: events, delays in ms, lines that ended, and what was
missed or came twice by the numbers that `bench.pusher` puts in its events), `count` (lines open, events told so far),
`deaf N` (the first N stop reading).
A line that ends is opened again after the time the server told, with the last id it gave.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from typing import Any, cast

import uvloop

FIRST_RETRY_S = 0.5


class Heard:
    """What all pages heard since the last report."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.events: Counter[str] = Counter()
        self.missed = self.doubled = self.ended = self.refused = 0


class Page(asyncio.Protocol):
    """One page: what it has seen last, and when it comes back."""

    def __init__(self, house: House, person: dict[str, Any]) -> None:
        self.house = house
        self.person = person
        self.last_id = ""
        self.retry_s = FIRST_RETRY_S
        self.number = -1
        self.is_open = False
        self.rest = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        head = f"GET /live HTTP/1.1\r\nHost: bench\r\nCookie: {self.person['cookie']}\r\n"
        seen = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        self.transport.write(f"{head}{seen}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        *blocks, self.rest = (self.rest + data).split(b"\n\n")
        for block in blocks:
            self._read(block, now)

    def _read(self, block: bytes, now: float) -> None:
        event = b""
        for row in block.split(b"\n"):
            if row.startswith(b"data: {") and event == b"push":
                number, said = row[7:-1].split(b",")
                self._count(int(number[4:]), now - float(said[4:]))
            elif row.startswith(b"event: "):
                event = row[7:]
                self.house.heard.events[event.decode()] += 1
            elif row.startswith(b"id: "):
                self.last_id = row[4:].decode()
            elif row.startswith(b"retry: "):
                self.retry_s = int(row[7:]) / 1000
            elif row.startswith(b"HTTP/1.1 "):
                self.is_open = row.startswith(b"HTTP/1.1 200")
                self.house.heard.refused += not self.is_open

    def _count(self, number: int, delay_s: float) -> None:
        self.house.heard.delays.append(delay_s * 1000)
        if number <= self.number:
            self.house.heard.doubled += 1
            return
        self.house.heard.missed += number - self.number - 1
        self.number = number

    def connection_lost(self, exc: Exception | None) -> None:
        self.house.heard.ended += self.is_open
        self.is_open = False
        self.rest = b""
        self.house.loop.call_later(self.retry_s, self.house.connect, self)


class House:
    """All the pages."""

    def __init__(self, port: int, people: list[dict[str, Any]]) -> None:
        self.loop = asyncio.get_running_loop()
        self.port = port
        self.heard = Heard()
        self.pages = [Page(self, person) for person in people]
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, page: Page) -> None:
        task = self.loop.create_task(self._connect(page))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, page: Page) -> None:
        try:
            await self.loop.create_connection(lambda: page, "127.0.0.1", self.port)
        except OSError:
            self.loop.call_later(page.retry_s, self.connect, page)

    async def obey(self, order: str) -> dict[str, Any]:
        word, _, number = order.partition(" ")
        if word == "open":
            for page in self.pages:
                self.connect(page)
        elif word == "deaf":
            for page in self.pages[: int(number)]:
                if page.transport is not None:
                    page.transport.pause_reading()
        heard = self.heard
        if word == "count":
            return {"open": sum(page.is_open for page in self.pages), "told": len(heard.delays)}
        self.heard = Heard()
        delays = sorted(heard.delays)
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "open": sum(page.is_open for page in self.pages),
            "told": len(delays),
            "events": dict(heard.events),
            "p50_ms": round(delays[len(delays) // 2], 2) if delays else None,
            "p99_ms": round(delays[int(len(delays) * 0.99)], 2) if delays else None,
            "missed": heard.missed,
            "doubled": heard.doubled,
            "ended": heard.ended,
            "refused": heard.refused,
            "numbers": sorted({page.number for page in self.pages}),
            "cpu_s": used.ru_utime + used.ru_stime,
        }


async def main() -> None:
    """Obey until stdin ends."""
    loop = asyncio.get_running_loop()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    people = json.loads(sys.stdin.readline())
    house = House(int(sys.argv[1]), people)
    while order := await loop.run_in_executor(None, sys.stdin.readline):
        sys.stdout.write(json.dumps(await house.obey(order.strip())) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
