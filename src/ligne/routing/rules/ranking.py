"""Who gets what: the one ranking, run by the router and by the simulator. Pure and deterministic.

Order of items. In each lane an item's turn comes by the moment it entered (live) or is due (deferred), brought forward
by `priority_s` seconds per step of priority: an important item overtakes, and none waits for ever.

Order of advisors for an item: the preferred one, then the best mean level in the skills asked, then the longest idle.

With "primary-skill-first", mastery goes before the order of items: whoever is free takes what they master best.

Lanes. Advisors whose turn is reserved serve deferred work first; live items choose next, deferred ones last.
A level asked relaxes by one per `relax_after_s`, never below 1: nobody is sent to somebody without the skill, and an
item that nobody can take is for overflow and the supervisor to solve, not for chance.

Cost: items of one kind (lane, channel, queue, levels asked) share one list of advisors, sorted once and walked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from ligne.routing.rules import capacity
from ligne.routing.rules.facts import (
    DEFERRED,
    EXPERT,
    LIVE,
    PRIMARY_SKILL_FIRST,
    Advisor,
    Assignment,
    Item,
    Policy,
)

Levels = tuple[tuple[str, int], ...]
Kind = tuple[str, str, int, int | None, Levels]


def match(
    items: Iterable[Item], advisors: Iterable[Advisor], now: datetime, policy: Policy | None = None
) -> list[Assignment]:
    """Offers to make now: at most one per item and one per advisor, within capacity, in the order they were decided."""
    return _Match(list(advisors), now, policy or Policy()).run(list(items))


def levels_asked(item: Item, now: datetime) -> Levels:
    """The levels still asked after the item's waiting so far, sorted by skill."""
    steps = 0
    if item.relax_after_s > 0:
        steps = max(0, int((now - item.entered_at).total_seconds() // item.relax_after_s))
    return tuple(sorted((skill, max(1, level - steps)) for skill, level in item.skills.items()))


def turn(item: Item, policy: Policy) -> tuple[float, float, int]:
    """The key that orders items of one lane: smaller is sooner."""
    moment = item.entered_at if item.live else (item.due_at or item.entered_at)
    at = moment.timestamp()
    if policy.priority_s is None:
        return (-float(item.priority), at, item.id)
    return (at - item.priority * policy.priority_s, item.entered_at.timestamp(), item.id)


def mastery(advisor: Advisor, asked: Levels) -> float:
    """The mean level in the skills asked; without any, everybody is an expert."""
    if not asked:
        return float(EXPERT)
    return sum(advisor.skills.get(skill, 0) for skill, _ in asked) / len(asked)


def qualifies(advisor: Advisor, item: Item, asked: Levels) -> str:
    """Why this advisor may take the item ("named", "skill", "relief"), or "" when they may not."""
    if item.preferred_id == advisor.id:
        return "named"
    if item.only_preferred:
        return ""
    if item.queue_id in advisor.queues and all(advisor.skills.get(skill, 0) >= level for skill, level in asked):
        return "skill"
    if item.relief_id is not None and item.relief_id in advisor.queues:
        return "relief"
    return ""


def is_late_soon(item: Item, now: datetime, policy: Policy) -> bool:
    """Whether a deferred item is due, or nearly."""
    return item.due_at is not None and item.due_at - timedelta(seconds=policy.urgent_s) <= now


@dataclass(slots=True)
class _Line:
    """The advisors who could take items of one kind, best first; `start` skips those who were given something."""

    ranked: list[tuple[float, Advisor]]
    pool: frozenset[int]  # everybody at work who qualifies, free or not
    start: int = 0


@dataclass(slots=True)
class _Match:
    """One run: the facts, and what was decided so far."""

    advisors: list[Advisor]
    now: datetime
    policy: Policy
    by_id: dict[int, Advisor] = field(init=False)
    given: set[int] = field(init=False, default_factory=set)
    lines: dict[tuple[Kind, str], _Line] = field(init=False, default_factory=dict)
    made: list[Assignment] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.by_id = {a.id: a for a in self.advisors}

    def run(self, items: list[Item]) -> list[Assignment]:
        ready = [i for i in items if i.not_before is None or i.not_before <= self.now]
        ready.sort(key=lambda i: turn(i, self.policy))
        live = [i for i in ready if i.live]
        deferred = [i for i in ready if not i.live]
        urgent = [i for i in deferred if is_late_soon(i, self.now, self.policy)]
        if live:
            # without live items waiting there is no turn to reserve: the last round serves deferred work anyway
            self._serve(urgent, DEFERRED, "urgent")
            self._serve(deferred, DEFERRED, "reserved")
            self._serve(live, LIVE, "")
        self._serve(deferred, DEFERRED, "")
        return self.made

    def _serve(self, items: Sequence[Item], lane: str, turns: str) -> None:
        if not items:
            return
        free = {a.id for a in self.advisors if a.id not in self.given and self._may(a, lane, turns)}
        if not free:
            return
        taken = {m.item_id for m in self.made}
        waiting = [i for i in items if i.id not in taken]
        if self.policy.pick == PRIMARY_SKILL_FIRST:
            self._by_mastery(waiting, free, turns)
            return
        for item in waiting:
            if not free:
                return
            self._give(item, free, turns)

    def _by_mastery(self, waiting: list[Item], free: set[int], turns: str) -> None:
        lines = {id(line): line for line in (self._line(i, turns) for i in waiting)}.values()
        grades = sorted({grade for line in lines for grade, _ in line.ranked}, reverse=True)
        for grade in grades:
            left = []
            for item in waiting:
                if not free:
                    return
                if not self._give(item, free, turns, at_least=grade):
                    left.append(item)
            waiting = left

    def _may(self, advisor: Advisor, lane: str, turns: str) -> bool:
        if not capacity.may_be_offered(advisor, lane, self.now):
            return False
        if turns == "urgent":
            return advisor.live_streak >= self.policy.urgent_turns
        return turns != "reserved" or advisor.live_streak >= self.policy.live_turns

    def _give(self, item: Item, free: set[int], turns: str, at_least: float | None = None) -> bool:
        found = self._choose(item, free, turns, at_least)
        if found is None:
            return False
        advisor, why = found
        free.discard(advisor.id)
        self.given.add(advisor.id)
        self.made.append(Assignment(item.id, advisor.id, why, reserved=bool(turns)))
        return True

    def _choose(self, item: Item, free: set[int], turns: str, at_least: float | None) -> tuple[Advisor, str] | None:
        line = self._line(item, turns)
        named = self.by_id.get(item.preferred_id) if item.preferred_id is not None else None
        if named is not None:
            if (
                named.id in free
                and not self._spared(item, named.id, line.pool)
                and capacity.has_room(named, item.channel, live=item.live)
            ):
                return named, "named" if item.only_preferred else "preferred"
            if self._waits_for(item, named):
                return None
        if item.only_preferred:
            return None
        return self._first_of(line, item, free, at_least)

    def _first_of(self, line: _Line, item: Item, free: set[int], at_least: float | None) -> tuple[Advisor, str] | None:
        ranked = line.ranked
        while line.start < len(ranked) and ranked[line.start][1].id in self.given:
            line.start += 1
        for grade, advisor in islice(ranked, line.start, None):
            if at_least is not None and grade < at_least:
                return None
            if advisor.id in free and not (item.declined_by and self._spared(item, advisor.id, line.pool)):
                return advisor, "skill" if grade >= 0 else "relief"
        return None

    def _waits_for(self, item: Item, named: Advisor) -> bool:
        """Whether the head start still holds: it does not for somebody who is away or has just declined."""
        if item.only_preferred:
            return True
        return (
            item.preferred_until is not None
            and item.preferred_until > self.now
            and capacity.serves(named, item.lane)
            and named.id not in item.declined_by
        )

    def _spared(self, item: Item, advisor_id: int, pool: frozenset[int]) -> bool:
        """Whether this advisor declined so recently that the item is for others, if there are others."""
        at = item.declined_by.get(advisor_id)
        if at is None:
            return False
        ago = (self.now - at).total_seconds()
        others = not item.only_preferred and any(other not in item.declined_by for other in pool)
        return ago < (self.policy.forget_s if others else self.policy.rest_s)

    def _line(self, item: Item, turns: str) -> _Line:
        asked = levels_asked(item, self.now)
        kind: Kind = (item.lane, item.channel, item.queue_id, item.relief_id, asked)
        line = self.lines.get((kind, turns))
        if line is None:
            line = self.lines[kind, turns] = self._build(item, asked, turns)
        return line

    def _build(self, item: Item, asked: Levels, turns: str) -> _Line:
        pool: set[int] = set()
        ranked: list[tuple[float, Advisor]] = []
        for advisor in self.advisors:
            if not capacity.serves(advisor, item.lane):
                continue
            in_queue = item.queue_id in advisor.queues and all(
                advisor.skills.get(skill, 0) >= level for skill, level in asked
            )
            if not in_queue and (item.relief_id is None or item.relief_id not in advisor.queues):
                continue
            pool.add(advisor.id)
            if self._may(advisor, item.lane, turns) and capacity.has_room(advisor, item.channel, live=item.live):
                # relief comes after everybody of the queue's own
                ranked.append((mastery(advisor, asked) if in_queue else -1.0, advisor))
        ranked.sort(key=lambda pair: (-pair[0], pair[1].idle_since, pair[1].id))
        return _Line(ranked, frozenset(pool))
