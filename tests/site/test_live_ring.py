"""What was said is found again by a page that comes back, in this process, another, or after a restart."""

from __future__ import annotations

import pytest

from ligne.site.live.ring import KEPT_S, NOTHING_YET, OVERLAP_S, Pushes, Ring

MINE = frozenset({"user:1"})
NOW = 1_000_000.0
Line = tuple[str, float, Pushes]


def names(wire: bytes | None) -> list[str]:
    """The events in what is told."""
    assert wire is not None
    return [row[7:].decode() for row in wire.splitlines() if row.startswith(b"event: ")]


def ring_with(*said: tuple[str, str, str], most: int = 1000) -> Ring:
    """A ring that heard (mark, topic, name), a second apart, the last of them now."""
    ring = Ring(most)
    for age, (mark, topic, name) in zip(range(len(said) - 1, -1, -1), said, strict=True):
        ring.tell(mark, [(topic, name, {})], NOW - age)
    return ring


def test_a_page_gets_what_it_missed_of_its_own_and_nothing_else() -> None:
    ring = ring_with(("7-1", "user:1", "work"), ("8-2", "user:2", "work"), ("9-3", "user:1", "offer"))
    assert names(ring.since("7-1", MINE, NOW)) == ["offer"]
    assert names(ring.since("8-2", MINE, NOW)) == ["offer"]
    assert names(ring.since("9-3", MINE, NOW)) == []


def test_what_one_transaction_said_to_a_page_comes_whole_and_its_mark_last() -> None:
    ring = Ring()
    told = ring.tell("7-1", [("user:1", "work", {}), ("user:2", "x", {}), ("user:1", "offer", {"item_id": 4})], NOW)
    wire = told.wires["user:1"]
    assert names(wire) == ["work", "offer"]
    assert wire.count(b"id: ") == 1
    assert wire.endswith(b'event: offer\ndata: {"item_id":4}\nid: 7-1\n\n')


@pytest.mark.parametrize("mark", ["6-9", "nonsense", "9-30", "-"])
def test_a_mark_that_is_not_known_means_asking_again(mark: str) -> None:
    assert ring_with(("7-1", "user:1", "work")).since(mark, MINE, NOW) is None


def test_a_fresh_page_is_told_the_last_seconds_again() -> None:
    ring = Ring()
    ring.tell("7-1", [("user:1", "work", {})], NOW - OVERLAP_S - 1)
    ring.tell("8-2", [("user:1", "offer", {})], NOW - OVERLAP_S + 1)
    assert names(ring.since("", MINE, NOW)) == ["offer"]


def test_what_is_too_much_or_too_old_is_forgotten_and_places_after_it_are_kept() -> None:
    said = [(f"{n}-{n}", "user:1", f"e{n}") for n in range(1, 6)]
    ring = ring_with(*said, most=2)
    assert ring.since("2-2", MINE, NOW) is None
    assert names(ring.since("3-3", MINE, NOW)) == ["e4", "e5"]
    ring.tell("6-6", [("user:1", "e6", {})], NOW + KEPT_S + 1)
    assert ring.since("4-4", MINE, NOW) is None
    assert names(ring.since("5-5", MINE, NOW)) == ["e6"]


def test_a_new_process_finds_the_places_of_the_one_before() -> None:
    before = ring_with(("7-1", "user:1", "work"), ("9-3", "user:1", "offer"))
    after = Ring()
    lines: list[Line] = [("7-1", NOW - 20, [("user:1", "work", {})]), ("9-3", NOW - 8, [("user:1", "offer", {})])]
    assert after.fill([*lines, ("11-4", NOW, [("user:1", "notice", {})])]) is not None
    assert names(after.since(before.mark, MINE, NOW)) == ["notice"]
    assert after.since("5-0", MINE, NOW) is None
    assert after.since(NOTHING_YET, MINE, NOW) is None


def test_nothing_was_ever_said() -> None:
    ring = Ring()
    assert ring.fill([]) == []
    assert ring.since(NOTHING_YET, MINE, NOW) == b""


def test_what_was_missed_while_the_database_was_away_is_new_once() -> None:
    ring = ring_with(("7-1", "user:1", "work"))
    lines: list[Line] = [("7-1", NOW, [("user:1", "work", {})]), ("8-2", NOW, [("user:1", "offer", {})])]
    new = ring.fill(lines)
    assert new is not None
    assert [told.mark for told in new] == ["8-2"]
    assert ring.fill(lines) == []


def test_a_list_that_does_not_reach_back_means_asking_again() -> None:
    ring = ring_with(("7-1", "user:1", "work"))
    assert ring.fill([("3-1", NOW, [("user:1", "offer", {})])]) is None
    assert ring.since("7-1", MINE, NOW) is None
    assert names(ring.since("3-1", MINE, NOW)) == []


def test_memory_is_bounded() -> None:
    ring = Ring(most=100)
    for n in range(1000):
        ring.tell(f"{n}-{n}", [(f"user:{n}", "work", {})], NOW)
    assert len(ring._heard) == 100
    assert len(ring._by_topic) == 100
    assert len(ring._places) == 101
