"""The live line: who gets what, in which order, what a page that comes back is told, what a slow one suffers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from ligne.kit import live as kit_live
from ligne.site import live
from ligne.site.live import Hub, Page, Ring
from ligne.staff import services as staff
from tests.world import Company


def told(name: str, topic: str = "user:1", **data: Any) -> str:
    """What NOTIFY carries."""
    return json.dumps({"topic": topic, "name": name, "data": data})


def names(chunks: list[bytes]) -> list[str]:
    """The events in what was written to a page."""
    return [line[7:].decode() for chunk in chunks for line in chunk.splitlines() if line.startswith(b"event: ")]


def ids(chunks: list[bytes]) -> list[int]:
    """The numbers of these events."""
    lines = [line for chunk in chunks for line in chunk.splitlines() if line.startswith(b"id: ")]
    return [int(line.rpartition(b"-")[2]) for line in lines]


def following(hub: Hub, *topics: str) -> Page:
    """A page that follows `topics`."""
    page = Page(frozenset(topics))
    hub._join(page)
    return page


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` in an event loop of its own."""
    # in a thread of its own: a browser used earlier by this worker keeps a loop running in this one
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()  # type: ignore[arg-type]


# -- the ring --------------------------------------------------------------------------------------------------------


def test_numbers_only_grow_and_a_page_gets_what_it_missed() -> None:
    ring = Ring()
    seen = ring.tell(["user:1"], "work", None)
    ring.tell(["user:2"], "work", None)
    ring.tell(["user:1"], "offer", {"item_id": 4})
    missed = ring.since(f"{ring.boot}-{seen.number}", frozenset({"user:1"}))
    assert missed is not None
    assert names(missed) == ["offer"]
    assert ids(missed) == [3]


@pytest.mark.parametrize("last_id", ["other-1", "nonsense", "{boot}-x", "{boot}-99", "{boot}--1"])
def test_an_id_that_is_not_known_means_asking_again(last_id: str) -> None:
    ring = Ring()
    ring.tell(["user:1"], "work", None)
    assert ring.since(last_id.format(boot=ring.boot), frozenset({"user:1"})) is None


def test_what_left_the_ring_means_asking_again() -> None:
    ring = Ring(size=1)
    for _ in range(3):
        ring.tell(["user:1"], "work", None)
    assert ring.since(f"{ring.boot}-1", frozenset({"user:1"})) is None
    assert ring.since(f"{ring.boot}-3", frozenset({"user:1"})) == []


def test_a_fresh_page_is_told_the_last_seconds_again() -> None:
    ring = Ring()
    ring.tell(["user:1"], "offer", None)
    again = ring.since("", frozenset({"user:1"}))
    assert again is not None
    assert names(again) == ["offer"]


def test_after_a_lost_database_everybody_asks_again_once() -> None:
    ring = Ring()
    ring.tell(["user:1"], "work", None)
    ring.forget()
    assert ring.since(f"{ring.boot}-1", frozenset({"user:1"})) is None
    last = ring.resync().split(b"\n")[0].removeprefix(b"id: ").decode()
    assert ring.since(last, frozenset({"user:1"})) == []


# -- telling ---------------------------------------------------------------------------------------------------------


def test_a_page_gets_its_own_topics_and_no_other() -> None:
    hub = Hub()
    mine, other = following(hub, "user:1"), following(hub, "user:2")
    hub.receive(told("work", "user:1"))
    assert names(list(mine.queue)) == ["work"]
    assert not other.queue


@pytest.mark.parametrize("payload", ["", "{", "[]", '{"topic": "user:1"}', "null"])
def test_what_cannot_be_read_is_passed_over(payload: str) -> None:
    hub = Hub()
    page = following(hub, "user:1")
    hub.receive(payload)
    hub.receive(told("work"))
    assert names(list(page.queue)) == ["work"]


def test_boards_are_told_once_for_many_changes_of_several_companies() -> None:
    async def work() -> None:
        hub = Hub()
        page = following(hub, "floor:1", "floor:2")
        outsider = following(hub, "floor:3")
        for principal in (1, 2, 1, 2):
            hub.receive(told("board", f"floor:{principal}"))
        await asyncio.sleep(0.01)
        assert names(list(page.queue)) == ["board"]
        assert b'"principals":[1,2]' in page.queue[0]
        assert not outsider.queue
        hub.receive(told("board", "floor:1"))
        await asyncio.sleep(0.01)
        assert len(page.queue) == 1  # the second has passed less than a second ago
        assert hub._boards_due is not None
        hub._boards_due.cancel()

    in_loop(work)


def test_a_page_that_reads_too_slowly_is_cut_and_the_others_are_not() -> None:
    hub = Hub()
    slow, quick = following(hub, "user:1"), following(hub, "user:1")
    for _ in range(live.QUEUE + 1):
        hub.receive(told("work"))
        quick.queue.clear()
    assert slow.cut
    assert len(slow.queue) == live.QUEUE
    assert not quick.ended


# -- over HTTP -------------------------------------------------------------------------------------------------------


