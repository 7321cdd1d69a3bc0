"""The live line to browsers: Server-Sent Events from one LISTEN connection per process.

`ligne.kit.live.push` names a topic; here each open page is given the topics that its session has a right to, and gets
what is said on them. Event ids only grow; a page that comes back with the last id it saw (Last-Event-ID) gets what it
missed from a ring of the last minutes, or the event `resync` when that is no longer known: it then asks for everything
again. A page that reads too slowly is cut and comes back. Boards (`floor:` topics) are told once a second at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

import psycopg
import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, close_old_connections, connections
from django.http import HttpRequest

from ligne.kit import database
from ligne.kit.errors import NotFound
from ligne.kit.live import CHANNEL
from ligne.kit.registry import Registry
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, SUPERVISOR
from ligne.site import metrics
from ligne.staff import reads as staff
from ligne.staff import services as presence

log = structlog.get_logger("ligne.live")

Guest = Callable[[str, str], str | None]
"""Given a public id and a token, the topic they open, or None."""
guests: Registry[Guest] = Registry("live guest")

RING_EVENTS = 5000
RING_S = 300.0
# A page just loaded is told of the last seconds again: what happened between its making and this connection.
OVERLAP_S = 10.0
QUEUE = 256
HEARTBEAT_S = 15.0
PRESENCE_S = 10.0
BOARD_S = 1.0
RECHECK_S = 60.0
MOST_CONNECTIONS = 5000
MOST_PER_SOURCE = 200
_ALIVE = b": alive\n\n"


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its number, when (monotonic), the topics it is for, and its bytes on the line."""

    number: int
    at: float
    topics: frozenset[str]
    wire: bytes


@dataclass(eq=False, slots=True)
class Page:
    """One open connection. `queue` holds what waits to be written; a full one means a page that reads too slowly."""

    topics: frozenset[str]
    user_id: int | None = None
    session: str = ""
    source: str = ""
    wants_floor: bool = False
    queue: deque[bytes] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    writer: asyncio.Task[Any] | None = None
    ended: bool = False
    cut: bool = False

    def give(self, wire: bytes) -> None:
        """Put bytes on the line; cut it when too much waits."""
        if self.ended:
            return
        if len(self.queue) < QUEUE:
            self.queue.append(wire)
            self.wake.set()
            return
        self.end()
        self.cut = True
        if self.writer is not None:
            self.writer.cancel()  # it waits for a reader that does not read

    def end(self) -> None:
        """Close the line; the page will come back."""
        self.ended = True
        self.wake.set()


class Ring:
    """The last `size` events of the last minutes, for pages that come back."""

    def __init__(self, size: int = RING_EVENTS) -> None:
        self.boot = secrets.token_hex(4)
        self.last = 0
        self.events: deque[Told] = deque(maxlen=size)
        self._complete_from = 0

    def tell(self, topics: Iterable[str], name: str, data: Any) -> Told:
        """Number an event and keep it."""
        self.last += 1
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        wire = f"id: {self.boot}-{self.last}\nevent: {name}\ndata: {text}\n\n".encode()
        told = Told(self.last, time.monotonic(), frozenset(topics), wire)
        self.events.append(told)
        while self.events and (told.at - self.events[0].at > RING_S):
            self.events.popleft()
        self._complete_from = self.events[0].number
        return told

    def forget(self) -> None:
        """Something was missed: no page can be told what, so each will ask again."""
        self.events.clear()
        self.last += 1
        self._complete_from = self.last + 1

    def since(self, last_id: str, topics: frozenset[str]) -> list[bytes] | None:
        """What a page that saw `last_id` missed; None when that cannot be known. "" stands for a fresh page."""
        if not last_id:
            floor = time.monotonic() - OVERLAP_S
            return [e.wire for e in self.events if e.at >= floor and e.topics & topics]
        boot, _, number = last_id.partition("-")
        if boot != self.boot or not number.isdigit() or not self._complete_from - 1 <= int(number) <= self.last:
            return None
        return [e.wire for e in self.events if e.number > int(number) and e.topics & topics]

    def mark(self) -> bytes:
        """A line that only sets the page's last id to the present."""
        return f"id: {self.boot}-{self.last}\nevent: hello\ndata: null\n\n".encode()

    def resync(self) -> bytes:
        """The event that makes a page ask for everything again."""
        return f"id: {self.boot}-{self.last}\nevent: resync\ndata: null\n\n".encode()


