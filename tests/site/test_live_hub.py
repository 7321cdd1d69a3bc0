"""Telling: boards, savepoints, and what a reader that is slow costs."""

from __future__ import annotations

import asyncio
import json

import pytest
from django.db import connection, transaction

from ligne.kit import live as kit_live
from ligne.site.live import hub as hubs
from ligne.site.live import line as lines
from ligne.site.live.hub import Hub
from ligne.site.live.line import Line
from tests.site.live_world import in_loop


class Wire(asyncio.Transport):
    """A transport whose reader reads when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[bytes] = []
        self.aborted = self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.taken.append(bytes(data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True


def following(hub: Hub, *topics: str) -> tuple[Line, Wire]:
    """An open line that follows `topics`."""
    wire = Wire()
    line = Line(wire, hub.leave, hub.resync)
    line.topics = frozenset(topics)
    hub.join(line, "")
    wire.taken.clear()
    return line, wire


def said(mark: str, *pushes: tuple[str, str]) -> str:
    """What NOTIFY carries."""
    return f"{mark} {json.dumps([[topic, name, {}] for topic, name in pushes])}"


def names(wire: Wire) -> list[str]:
    """The events that reached the page."""
    return [row[7:].decode() for row in b"".join(wire.taken).splitlines() if row.startswith(b"event: ")]


def test_what_is_heard_twice_is_told_once() -> None:
    hub = Hub()
    _, wire = following(hub, "user:1")
    hub.hear(said("5-1", ("user:1", "work")))
    hub.hear(said("5-1", ("user:1", "work")))
    assert names(wire) == ["work"]


@pytest.mark.parametrize("words", ["", "5-2", "5-2 {", '5-2 {"topic": 1}', "5-2 [[1]]", "5-2 null"])
def test_what_cannot_be_read_is_passed_over(words: str) -> None:
    hub = Hub()
    _, wire = following(hub, "user:1")
    hub.hear(words)
    hub.hear(said("6-3", ("user:1", "work")))
    assert names(wire) == ["work"]


def test_a_doubt_about_rights_is_for_us_and_not_for_the_page() -> None:
    doubted: list[int] = []
    hub = Hub(on_access=doubted.append)
    _, wire = following(hub, "user:7")
    hub.hear(said("5-1", ("user:7", kit_live.ACCESS)))
    assert doubted == [7]
    assert names(wire) == []


def test_boards_are_told_once_for_many_changes_of_several_companies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "BOARD_S", 60.0)

    async def work() -> None:
        hub = Hub()
        _, wire = following(hub, "floor:1", "floor:2")
        _, outsider = following(hub, "floor:3")
        for n, principal in enumerate((1, 2, 1, 2)):
            hub.hear(said(f"5-{n}", (f"floor:{principal}", "board")))
        await asyncio.sleep(0.01)
        assert names(wire) == ["board"]
        assert b'"principals": [1, 2]' in wire.taken[0]
        assert names(outsider) == []
        hub.hear(said("6-1", ("floor:1", "board")))
        await asyncio.sleep(0.01)
        assert names(wire) == ["board"]  # the second has not passed
        hub.close()

    in_loop(work)


# -- slow readers ----------------------------------------------------------------------------------------------------


def test_a_reader_that_pauses_gets_everything_when_it_reads_again() -> None:
    async def work() -> None:
        hub = Hub()
        line, wire = following(hub, "user:1")
        line.pause_writing()
        for n in range(10):
            hub.hear(said(f"5-{n}", ("user:1", f"e{n}")))
        assert wire.taken == []
        assert line.waiting > 0
        line.resume_writing()
        assert names(wire) == [f"e{n}" for n in range(10)]
        assert line.waiting == 0

    in_loop(work)


def test_a_reader_that_is_too_slow_holds_no_memory_and_is_told_to_ask_again() -> None:
    async def work() -> None:
        hub = Hub()
        slow, wire = following(hub, "user:1")
        quick, other = following(hub, "user:1")
        slow.pause_writing()
        most = 0
        for n in range(5000):
            hub.hear(said(f"5-{n}", ("user:1", "work")))
            most = max(most, slow.waiting)
        assert most <= lines.HELD + 200
        assert slow.waiting == 0
        slow.resume_writing()
        assert names(wire) == ["resync"]
        assert len(names(other)) == 5000
        hub.hear(said("6-1", ("user:1", "offer")))
        assert names(wire) == ["resync", "offer"]
        assert quick in hub.lines

    in_loop(work)


def test_a_reader_that_takes_nothing_for_long_is_given_up() -> None:
    async def work() -> None:
        line, wire = following(Hub(), "user:1")
        now = asyncio.get_running_loop().time()
        assert not line.is_deaf(now + lines.DEAF_S + 1)
        line.pause_writing()
        assert not line.is_deaf(now)
        assert line.is_deaf(now + lines.DEAF_S + 1)
        line.cut()
        assert wire.aborted

    in_loop(work)


# -- saying ----------------------------------------------------------------------------------------------------------


def heard_of(count: int) -> list[list[list[object]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM kit_said ORDER BY id DESC LIMIT %s", [count])
        return [json.loads(payload) for (payload,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_tells_in_one_word_what_it_did_not_take_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE kit_said")
    with transaction.atomic():
        kit_live.push("user:1", "work")
        kit_live.signal("somebody")
        try:
            with transaction.atomic():
                kit_live.push("user:1", "regretted")
                raise ValueError
        except ValueError:
            kit_live.push("user:1", "offer", item_id=3)
        with transaction.atomic():
            kit_live.push("user:1", "notice")
        kit_live.push("user:1", "work")
        assert heard_of(9) == []
    assert heard_of(9) == [[["user:1", "work", {}], ["user:1", "offer", {"item_id": 3}], ["user:1", "notice", {}]]]


@pytest.mark.django_db(transaction=True)
def test_what_is_told_before_a_savepoint_that_is_taken_back_is_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE kit_said")
    with transaction.atomic():
        kit_live.push("user:1", "work")
        try:
            with transaction.atomic():
                kit_live.push("user:1", "regretted")
                raise ValueError
        except ValueError:
            pass
    assert heard_of(9) == [[["user:1", "work", {}]]]


@pytest.mark.django_db(transaction=True)
def test_much_is_told_in_several_words_and_too_much_is_refused() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE kit_said")
    kit_live.push_many((f"user:{n}", "work", {}) for n in range(1000))
    told = heard_of(9)
    assert sum(len(payload) for payload in told) == 1000
    assert all(len(json.dumps(payload)) < 16_000 for payload in told)
    with pytest.raises(ValueError, match="too large"):
        kit_live.push("user:1", "work", text="x" * 8000)
