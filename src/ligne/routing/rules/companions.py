"""The systems of known law, run beside the simulated one on the same calls and the same endings of service. Pure.

The chance events are drawn once: an arrival of a class, "person number s may finish" at rate 1 for each person, "who
waits at place p may give up". A system with somebody at that place lets them go, another lets nothing happen. Each then
follows its own law exactly, and all move together as far as they can, which is what makes good controls of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ligne.routing.rules import laws

Control = tuple[float, float]  # measured in one batch, known mean


@dataclass(slots=True)
class Pooled:
    """Everybody does everything. `spent` is the time of the batch spent with each number present."""

    load: float
    agents: int
    room: int | None
    theta: float
    limit: float
    present: int = 0
    spent: list[float] = field(init=False)
    law: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.law = laws.pooled(self.load, self.agents, self.room, self.theta)
        self.spent = [0.0] * len(self.law)

    @property
    def waiting(self) -> int:
        return max(0, self.present - self.agents)

    def come(self) -> None:
        if self.room is None or self.present < self.agents + self.room:
            self.present += 1
            if self.present == len(self.spent):
                self.spent.append(0.0)

    def may_finish(self, person: int) -> None:
        if person < self.present:
            self.present -= 1

    def may_give_up(self, place: int) -> None:
        if place < self.waiting:
            self.present -= 1

    def controls(self, length: float) -> list[Control]:
        """The batch of this length is over: length of line, somebody free, service in time, at work, room full."""
        found = _means(self.spent, self.law, self.agents, self.limit, length)
        found.append((_at_work(self.spent, self.agents) / length, _at_work(self.law, self.agents)))
        if self.room is not None:
            found.append((self.spent[self.agents + self.room] / length, self.law[-1]))
        self.spent = [0.0] * len(self.spent)
        return found


@dataclass(slots=True)
class Apart:
    """Nobody helps another class; only the waiting room is shared. Times of a class are added up when it changes."""

    loads: Sequence[float]
    agents: Sequence[int]
    room: int | None
    theta: float
    limit: float
    present: list[int] = field(init=False)
    waiting: int = 0
    full: int = 0  # classes with everybody busy
    blocked: float = 0.0  # the sum of `full` while the room is full
    spent: list[list[float]] = field(init=False)
    since: list[float] = field(init=False)
    room_since: float = 0.0
    law: laws.Apart = field(init=False)

    def __post_init__(self) -> None:
        self.law = laws.apart(self.loads, self.agents, self.room, self.theta)
        self.spent = [[0.0] * len(law) for law in self.law.present]
        self.present = [0] * len(self.loads)
        self.since = [0.0] * len(self.loads)

    def come(self, own: int, now: float) -> None:
        if self.present[own] < self.agents[own] or self.room is None or self.waiting < self.room:
            self._change(own, 1, now)

    def may_finish(self, own: int, person: int, now: float) -> None:
        if person < self.present[own]:
            self._change(own, -1, now)

    def may_give_up(self, place: int, now: float) -> None:
        for own, present in enumerate(self.present):
            in_line = max(0, present - self.agents[own])
            if place < in_line:
                self._change(own, -1, now)
                return
            place -= in_line

    def _change(self, own: int, step: int, now: float) -> None:
        self._count(own, now)
        if self.waiting == self.room:
            self.blocked += self.full * (now - self.room_since)
        self.room_since = now
        before = self.present[own]
        after = self.present[own] = before + step
        if after == len(self.spent[own]):
            self.spent[own].append(0.0)
        staff = self.agents[own]
        self.waiting += max(0, after - staff) - max(0, before - staff)
        self.full += (after >= staff) - (before >= staff)

    def _count(self, own: int, now: float) -> None:
        self.spent[own][self.present[own]] += now - self.since[own]
        self.since[own] = now

    def controls(self, length: float, now: float) -> tuple[list[Control], list[list[Control]]]:
        """The batch is over: controls of the whole, and of each class."""
        for own in range(len(self.loads)):
            self._count(own, now)
        if self.waiting == self.room:
            self.blocked += self.full * (now - self.room_since)
        self.room_since = now
        of_class = [
            _means(spent, law, staff, self.limit, length)
            for spent, law, staff in zip(self.spent, self.law.present, self.agents, strict=True)
        ]
        whole = [(sum(one[0] for one in same), sum(one[1] for one in same)) for same in zip(*of_class, strict=True)]
        if self.room is not None:
            whole.append((self.blocked / length, self.law.blocked))
        self.blocked = 0.0
        self.spent = [[0.0] * len(spent) for spent in self.spent]
        return whole, of_class


def _means(spent: Sequence[float], law: Sequence[float], agents: int, limit: float, length: float) -> list[Control]:
    """Length of line, somebody free, service in time: measured, and as the law says."""
    free = sum(spent[:agents]) / length, sum(law[:agents])
    line = _over(spent, agents) / length, _over(law, agents)
    return [line, free, (_in_time(spent, agents, limit) / length, _in_time(law, agents, limit))]


def _over(weights: Sequence[float], agents: int) -> float:
    return sum(waiting * weight for waiting, weight in enumerate(weights[agents:]))


def _at_work(weights: Sequence[float], agents: int) -> float:
    return sum(min(n, agents) * weight for n, weight in enumerate(weights))


def _in_time(weights: Sequence[float], agents: int, limit: float) -> float:
    chances = _chances(agents, len(weights) - agents, limit)
    return sum(weights[:agents]) + sum(w * c for w, c in zip(weights[agents:], chances, strict=True))


_KNOWN: dict[tuple[int, float], list[float]] = {}


def _chances(agents: int, count: int, limit: float) -> Iterator[float]:
    known = _KNOWN.setdefault((agents, limit), [])
    while len(known) < count:
        known.append(laws.within(agents, len(known), limit))
    return iter(known[:count])
