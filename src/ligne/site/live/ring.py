"""What was said lately, so that a page that comes back is told what it missed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ligne.kit.live import ACCESS

# A page away for longer asks for everything again; so does one that missed more than a process keeps.
KEPT_S = 120.0
MOST = 50_000
# A page just loaded is told of the last seconds again: what happened between its making and this connection.
OVERLAP_S = 10.0
NOTHING_YET = "0-0"

Pushes = Iterable[tuple[str, str, object]]
"""(topic, event's name, data), in the order they were said."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one transaction told: its mark, the same in every process; when it was heard, seconds; the bytes on the line
    for each topic."""

    mark: str
    at: float
    wires: dict[str, bytes]


class Ring:
    """The transactions told in the last minutes, in the order they were heard.

    A mark stands for a place in that order. Marks come from the database: a page finds its place again in another
    process, or after a restart (`fill`).
    """

    def __init__(self, most: int = MOST) -> None:
        self.mark = NOTHING_YET
        self._most = most
        self._heard: deque[tuple[int, Told]] = deque()
        self._by_topic: dict[str, deque[tuple[int, Told]]] = {}
        self._places: dict[str, int] = {NOTHING_YET: 0}
        self._last = 0
        self._size = 0
        self._forgotten = NOTHING_YET

    def knows(self, mark: str) -> bool:
        """Whether what `mark` stands for was heard, and everything since."""
        return mark in self._places

    def tell(self, mark: str, pushes: Pushes, at: float) -> Told:
        """Keep what one transaction told."""
        told = Told(mark, at, _wires(mark, pushes))
        self._forget_before(at - KEPT_S)
        self._last += 1
        place = (self._last, told)
        self._heard.append(place)
        for topic in told.wires:
            self._by_topic.setdefault(topic, deque()).append(place)
        self._size += len(told.wires) or 1
        self._places[mark] = self._last
        self.mark = mark
        return told

    def fill(self, lines: Iterable[tuple[str, float, Pushes]]) -> list[Told] | None:
        """Take in what the database wrote down as (mark, at, pushes), oldest first; returns what is new here.

        None when that list does not reach back to what was heard last: something may have been missed for good, and
        every page must ask for everything again.
        """
        # What is for the process was done when it was said, and is looked at again every minute: no page is told.
        known = [(mark, at, [one for one in pushes if one[1] != ACCESS]) for mark, at, pushes in lines]
        marks = [mark for mark, _, _ in known]
        complete = not self._last or self.mark in marks
        if complete and self._last:
            known = known[marks.index(self.mark) + 1 :]
        elif known:
            self._forget_everything()  # of what was said before the list begins nothing is known
        new = [self.tell(mark, pushes, at) for mark, at, pushes in known]
        return new if complete else None

    def since(self, mark: str, topics: Iterable[str], now: float) -> bytes | None:
        """What a page that saw `mark` missed; None when that cannot be known. "" stands for a fresh page."""
        if mark and mark not in self._places:
            return None
        seen = self._places[mark] if mark else 0
        since = 0.0 if mark else now - OVERLAP_S
        found = [
            (place, told.wires[topic])
            for topic in topics
            for place, told in self._by_topic.get(topic, ())
            if place > seen and told.at >= since
        ]
        return b"".join(wire for _, wire in sorted(found, key=lambda one: one[0]))

    def _forget_before(self, moment: float) -> None:
        while self._heard and (self._heard[0][1].at < moment or self._size >= self._most):
            _, told = self._heard.popleft()
            # What came before it cannot be told whole any more; what comes after it can.
            self._places.pop(self._forgotten, None)
            self._forgotten = told.mark
            self._size -= len(told.wires) or 1
            for topic in told.wires:
                kept = self._by_topic[topic]
                kept.popleft()
                if not kept:
                    del self._by_topic[topic]

    def _forget_everything(self) -> None:
        self._heard.clear()
        self._by_topic.clear()
        self._places.clear()
        self._size = 0
        self.mark = self._forgotten = NOTHING_YET


def _wires(mark: str, pushes: Pushes) -> dict[str, bytes]:
    """The events of each topic as they go on the line; the mark stands on the last, when all were read."""
    by_topic: dict[str, list[str]] = {}
    for topic, name, data in pushes:
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False) if data else "null"
        by_topic.setdefault(topic, []).append(f"event: {name}\ndata: {text}\n")
    return {topic: f"{chr(10).join(events)}id: {mark}\n\n".encode() for topic, events in by_topic.items()}