class Hub:
    """Every open page of this process and the tasks that serve them all."""

    def __init__(self) -> None:
        self.ring = Ring()
        self.pages: set[Page] = set()
        self._by_topic: dict[str, set[Page]] = {}
        self._boards: dict[str, set[str]] = {}
        self._boards_told = 0.0
        self._boards_due: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._thread = _one_thread()
        self._closing = False

    def open(self) -> None:
        """Start listening; inside a running event loop."""
        self._closing = False
        for work in (self._listen, self._keep_alive, self._keep_presences, self._recheck):
            self._tasks.append(asyncio.create_task(work(), name=f"live {work.__name__}"))

    async def close(self) -> None:
        """End every page's line and stop listening."""
        self._closing = True
        for page in list(self.pages):
            page.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._in_thread(connections.close_all)

    # -- telling -----------------------------------------------------------------------------------------------------

    def receive(self, payload: str) -> None:
        """Take one NOTIFY payload and tell the pages it concerns."""
        try:
            said = json.loads(payload)
            topic, name, data = str(said["topic"]), str(said["name"]), said.get("data")
        except (ValueError, KeyError, TypeError):
            log.warning("live.unreadable")
            return
        if topic.startswith("floor:"):
            self._boards.setdefault(name, set()).add(topic)
            self._plan_boards()
        else:
            self.tell([topic], name, data)

    def tell(self, topics: Iterable[str], name: str, data: Any) -> None:
        """Tell every page that follows one of `topics`, each once."""
        told = self.ring.tell(topics, name, data)
        metrics.live_events.inc()
        for page in set().union(*(self._by_topic.get(t, set()) for t in told.topics)):
            page.give(told.wire)

    def _plan_boards(self) -> None:
        if self._boards_due is None:
            wait = max(0.0, self._boards_told + BOARD_S - time.monotonic())
            self._boards_due = asyncio.get_running_loop().call_later(wait, self._tell_boards)

    def _tell_boards(self) -> None:
        self._boards_due = None
        self._boards_told = time.monotonic()
        waiting, self._boards = self._boards, {}
        for name, topics in waiting.items():
            self.tell(topics, name, {"principals": sorted(int(t.partition(":")[2]) for t in topics)})

    # -- one page ----------------------------------------------------------------------------------------------------

    async def serve(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request for a live line and keep it open."""
        if scope["method"] == "OPTIONS":
            await _answer(send, 204)
            return
        if scope["method"] != "GET":
            await _answer(send, 405)
            return
        if self._closing or not self._room_for(_source(scope)):
            await _answer(send, 503)
            return
        try:
            page = await self._in_thread(_admit, scope)
        except (DatabaseError, psycopg.Error):
            await _answer(send, 503)
            return
        if page is None:
            await _answer(send, 401)
            return
        if page.user_id is not None and not any(p.user_id == page.user_id for p in self.pages):
            with contextlib.suppress(DatabaseError, NotFound):
                await self._in_thread(presence.connect, page.user_id)
        await self._keep_open(page, _header(scope, b"last-event-id"), receive, send)

    def _room_for(self, source: str) -> bool:
        if len(self.pages) >= MOST_CONNECTIONS:
            return False
        return sum(1 for page in self.pages if page.source == source) < MOST_PER_SOURCE

    async def _keep_open(self, page: Page, last_id: str, receive: Any, send: Any) -> None:
        page.writer = asyncio.current_task()
        self._join(page)
        missed = self.ring.since(last_id, page.topics)
        first = b"retry: 2000\n\n" + (self.ring.resync() if missed is None else b"".join(missed) + self.ring.mark())
        gone = asyncio.create_task(_until_gone(receive, page))
        try:
            headers = _HEADERS if page.session else _HEADERS + _OPEN
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": first, "more_body": True})
            while not page.ended:
                await page.wake.wait()
                page.wake.clear()
                chunk = b"".join(page.queue)
                page.queue.clear()
                if chunk:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:
            if not page.cut:
                raise
        finally:
            self._leave(page)
            gone.cancel()

    def _join(self, page: Page) -> None:
        self.pages.add(page)
        for topic in page.topics:
            self._by_topic.setdefault(topic, set()).add(page)
        metrics.live_connections.set(len(self.pages))

    def _leave(self, page: Page) -> None:
        self.pages.discard(page)
        for topic in page.topics:
            followers = self._by_topic.get(topic, set())
            followers.discard(page)
            if not followers:
                self._by_topic.pop(topic, None)
        metrics.live_connections.set(len(self.pages))

    # -- what runs beside --------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Listen to the database; after a broken connection nobody knows what was said: every page asks again."""
        first, pause = True, 0.2
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **database.session_parameters(), autocommit=True
                ) as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    if not first:
                        self.ring.forget()
                        for page in list(self.pages):
                            page.give(self.ring.resync())
                    first, pause = False, 0.2
                    async for notification in listening.notifies():
                        self.receive(notification.payload)
            except (psycopg.Error, OSError) as problem:
                log.warning("live.database_lost", error=type(problem).__name__, again_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _keep_alive(self) -> None:
        """Say something to every page now and then, so that both ends notice a dead line."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            for page in list(self.pages):
                page.give(_ALIVE)

    async def _keep_presences(self) -> None:
        """Tell the staff app whose browsers are connected, all in one question."""
        while True:
            await asyncio.sleep(PRESENCE_S)
            people = sorted({page.user_id for page in self.pages if page.user_id is not None})
            if people:
                with contextlib.suppress(DatabaseError):
                    await self._in_thread(presence.heartbeat, people)

    async def _recheck(self) -> None:
        """End the lines of those who signed out, lost a right, or were deactivated."""
        while True:
            await asyncio.sleep(RECHECK_S)
            for page in [page for page in self.pages if page.session]:
                with contextlib.suppress(DatabaseError):
                    if await self._in_thread(_person_topics, page.session, page.wants_floor) != (
                        page.user_id,
                        page.topics,
                    ):
                        page.end()

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        def run() -> Any:
            close_old_connections()
            try:
                return work(*arguments)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _one_thread() -> ThreadPoolExecutor:
    """The only thread here that asks the database, with one connection: its questions take a millisecond or two."""
    return ThreadPoolExecutor(1, thread_name_prefix="live")


hub = Hub()


def serves(scope: dict[str, Any]) -> bool:
    """Whether a request is for the live line."""
    path = str(scope.get("path", ""))
    return bool(scope["type"] == "http") and (path == "/live" or path.startswith("/live/"))


# -- who may follow what ---------------------------------------------------------------------------------------------


def _admit(scope: dict[str, Any]) -> Page | None:
    """The page that a request opens, with the topics it has a right to; None for a stranger."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    parts = scope["path"].strip("/").split("/")
    if len(parts) == 3:
        return _admit_guest(parts[1], parts[2], query.get("token", [""])[0], _source(scope))
    if len(parts) != 1:
        return None
    session = _cookie(_header(scope, b"cookie"))
    wants_floor = query.get("floor", [""])[0] not in {"", "0"}
    user_id, topics = _person_topics(session, wants_floor)
    if user_id is None:
        return None
    return Page(topics, user_id, session, _source(scope), wants_floor=wants_floor)


def _admit_guest(kind: str, public_id: str, token: str, source: str) -> Page | None:
    topic = guests.get(kind)(public_id, token) if kind in guests else None
    return Page(frozenset({topic}), source=source) if topic else None


def _person_topics(session: str, wants_floor: bool) -> tuple[int | None, frozenset[str]]:
    """Whose session it is and what they may follow."""
    if not session:
        return None, frozenset()
    request = HttpRequest()
    request.session = SessionStore(session)
    user = get_user(request) if SESSION_KEY in request.session else None
    if user is None or not user.is_authenticated or not user.is_active:
        return None, frozenset()
    viewer = staff.viewer_of(user)
    topics = {f"user:{viewer.user_id}"}
    if wants_floor and viewer.has_role(SUPERVISOR, ADMINISTRATOR, QUALITY):
        topics |= {f"floor:{principal}" for principal in viewer.principals}
    return viewer.user_id, frozenset(topics)


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""


# -- HTTP ------------------------------------------------------------------------------------------------------------

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
# Customers' pages stand on other sites; they know themselves by a token, never by a cookie.
_OPEN = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"last-event-id, cache-control"),
]


async def _answer(send: Any, status: int) -> None:
    headers = [(b"content-length", b"0"), *_OPEN, *([(b"retry-after", b"5")] if status == 503 else [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Any, page: Page) -> None:
    """Wait for the browser to leave."""
    while (await receive())["type"] != "http.disconnect":
        pass
    page.end()


def _header(scope: dict[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope.get("headers", []) if key == name), "")


def _source(scope: dict[str, Any]) -> str:
    client = scope.get("client")
    return client[0] if client else ""
