"""Who waits and who works, kept in order between two decisions. Pure.

Items of one *kind* can be taken by the same people. They stand in one sorted group, and their people in one sorted
line, so that a decision looks at the heads only and a change costs a few insertions. What the passing of time alone
changes (levels that relax, head starts, declines, what is put off) is *restless*: sorted anew at each decision.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from datetime import datetime

from ligne.routing.rules import capacity
from ligne.routing.rules.eligibility import Kind, Turn, grade, kind_of, levels_asked, relaxes, turn
from ligne.routing.rules.facts import LIVE, Advisor, Item, Policy

Entries = list[tuple[Turn, Item]]
Rank = tuple[float, datetime, int]  # the better the smaller: grade turned round, idle since, id
NOBODY: frozenset[int] = frozenset()


@dataclass(slots=True)
class Line:
    """The advisors who can be offered items of one kind now, best first; `start` skips those who were given something
    in the present decision."""

    kind: Kind
    ranked: list[Rank]
    start: int = 0
    decision: int = 0


@dataclass(slots=True, eq=False)
class Group:
    """Items of one kind in the order of their turn; `at` is the next one. A personal one holds a single item, which
    prefers or was declined by somebody."""

    kind: Kind
    entries: Entries
    personal: bool = False
    at: int = 0

    @property
    def head(self) -> Item:
        return self.entries[self.at][1]

    def advance(self, taken: Set[int]) -> bool:
        """Go past what is taken; False when nothing is left."""
        while self.at < len(self.entries):
            if self.entries[self.at][1].id not in taken:
                return True
            self.at += 1
        return False

    def again(self) -> Group:
        """The same from its beginning."""
        return Group(self.kind, self.entries, self.personal)

    def only(self, wanted: Callable[[Item], bool]) -> Group:
        """Those wanted of it."""
        return Group(self.kind, [e for e in self.entries if wanted(e[1])], self.personal)


class Standing:
    """The facts of the ranking, told one by one: `put_…` replaces what was told of the same id before."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.advisors: dict[int, Advisor] = {}
        self._shields: dict[int, datetime] = {}
        self._of_queue: dict[int, dict[int, Advisor]] = {}
        self._lines: dict[Kind, Line] = {}
        self._lines_of_queue: dict[int, list[Line]] = {}
        self._places: dict[int, list[tuple[Line, Rank]]] = {}
        self._calm: dict[Kind, Entries] = {}
        self._kinds: dict[int, tuple[Kind, Turn]] = {}
        self._restless: dict[int, tuple[Turn, Item]] = {}
        self._decision = 0

    def put_item(self, item: Item) -> None:
        """Something waits."""
        self.drop_item(item.id)
        place = turn(item, self.policy)
        if _is_personal(item) or item.not_before is not None or relaxes(item):
            self._restless[item.id] = (place, item)
            return
        kind = kind_of(item, levels_asked(item, item.entered_at))
        self._kinds[item.id] = kind, place
        insort(self._calm.setdefault(kind, []), (place, item))

    def drop_item(self, item_id: int) -> None:
        """It waits no more; unknown is no trouble."""
        known = self._kinds.pop(item_id, None)
        if known is None:
            self._restless.pop(item_id, None)
            return
        kind, place = known
        entries = self._calm[kind]
        del entries[bisect_left(entries, (place,))]
        if not entries:
            del self._calm[kind]

    def put_advisor(self, advisor: Advisor) -> None:
        """Somebody is at work, free or not."""
        self.drop_advisor(advisor.id)
        self.advisors[advisor.id] = advisor
        if advisor.shielded_until is not None:
            self._shields[advisor.id] = advisor.shielded_until
        seen: list[Line] = []
        for queue_id in advisor.queues:
            self._of_queue.setdefault(queue_id, {})[advisor.id] = advisor
            for line in self._lines_of_queue.get(queue_id, ()):
                # a line may be met twice: by its queue and by its relief
                if line.kind[3] is None or not any(line is other for other in seen):
                    seen.append(line)
                    self._stand(advisor, line)

    def drop_advisor(self, advisor_id: int) -> None:
        """They are at work no more; unknown is no trouble."""
        known = self.advisors.pop(advisor_id, None)
        if known is None:
            return
        for queue_id in known.queues:
            del self._of_queue[queue_id][advisor_id]
        self._shields.pop(advisor_id, None)
        for line, rank in self._places.pop(advisor_id, ()):
            del line.ranked[bisect_left(line.ranked, rank)]

    def _stand(self, advisor: Advisor, line: Line) -> None:
        rank = _rank(advisor, line.kind)
        if rank is not None:
            insort(line.ranked, rank)
            self._places.setdefault(advisor.id, []).append((line, rank))

    # what a decision reads

    def begin(self, now: datetime) -> Set[int]:
        """A new decision; returns the advisors who are to be left in peace by live work."""
        self._decision += 1
        if not self._shields:
            return NOBODY
        return {advisor_id for advisor_id, until in self._shields.items() if until > now}

    def groups(self, now: datetime) -> tuple[list[Group], list[Group]]:
        """What may be offered at `now`: live, deferred."""
        entries: dict[Kind, Entries] = self._calm
        lone: list[Group] = []
        if self._restless:
            entries, lone = self._stirred(now)
        found = [Group(kind, of_kind) for kind, of_kind in entries.items()] + lone
        live: list[Group] = []
        deferred: list[Group] = []
        for group in found:
            (live if group.entries[0][1].live else deferred).append(group)
        return live, deferred

    def _stirred(self, now: datetime) -> tuple[dict[Kind, Entries], list[Group]]:
        """The calm groups with the restless items among them, and those that stand alone."""
        joined: dict[Kind, Entries] = {}
        lone = []
        for place, item in self._restless.values():
            if item.not_before is not None and item.not_before > now:
                continue
            kind = kind_of(item, levels_asked(item, now))
            if _is_personal(item):
                lone.append(Group(kind, [(place, item)], personal=True))
            else:
                joined.setdefault(kind, []).append((place, item))
        for kind, entries in joined.items():
            entries.extend(self._calm.get(kind, ()))
            entries.sort()
        return self._calm | joined, lone

    def line(self, kind: Kind) -> Line:
        """Who can be offered items of this kind."""
        line = self._lines.get(kind)
        if line is None:
            line = self._lines[kind] = Line(kind, [])
            self._lines_of_queue.setdefault(kind[2], []).append(line)
            if kind[3] is not None and kind[3] != kind[2]:
                self._lines_of_queue.setdefault(kind[3], []).append(line)
            for advisor in self._people(kind):
                rank = _rank(advisor, kind)
                if rank is not None:
                    line.ranked.append(rank)
                    self._places.setdefault(advisor.id, []).append((line, rank))
            line.ranked.sort()
        if line.decision != self._decision:
            line.start, line.decision = 0, self._decision
        return line

    def _people(self, kind: Kind) -> Iterable[Advisor]:
        """Everybody of its queue and of its relief."""
        of_queue = self._of_queue.get(kind[2], {})
        if kind[3] is None:
            return of_queue.values()
        return (of_queue | self._of_queue.get(kind[3], {})).values()


def _is_personal(item: Item) -> bool:
    return item.preferred_id is not None or item.only_preferred or bool(item.declined_by)


def _rank(advisor: Advisor, kind: Kind) -> Rank | None:
    suits = grade(advisor, kind)
    if suits is None or not capacity.is_open(advisor, kind[0]):
        return None
    if not capacity.has_room(advisor, kind[1], live=kind[0] == LIVE):
        return None
    return -suits, advisor.idle_since, advisor.id
