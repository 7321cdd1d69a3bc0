"""The real ranking in a discrete-event simulation: what a way of routing is worth, against exact laws. Pure.

Time is counted in handling times: calls come as Poisson streams, last an exponential time of mean 1, and may give up
after an exponential patience. Every decision is `ranking.decide`; the simulation only keeps the clock.

Since nothing remembers how long it has lasted, the next event is drawn among all that may happen: an arrival, "person s
may finish" (nothing when s is idle), "whoever waits at place p gives up". That is the same law as an agenda of drawn
durations, and lets systems of known law run beside on the same draws (`companions`). The run is cut into batches; the
companions' known means take most of the noise off (`controls`), so that a given precision needs far fewer contacts.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import sqrt
from typing import Any

from ligne.routing.rules.companions import Apart, Control, Pooled
from ligne.routing.rules.controls import Controls
from ligne.routing.rules.facts import Advisor, Item, Policy
from ligne.routing.rules.ranking import decide
from ligne.routing.rules.standing import Standing
from ligne.routing.rules.study import Study, study_of

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
HANDLING = timedelta(seconds=300)  # one handling time, so that instants are ordinary ones
SL_WITHIN = 0.05  # handling times
FIRST_LEVEL = 100  # of a person's first skill; each further one counts a level less
BATCHES, LEAST_BATCHES, LEAST_CONTACTS = 100, 30, 200  # batches of a run, and contacts in one


@dataclass(slots=True)
class Tally:
    """What one class of contacts met with in one batch."""

    arrived: int = 0
    blocked: int = 0
    lost: int = 0
    served: int = 0
    waited: float = 0.0
    within: int = 0


@dataclass(slots=True)
class Batch:
    """One part of a run: `worked` is the time worked by all, `refusing` the load that would have been blocked, over
    time; controls of the whole, and of each class."""

    tallies: list[Tally]
    worked: float
    refusing: float
    controls: list[Control]
    of_class: list[list[Control]]


def run(study: Study) -> dict[str, Any]:
    """Simulate, and tell the figures as `ligne simulate routing --json` prints them; waits of served contacts only."""
    floor = Floor(study)
    total = sum(study.erlangs)
    span = study.contacts / total
    floor.pass_until(_warm_up(study, span))
    floor.close_batch(1.0)
    count = min(BATCHES, study.contacts // LEAST_CONTACTS) or 1
    batches = []
    begin = floor.clock
    for number in range(1, count + 1):
        floor.pass_until(begin + span * number / count)
        batches.append(floor.close_batch(span / count))
    return _figures(study, batches, span / count)


def _warm_up(study: Study, span: float) -> float:
    """How long the system takes to forget that it began empty: several times the slowest memory of its pooled chain."""
    agents = len(study.skills)
    slack = max(0.02, abs(1 - sqrt(sum(study.erlangs) / agents)))
    return min(max(30.0, 5 / (agents * slack * slack)), max(30.0, span))


@dataclass(slots=True)
class Floor:
    """The simulated centre and its companions."""

    study: Study
    clock: float = 0.0
    standing: Standing = field(init=False)
    idle: set[int] = field(init=False)
    busy: list[list[int]] = field(init=False)  # agents at work, by the class they master best
    at_work: int = 0
    worked: float = 0.0
    refusing: float = 0.0
    waiting: dict[int, tuple[int, float]] = field(default_factory=dict)  # contact: class, since
    contacts: int = 0
    tallies: list[Tally] = field(init=False)
    masters: list[tuple[frozenset[int], dict[str, int]]] = field(init=False)
    pooled: Pooled = field(init=False)
    apart: Apart | None = field(init=False)
    theta: float = field(init=False)
    upto: list[float] = field(init=False)
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        study = self.study
        self.rng = random.Random(study.seed)  # noqa: S311 - a simulation
        self.standing = Standing(Policy(pick=study.pick, priority_s=None))
        self.theta = 1 / study.patience if study.patience is not None else 0.0
        self.upto = list(accumulate(study.erlangs))
        self.tallies = [Tally() for _ in study.erlangs]
        self.masters = [
            (frozenset(classes), {str(c): FIRST_LEVEL - rank for rank, c in enumerate(classes)})
            for classes in study.skills
        ]
        own = [sum(classes[0] == c for classes in study.skills) for c in range(len(study.erlangs))]
        common = study.waiting_room, self.theta, SL_WITHIN
        self.pooled = Pooled(self.upto[-1], len(study.skills), *common)
        self.apart = Apart(study.erlangs, own, *common) if all(own) and len(own) > 1 else None
        self.busy = [[] for _ in own]
        self.idle = set()
        for agent in range(len(study.skills)):
            self._goes_idle(agent)

    def pass_until(self, end: float) -> None:
        """Let everything happen up to `end`; what is drawn beyond is forgotten, which changes no law."""
        draw, gap_of = self.rng.random, self.rng.expovariate
        arrivals, people, theta = self.upto[-1], len(self.study.skills), self.theta
        pooled = self.pooled
        rate = arrivals + people
        while True:
            if theta:
                rate = arrivals + people + theta * self._longest_line()
            gap = gap_of(rate)
            if self.clock + gap >= end:
                gap = end - self.clock
            self.clock += gap
            self.worked += gap * self.at_work
            pooled.spent[pooled.present] += gap
            if self._is_full():
                self.refusing += gap * self._refused()
            if self.clock >= end:
                return
            drawn = draw() * rate
            if drawn < arrivals:
                self._arrives(min(bisect(self.upto, drawn), len(self.upto) - 1))
            elif drawn < arrivals + people:
                self._may_finish(int(drawn - arrivals))
            else:
                self._may_give_up(int((drawn - arrivals - people) / theta))

    def _longest_line(self) -> int:
        return max(len(self.waiting), self.pooled.waiting, self.apart.waiting if self.apart else 0)

    def close_batch(self, length: float) -> Batch:
        """What happened since the last one."""
        controls = self.pooled.controls(length)
        of_class: list[list[Control]] = [[] for _ in self.tallies]
        if self.apart:
            whole, of_class = self.apart.controls(length, self.clock)
            controls += whole
        batch = Batch(self.tallies, self.worked, self.refusing, controls, of_class)
        self.tallies, self.worked, self.refusing = [Tally() for _ in self.tallies], 0.0, 0.0
        return batch

    def _at(self) -> datetime:
        return ORIGIN + self.clock * HANDLING

    def _goes_idle(self, agent: int) -> None:
        queues, skills = self.masters[agent]
        self.idle.add(agent)
        self.standing.put_advisor(Advisor(agent, "available", self._at(), queues, skills))

    def _arrives(self, kind: int) -> None:
        self.pooled.come()
        if self.apart:
            self.apart.come(kind, self.clock)
        tally = self.tallies[kind]
        tally.arrived += 1
        if not self.idle and self._is_full():
            tally.blocked += 1
            return
        item = self._item(kind)
        self.waiting[item.id] = kind, self.clock
        self.standing.put_item(item)
        if self.idle and self._offer(item.entered_at):
            return
        if self.study.waiting_room is not None and len(self.waiting) > self.study.waiting_room:
            self._leaves(item.id)
            tally.blocked += 1

    def _is_full(self) -> bool:
        return self.study.waiting_room is not None and len(self.waiting) >= self.study.waiting_room

    def _refused(self) -> float:
        """The load of the classes that nobody idle masters."""
        helped = {c for agent in self.idle for c in self.study.skills[agent]}
        return sum(load for c, load in enumerate(self.study.erlangs) if c not in helped)

    def _item(self, kind: int) -> Item:
        self.contacts += 1
        priorities = self.study.priorities
        return Item(
            id=self.contacts,
            queue_id=kind,
            principal_id=0,
            channel="voice",
            live=True,
            entered_at=self._at(),
            priority=-priorities[kind] if priorities else 0,
            skills={} if priorities else {str(kind): 1},
        )

    def _leaves(self, contact: int) -> tuple[int, float]:
        self.standing.drop_item(contact)
        return self.waiting.pop(contact)

    def _offer(self, now: datetime) -> bool:
        made = decide(self.standing, now)
        for one in made:
            kind, since = self._leaves(one.item_id)
            waited = self.clock - since
            tally = self.tallies[kind]
            tally.served += 1
            tally.waited += waited
            tally.within += waited <= SL_WITHIN
            self.idle.remove(one.advisor_id)
            self.standing.drop_advisor(one.advisor_id)
            self.busy[self.study.skills[one.advisor_id][0]].append(one.advisor_id)
            self.at_work += 1
        return bool(made)

    def _may_finish(self, person: int) -> None:
        """Who is at work is numbered first, so that the same number is at work in as many systems as can be."""
        self.pooled.may_finish(person)
        at_work = person < self.at_work
        place = person if at_work else person - self.at_work
        for own, busy in enumerate(self.busy):
            count = len(busy) if at_work else self.apart.agents[own] - len(busy) if self.apart else 0
            if place < count:
                if self.apart:
                    self.apart.may_finish(own, place if at_work else len(busy) + place, self.clock)
                if at_work:
                    self._finishes(busy, place)
                return
            place -= count

    def _finishes(self, busy: list[int], place: int) -> None:
        agent = busy[place]
        busy[place] = busy[-1]
        busy.pop()
        self.at_work -= 1
        self._goes_idle(agent)
        if self.waiting:
            self._offer(self._at())

    def _may_give_up(self, place: int) -> None:
        self.pooled.may_give_up(place)
        if self.apart:
            self.apart.may_give_up(place, self.clock)
        if place < len(self.waiting):
            kind, _ = self._leaves(list(self.waiting)[place])
            self.tallies[kind].lost += 1


def _figures(study: Study, batches: list[Batch], length: float) -> dict[str, Any]:
    """The figures, per unit of time first: served, waited, within, blocked, lost, busy."""
    classes = range(len(study.erlangs))
    whole, own = Controls(), [Controls() for _ in classes]
    if len(batches) >= LEAST_BATCHES:
        whole, own = _controls(study, batches, length)

    def of_all(name: str) -> tuple[float, float]:
        return whole.estimate([sum(getattr(t, name) for t in b.tallies) / length for b in batches])

    def of_class(kind: int, name: str) -> float:
        return own[kind].estimate([getattr(b.tallies[kind], name) / length for b in batches])[0]

    came = sum(study.erlangs) if len(batches) >= LEAST_BATCHES else of_all("arrived")[0]
    served = of_all("served")[0] or 1.0
    waited, doubt = of_all("waited")
    by_class = []
    for kind in classes:
        its = of_class(kind, "served") or 1.0
        by_class.append(
            {
                "mean_wait_aht": max(0.0, of_class(kind, "waited") / its),
                "sl": _share(of_class(kind, "within") / its),
                "served": sum(b.tallies[kind].served for b in batches),
            }
        )
    waits = [c["mean_wait_aht"] for c in by_class]
    return {
        "blocking": _share(whole.estimate([b.refusing / length for b in batches])[0] / sum(study.erlangs)),
        "abandoned": _share(of_all("lost")[0] / came),
        "mean_wait_aht": max(0.0, waited / served),
        "mean_wait_error": doubt / served,
        "sl": _share(of_all("within")[0] / served),
        "utilisation": _share(whole.estimate([b.worked / length for b in batches])[0] / len(study.skills)),
        "max_over_min_class_wait": max(waits) / min(waits) if min(waits) > 0 else None,
        "by_class": by_class,
    }


def _controls(study: Study, batches: list[Batch], length: float) -> tuple[Controls, list[Controls]]:
    """What is known exactly: the companions' means, and how many arrive."""
    whole = Controls()
    for same in zip(*(b.controls for b in batches), strict=True):
        whole.add([measured for measured, _ in same], same[0][1])
    arrived = [[t.arrived / length for t in b.tallies] for b in batches]
    whole.add([sum(one) for one in arrived], sum(study.erlangs))
    own = []
    for kind, load in enumerate(study.erlangs):
        more = [
            ([measured for measured, _ in same], same[0][1])
            for same in zip(*(b.of_class[kind] for b in batches), strict=True)
        ]
        own.append(whole.with_own(([one[kind] for one in arrived], load), *more))
    return whole, own


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def run_all(asked: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
    """One study in, its figures out; a list in, a list out in the same order. Raises `Invalid`."""
    if isinstance(asked, Mapping):
        return run(study_of(asked))
    return [run(study_of(one)) for one in asked]
