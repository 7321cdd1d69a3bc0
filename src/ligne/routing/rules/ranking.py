"""Who gets what: the one ranking, run by the router and by the simulator. Pure and deterministic.

Order of items. In each lane an item's turn comes by the moment it entered (live) or is due (deferred), brought forward
by `priority_s` seconds per step of priority: an important item overtakes, and none waits for ever.

Order of advisors for an item: the preferred one, then the best mean level in the skills asked, then the longest idle.

Declining opens no way to easier work: whoever declined something that still waits, and could take it, is offered for
`rest_s` nothing whose turn comes later (and nothing deferred, if it was live). Then it is offered to them again, after
everybody else who is free.

With "primary-skill-first", mastery goes before the order of items: whoever is free takes what they master best.

Lanes. Advisors whose turn is reserved serve deferred work first; live items choose next, deferred ones last.
A level asked relaxes by one per `relax_after_s`, never below 1: nobody is sent to somebody without the skill, and an
item that nobody can take is for overflow and the supervisor to solve, not for chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from math import inf

from ligne.routing.rules import capacity
from ligne.routing.rules.eligibility import Turn, is_late_soon, qualifies
from ligne.routing.rules.facts import LIVE, PRIMARY_SKILL_FIRST, Advisor, Assignment, Item, Policy
from ligne.routing.rules.standing import Group, Line, Standing

# How well somebody suits, who, and why.
Choice = tuple[float, int, str]
# Live work before deferred, then by turn.
Order = tuple[bool, Turn]


def match(
    items: Iterable[Item], advisors: Iterable[Advisor], now: datetime, policy: Policy | None = None
) -> list[Assignment]:
    """Offers to make now: at most one per item and one per advisor, within capacity, in the order they were decided."""
    standing = Standing(policy)
    for advisor in advisors:
        standing.put_advisor(advisor)
    for item in items:
        standing.put_item(item)
    return decide(standing, now)


def decide(standing: Standing, now: datetime) -> list[Assignment]:
    """`match` on facts that are kept in order from one decision to the next. Changes nothing: tell the standing what
    became of each offer."""
    return _Decision(standing, now).run()


@dataclass(slots=True)
class _Decision:
    """One run: the facts, and what was decided so far."""

    standing: Standing
    now: datetime
    given: set[int] = field(init=False, default_factory=set)  # advisors
    taken: set[int] = field(init=False, default_factory=set)  # items
    shielded: Set[int] = field(init=False)
    made: list[Assignment] = field(init=False, default_factory=list)
    held_back: dict[int, list[tuple[Order, int]]] = field(init=False, default_factory=dict)  # by what they declined

    def __post_init__(self) -> None:
        self.shielded = self.standing.begin(self.now)

    def run(self) -> list[Assignment]:
        live, deferred = self.standing.groups(self.now)
        self._hold_back(live, deferred)
        if live:
            # without live items waiting there is no turn to reserve: the last round serves deferred work anyway
            if deferred:
                self._reserved(deferred)
            self._serve(live, None, reserved=False)
        if deferred:
            self._serve(deferred, None, reserved=False)
        return self.made

    def _hold_back(self, *lanes: list[Group]) -> None:
        for group in (g for groups in lanes for g in groups if g.personal):
            place, item = group.entries[0]
            for advisor_id, at in item.declined_by.items():
                advisor = self.standing.advisors.get(advisor_id)
                if advisor is None or (self.now - at).total_seconds() >= self.standing.policy.rest_s:
                    continue
                if qualifies(advisor, item, group.kind[4]):
                    self.held_back.setdefault(advisor_id, []).append(((not item.live, place), item.id))

    def _is_held_back(self, advisor_id: int, order: Order) -> bool:
        declined = self.held_back.get(advisor_id, ())
        return any(before < order and item_id not in self.taken for before, item_id in declined)

    def _reserved(self, deferred: list[Group]) -> None:
        policy = self.standing.policy
        nearly_due = [g.only(lambda item: is_late_soon(item, self.now, policy)) for g in deferred]
        self._serve((g for g in nearly_due if g.entries), self._entitled(policy.urgent_turns), reserved=True)
        self._serve((g.again() for g in deferred), self._entitled(policy.live_turns), reserved=True)

    def _entitled(self, turns: int) -> frozenset[int]:
        return frozenset(a.id for a in self.standing.advisors.values() if a.live_streak >= turns)

    def _serve(self, groups: Iterable[Group], allowed: Set[int] | None, *, reserved: bool) -> None:
        """Serve the groups' items in turn. Of each group only the first item can be next: they have the same people."""
        if allowed is not None and not allowed:
            return
        by_mastery = self.standing.policy.pick == PRIMARY_SKILL_FIRST
        heads: list[tuple[float, tuple[float, float, int], Group]] = []
        for group in groups:
            if not group.personal and not self.standing.line(group.kind).ranked:
                continue
            self._push(heads, group, allowed, by_mastery)
        while heads:
            expected, _, group = heappop(heads)
            found = self._choose(group, allowed)
            if found is None:
                continue  # nobody is left for the whole group
            suits, advisor_id, why = found
            if by_mastery and -suits != expected:
                self._push(heads, group, allowed, by_mastery)
                continue
            item = group.head
            self.given.add(advisor_id)
            self.taken.add(item.id)
            self.made.append(Assignment(item.id, advisor_id, why, reserved))
            self._push(heads, group, allowed, by_mastery)

    def _push(
        self,
        heads: list[tuple[float, tuple[float, float, int], Group]],
        group: Group,
        allowed: Set[int] | None,
        by_mastery: bool,
    ) -> None:
        if not group.advance(self.taken):
            return
        suits = 0.0
        if by_mastery:
            found = self._choose(group, allowed)
            if found is None:
                return
            suits = found[0]
        heappush(heads, (-suits, group.entries[group.at][0], group))

    def _choose(self, group: Group, allowed: Set[int] | None) -> Choice | None:
        line = self.standing.line(group.kind)
        place, item = group.entries[group.at]
        order = not item.live, place
        if not group.personal:
            return next(self._free(line, allowed, order), None)
        named = self.standing.advisors.get(item.preferred_id) if item.preferred_id is not None else None
        if named is not None:
            if (
                self._may(named, item, allowed)
                and not self._is_held_back(named.id, order)
                and not self._spared(item, named.id, lately=not item.only_preferred)
                and capacity.has_room(named, item.channel, live=item.live)
            ):
                return inf, named.id, "named" if item.only_preferred else "preferred"
            if self._waits_for(item, named):
                return None
        if item.only_preferred:
            return None
        free = list(self._free(line, allowed, order))
        willing = (c for c in free if not self._spared(item, c[1], lately=True))
        rested = (c for c in free if not self._spared(item, c[1], lately=False))
        return next(willing, None) or next(rested, None)

    def _free(self, line: Line, allowed: Set[int] | None, order: Order) -> Iterator[Choice]:
        """Who is left of a line, best first."""
        ranked, given = line.ranked, self.given
        while line.start < len(ranked) and ranked[line.start][2] in given:
            line.start += 1
        shielded = self.shielded if line.kind[0] == LIVE else ()
        for place in range(line.start, len(ranked)):
            suits, _, advisor_id = ranked[place]
            if advisor_id in given or advisor_id in shielded or (allowed is not None and advisor_id not in allowed):
                continue
            if self.held_back and self._is_held_back(advisor_id, order):
                continue
            yield -suits, advisor_id, "skill" if suits <= 0 else "relief"

    def _may(self, advisor: Advisor, item: Item, allowed: Set[int] | None) -> bool:
        if advisor.id in self.given or (allowed is not None and advisor.id not in allowed):
            return False
        return capacity.may_be_offered(advisor, item.lane, self.now)

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

    def _spared(self, item: Item, advisor_id: int, *, lately: bool) -> bool:
        """Whether this advisor has just declined it; or `lately`, so that others who are free come before them."""
        at = item.declined_by.get(advisor_id)
        if at is None:
            return False
        policy = self.standing.policy
        return (self.now - at).total_seconds() < (policy.forget_s if lately else policy.rest_s)