class Line:
    """The ASGI side of one request for a live line."""

    def __init__(self, path: str = "/live", *, cookie: str = "", last_id: str = "", query: str = "") -> None:
        headers = [(b"cookie", cookie.encode()), (b"last-event-id", last_id.encode())]
        self.scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
        self.scope["client"] = ("192.0.2.7", 1)
        self.status = 0
        self.chunks: list[bytes] = []
        self.closed = False
        self._leave = asyncio.Event()
        self._asked = False

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request"}
        await self._leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.chunks.append(message.get("body", b""))
            self.closed = not message.get("more_body", False)

    def leave(self) -> None:
        """Close the page."""
        self._leave.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Let the others work until `true()`."""
        async with asyncio.timeout(20):
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


@pytest.mark.django_db
def test_topics_follow_from_role_and_companies(bleuet: Company, garance: Company) -> None:
    def topics(user: Any, floor: bool) -> frozenset[str]:
        return live._person_topics(session_of(user).partition("=")[2], floor)[1]

    advisor, supervisor = bleuet.advisor, bleuet.supervisor
    assert topics(advisor, True) == {f"user:{advisor.pk}"}
    assert topics(supervisor, False) == {f"user:{supervisor.pk}"}
    assert topics(supervisor, True) == {f"user:{supervisor.pk}", f"floor:{bleuet.principal.pk}"}


@pytest.mark.django_db
def test_strangers_and_closed_accounts_get_nothing(bleuet: Company) -> None:
    cookie = session_of(bleuet.advisor).partition("=")[2]
    assert live._person_topics(cookie, False)[0] == bleuet.advisor.pk
    staff.deactivate(bleuet.viewer("administrator"), user_id=bleuet.advisor.pk)
    assert live._person_topics(cookie, False) == (None, frozenset())
    for wrong in ("", "nonsense", "x" * 40):
        assert live._person_topics(wrong, False) == (None, frozenset())


@pytest.mark.django_db
def test_a_new_password_ends_the_line(bleuet: Company) -> None:
    cookie = session_of(bleuet.advisor).partition("=")[2]
    staff.set_password(bleuet.viewer("administrator"), user_id=bleuet.advisor.pk, password="une-autre-phrase-longue")
    assert live._person_topics(cookie, False) == (None, frozenset())


@pytest.mark.django_db(transaction=True)
def test_a_push_reaches_the_page_and_a_return_gets_what_was_missed(bleuet: Company) -> None:
    cookie = session_of(bleuet.advisor)
    topic = f"user:{bleuet.advisor.pk}"

    async def work() -> None:
        hub = Hub()
        hub.open()
        first = Line(cookie=cookie)
        serving = asyncio.create_task(hub.serve(first.scope, first.receive, first.send))
        await first.until(lambda: first.status == 200 and bool(first.chunks))
        await _push_until(first, topic, "work")
        seen = ids(first.chunks)[-1]
        first.leave()
        await serving
        assert not hub.pages
        before = hub.ring.last
        await asyncio.to_thread(_push, topic, "offer")
        await first.until(lambda: hub.ring.last > before)
        second = Line(cookie=cookie, last_id=f"{hub.ring.boot}-{seen}")
        serving = asyncio.create_task(hub.serve(second.scope, second.receive, second.send))
        await second.until(lambda: "hello" in names(second.chunks))
        assert "offer" in names(second.chunks)
        assert "resync" not in names(second.chunks)
        await hub.close()
        await serving
        assert second.closed

    in_loop(work)
    assert staff.lock_presence  # the connection was told to the staff app:
    bleuet.advisor.presence.refresh_from_db()
    assert bleuet.advisor.presence.connected_at is not None


@pytest.mark.django_db(transaction=True)
def test_an_unknown_id_and_a_stranger(bleuet: Company) -> None:
    cookie = session_of(bleuet.advisor)

    async def work() -> None:
        hub = Hub()
        hub.open()
        back = Line(cookie=cookie, last_id="before-the-restart-7")
        serving = asyncio.create_task(hub.serve(back.scope, back.receive, back.send))
        await back.until(lambda: bool(back.chunks))
        assert names(back.chunks) == ["resync"]
        stranger = Line()
        await hub.serve(stranger.scope, stranger.receive, stranger.send)
        assert stranger.status == 401
        await hub.close()
        await serving

    in_loop(work)


@pytest.mark.django_db(transaction=True)
def test_a_guest_follows_what_its_token_opens_and_nothing_else() -> None:
    live.guests.register("test", lambda public_id, token: f"chat:{public_id}" if token == "right" else None)

    async def work() -> None:
        hub = Hub()
        for query, path, status in (
            ("token=wrong", "/live/test/abc", 401),
            ("token=right", "/live/other/abc", 401),
            ("token=right", "/live/test", 401),
            ("token=right", "/live/test/abc", 200),
        ):
            line = Line(path, query=query)
            serving = asyncio.create_task(hub.serve(line.scope, line.receive, line.send))
            await line.until(lambda line=line: bool(line.status))  # type: ignore[misc]
            assert line.status == status, path
            if status == 200:
                assert [page.topics for page in hub.pages] == [frozenset({"chat:abc"})]
                line.leave()
            await serving
        await hub.close()

    try:
        in_loop(work)
    finally:
        live.guests.remove("test")


def _push(topic: str, name: str) -> None:
    from django.db import connections

    kit_live.push(topic, name)
    connections.close_all()


async def _push_until(line: Line, topic: str, name: str) -> None:
    """Push again until the page has it: nobody knows when the LISTEN has begun."""
    async with asyncio.timeout(20):
        while name not in names(line.chunks):
            await asyncio.to_thread(_push, topic, name)
            await asyncio.sleep(0.05)
