"""The live line as pages have it: over a socket, from the real database."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ligne.site import live
from ligne.site.live import gate
from ligne.staff import services as staff
from tests.site.live_world import PATIENCE_S, Page, done, in_loop, push, served, session_of, until
from tests.world import Company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_was_said(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE kit_said")


def test_a_push_reaches_the_page_of_its_person_and_no_other(bleuet: Company) -> None:
    mine, other = session_of(bleuet.advisor), session_of(bleuet.colleague)

    async def work() -> None:
        async with served() as (_, port):
            page, theirs = await Page.open(port, cookie=mine), await Page.open(port, cookie=other)
            await page.heard("hello")
            await theirs.heard("hello")
            await push(f"user:{bleuet.advisor.pk}", "offer", item_id=4)
            await page.heard("offer")
            assert page.data[-1] == '{"item_id":4}'
            await push(f"user:{bleuet.colleague.pk}", "work")
            await theirs.heard("work")
            assert "offer" not in theirs.events

    in_loop(work)
    bleuet.advisor.presence.refresh_from_db()
    assert bleuet.advisor.presence.connected_at is not None


def test_a_line_asked_for_while_an_answer_is_under_way_opens_behind_it(bleuet: Company) -> None:
    cookie = session_of(bleuet.advisor)

    async def work() -> None:
        async with served() as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            asked = "".join(
                f"GET {path} HTTP/1.1\r\nHost: test\r\nCookie: {cookie}\r\n\r\n" for path in ("/healthz", "/live")
            )
            writer.write(asked.encode())
            async with asyncio.timeout(PATIENCE_S):
                first = await reader.readuntil(b"\r\n\r\n")
                second = await reader.readuntil(b"\r\n\r\n")
            assert (b" 200 " in first, b"event-stream" in first) == (True, False)
            assert b"text/event-stream" in second
            await Page(reader, writer).heard("hello")

    in_loop(work)


def test_a_page_that_comes_back_gets_what_it_missed_also_after_a_restart(bleuet: Company) -> None:
    cookie, topic = session_of(bleuet.advisor), f"user:{bleuet.advisor.pk}"

    async def work() -> None:
        async with served() as (first, port):
            page = await Page.open(port, cookie=cookie)
            await push(topic, "work")
            await page.heard("work", "hello")
            await page.close()
            await until(lambda: not first.hub.lines)
            await push(topic, "offer")
            again = await Page.open(port, cookie=cookie, last_id=page.last_id)
            await again.heard("offer", "hello")
            # once, before the greeting or after it: the centre may hear of it a moment later than the page comes
            assert sorted(again.events) == ["hello", "offer"]
        await push(topic, "notice")  # while nobody listens
        async with served() as (_, port):
            after = await Page.open(port, cookie=cookie, last_id=again.last_id)
            await after.heard("notice", "hello")
            assert "resync" not in after.events

    in_loop(work)


def test_a_page_that_heard_little_of_its_own_is_not_far_behind(
    bleuet: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ligne.site.live.chores.ALIVE_S", 0.05)
    cookie = session_of(bleuet.advisor)

    async def work() -> None:
        async with served() as (running, port):
            page = await Page.open(port, cookie=cookie)
            await page.heard("hello")
            begun = page.last_id
            await push(f"user:{bleuet.colleague.pk}", "work")
            await page.until(lambda: page.last_id not in {"", begun})
            assert page.last_id == running.hub.ring.mark
            assert page.events == ["hello"]

    in_loop(work)


def test_a_mark_nobody_knows_means_asking_again_within_a_time_told(bleuet: Company) -> None:
    cookie = session_of(bleuet.advisor)

    async def work() -> None:
        async with served() as (_, port):
            page = await Page.open(port, cookie=cookie, last_id="before-the-flood")
            await page.heard("resync")
            await page.until(lambda: bool(page.data))
            assert "within_ms" in page.data[0]

    in_loop(work)


def test_strangers_are_refused_and_nothing_else_is_served(bleuet: Company) -> None:
    async def work() -> None:
        async with served() as (running, port):
            for cookie in ("", "sessionid=nonsense", f"sessionid={'x' * 40}", "=;;"):
                assert (await Page.open(port, cookie=cookie)).status == 401
            assert (await Page.open(port, "/live/a/b/c/d")).status == 401
            assert (await Page.open(port, method="POST")).status == 405
            assert (await Page.open(port, method="OPTIONS")).status == 204
            assert (await Page.open(port, "/healthz")).status == 200
            assert (await Page.open(port, "/")).status == 404
            assert (await Page.open(port, "/", cookie="x" * 70_000)).status == 400
            assert not running.hub.lines

    in_loop(work)


def test_a_guest_follows_what_its_token_opens_and_nothing_else() -> None:
    live.guests.register("test", lambda public_id, token: f"chat:{public_id}" if token == "right" else None)

    async def work() -> None:
        async with served() as (running, port):
            for path in ("/live/test/abc?token=wrong", "/live/other/abc?token=right", "/live/test?token=right"):
                assert (await Page.open(port, path)).status == 401, path
            page = await Page.open(port, "/live/test/abc?token=right")
            assert page.status == 200
            assert "access-control-allow-origin: *" in page.headers
            assert [line.topics for line in running.hub.lines] == [frozenset({"chat:abc"})]

    try:
        in_loop(work)
    finally:
        live.guests.remove("test")


def test_one_address_opens_so_many_guest_pages_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_GUESTS_OF_ONE", 2)
    live.guests.register("test", lambda public_id, token: f"chat:{public_id}")

    async def work() -> None:
        async with served() as (_, port):
            pages = [await Page.open(port, f"/live/test/{n}") for n in range(3)]
            assert [page.status for page in pages] == [200, 200, 503]
            assert "retry-after" in pages[2].headers

    try:
        in_loop(work)
    finally:
        live.guests.remove("test")


# -- rights ----------------------------------------------------------------------------------------------------------


def ends(user: Any, work: Any) -> None:
    """The page of `user` is open until `work(session key)` is done, and may not come back."""
    cookie = session_of(user)

    async def play() -> None:
        async with served() as (running, port):
            page = await Page.open(port, "/live?floor=1", cookie=cookie)
            await page.heard("hello")
            await done(work, cookie.partition("=")[2])
            await page.gone()
            await until(lambda: not running.hub.lines)
            assert (await Page.open(port, "/live?floor=1", cookie=cookie)).status == 401

    in_loop(play)


def test_signing_out_ends_the_line_at_once(bleuet: Company) -> None:
    def sign_out(key: str) -> None:
        browser = Client()
        browser.cookies["sessionid"] = key
        browser.post("/accounts/logout/")

    ends(bleuet.advisor, sign_out)


def test_an_account_that_is_closed_ends_the_line_at_once(bleuet: Company) -> None:
    closing = bleuet.viewer("administrator")
    ends(bleuet.advisor, lambda key: staff.deactivate(closing, user_id=bleuet.advisor.pk))


def test_a_new_password_ends_the_line_at_once(bleuet: Company) -> None:
    administrator = bleuet.viewer("administrator")

    def change(key: str) -> None:
        staff.set_password(administrator, user_id=bleuet.advisor.pk, password="une-autre-phrase-longue")

    ends(bleuet.advisor, change)


def test_a_session_that_ends_otherwise_is_found_in_time(bleuet: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.sessions.models import Session

    monkeypatch.setattr("ligne.site.live.chores.RECHECK_S", 0.05)
    ends(bleuet.advisor, lambda key: Session.objects.filter(pk=key).delete())


# -- many ------------------------------------------------------------------------------------------------------------


def test_a_storm_of_returns_is_let_in_by_a_handful_of_questions(
    bleuet: Company, django_assert_max_num_queries: Any
) -> None:
    cookies = [session_of(user) for user in (bleuet.advisor, bleuet.colleague) for _ in range(20)]

    async def work() -> None:
        async with served() as (_, port):
            pages = [await Page.open(port, cookie=cookie) for cookie in cookies]
            for page in pages:
                await page.heard("hello")
        marks = {page.last_id for page in pages}
        await push(f"user:{bleuet.advisor.pk}", "offer")
        async with served() as (running, port):
            back = await asyncio.gather(
                *(Page.open(port, cookie=c, last_id=p.last_id) for c, p in zip(cookies, pages, strict=True))
            )
            await asyncio.gather(*(page.heard("hello") for page in back))
            assert len(running.hub.lines) == len(cookies)
            assert len({page.retry_ms for page in back}) > 5  # each its own moment
        assert marks
        assert [page.events for page in back] == [["offer", "hello"]] * 20 + [["hello"]] * 20

    in_loop(work)
    with django_assert_max_num_queries(3):
        people = live.admission.people([cookie.partition("=")[2] for cookie in cookies])
    assert len(people) == len(cookies)


def test_rights_follow_from_role_and_companies(bleuet: Company, garance: Company) -> None:
    def topics(user: Any, floor: bool) -> frozenset[str]:
        key = session_of(user).partition("=")[2]
        return live.admission.people([key])[key].topics(floor)

    advisor, supervisor = bleuet.advisor, bleuet.supervisor
    assert topics(advisor, True) == {f"user:{advisor.pk}"}
    assert topics(supervisor, False) == {f"user:{supervisor.pk}"}
    assert topics(supervisor, True) == {f"user:{supervisor.pk}", f"floor:{bleuet.principal.pk}"}
