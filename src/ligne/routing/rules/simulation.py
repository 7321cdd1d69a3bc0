"""The real ranking in a discrete-event simulation: what a way of routing is worth, against exact laws. Pure.

Time is counted in handling times: calls come as Poisson streams, last an exponential time of mean 1, and may give up
after an exponential patience. Every decision is `ranking.match`; the simulation only keeps the clock.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.routing.rules.facts import OLDEST_CALL, PRIMARY_SKILL_FIRST, Advisor, Item, Policy
from ligne.routing.rules.ranking import match

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
HANDLING = timedelta(seconds=300)  # one handling time, so that instants are ordinary ones
SL_WITHIN = 0.05  # handling times
WARM_UP = 0.02  # share of the contacts that fill the system and are not counted
FIRST_LEVEL = 100  # of a person's first skill; each further one counts a level less


@dataclass(frozen=True, slots=True)
class Study:
    """What is simulated. `erlangs` is the load of each class, `skills` each agent's classes, the best first.

    `waiting_room` None: unlimited; `patience` None: nobody gives up. `priorities` per class, 1 the most pressing.
    """

    erlangs: tuple[float, ...]
    skills: tuple[tuple[int, ...], ...]
    waiting_room: int | None = None
    patience: float | None = None
    pick: str = OLDEST_CALL
    priorities: tuple[int, ...] = ()
    contacts: int = 200_000
    seed: int = 1


@dataclass(slots=True)
class Tally:
    """What one class of contacts met with."""

    arrived: int = 0
    blocked: int = 0
    lost: int = 0
    served: int = 0
    waited: float = 0.0
    within: int = 0


def study_of(asked: Mapping[str, Any]) -> Study:
    """A study as `ligne simulate routing` is asked for it. Raises `Invalid` naming the field."""
    common = {
        "waiting_room": _number(asked, "waiting_room", None, whole=True, low=0),
        "patience": _number(asked, "patience_aht", None, low=1e-9),
        "pick": asked.get("pick", OLDEST_CALL),
        "contacts": _number(asked, "contacts", 200_000, whole=True, low=100),
        "seed": _number(asked, "seed", 1, whole=True),
    }
    if common["pick"] not in (OLDEST_CALL, PRIMARY_SKILL_FIRST):
        raise _wrong("pick")
    if "agents" in asked:
        return _pooled(asked, common)
    classes = int(_number(asked, "classes", None, whole=True, low=1, needed=True))
    primary = int(_number(asked, "primary_per_class", None, whole=True, low=1, needed=True))
    skills = int(_number(asked, "skills_per_agent", 1, whole=True, low=1))
    if skills > classes:
        raise _wrong("skills_per_agent")
    load = float(_number(asked, "offered_per_agent", None, low=1e-9, needed=True))
    people = tuple(secondary(c, j, classes, skills) for c in range(classes) for j in range(primary))
    return Study(erlangs=(load * primary,) * classes, skills=people, **common)


def secondary(own: int, place: int, classes: int, skills: int) -> tuple[int, ...]:
    """The classes that agent number `place` of class `own` masters, best first; second skills rotate among agents."""
    others = ((own + 1 + (place + s - 1) % (classes - 1)) % classes for s in range(1, skills))
    return (own, *others)


def _pooled(asked: Mapping[str, Any], common: dict[str, Any]) -> Study:
    """Agents who all serve every class, in strict order of priority."""
    agents = int(_number(asked, "agents", None, whole=True, low=1, needed=True))
    erlangs = asked.get("erlangs")
    if not isinstance(erlangs, list) or not erlangs or not all(_is_number(e) and e > 0 for e in erlangs):
        raise _wrong("erlangs")
    priorities = asked.get("priorities", [1] * len(erlangs))
    if not isinstance(priorities, list) or len(priorities) != len(erlangs) or not all(map(_is_number, priorities)):
        raise _wrong("priorities")
    if common["waiting_room"] is None and common["patience"] is None and sum(erlangs) >= agents:
        raise _wrong("erlangs")  # the line would grow without end
    everything = tuple(range(len(erlangs)))
    return Study(
        erlangs=tuple(map(float, erlangs)), skills=(everything,) * agents, priorities=tuple(priorities), **common
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(
    asked: Mapping[str, Any],
    name: str,
    default: float | None,
    *,
    whole: bool = False,
    low: float | None = None,
    needed: bool = False,
) -> Any:
    value = asked.get(name, default)
    if value is None and not needed:
        return default
    if not _is_number(value) or (whole and value != int(value)) or (low is not None and value < low):
        raise _wrong(name)
    return int(value) if whole else value


def _wrong(name: str) -> Invalid:
    return Invalid(N_("“%(name)s” does not fit a study of routing."), field=name, name=name)


def run(study: Study) -> dict[str, Any]:
    """Simulate, and tell the figures as `ligne simulate routing --json` prints them; waits of served contacts only."""
    return _Run(study).run()


_DEPARTS, _GIVES_UP = 0, 1


@dataclass(slots=True)
class _Run:
    study: Study
    clock: float = 0.0
    idle: dict[int, Advisor] = field(default_factory=dict)
    waiting: dict[int, Item] = field(default_factory=dict)
    since: dict[int, float] = field(default_factory=dict)
    coming: list[tuple[float, int, int]] = field(default_factory=list)  # (instant, kind, agent or contact)
    tallies: list[Tally] = field(init=False)
    masters: list[tuple[frozenset[int], dict[str, int]]] = field(init=False)
    classes: dict[int, int] = field(default_factory=dict)
    busy: float = 0.0
    counting_from: float = 0.0

    def __post_init__(self) -> None:
        self.tallies = [Tally() for _ in self.study.erlangs]
        self.masters = [
            (frozenset(classes), {str(c): FIRST_LEVEL - rank for rank, c in enumerate(classes)})
            for classes in self.study.skills
        ]

    def run(self) -> dict[str, Any]:
        study, rng = self.study, random.Random(self.study.seed)  # noqa: S311 - a simulation
        policy = Policy(pick=study.pick, priority_s=None)
        for agent in range(len(study.skills)):
            self._frees(agent)
        total = sum(study.erlangs)
        next_arrival = rng.expovariate(total)
        warm = int(study.contacts * WARM_UP)
        number = 0
        while number < study.contacts:
            if self.coming and self.coming[0][0] <= next_arrival:
                self._happens(rng, policy)
                continue
            self._pass_to(next_arrival)
            number += 1
            if number == warm:
                self.tallies, self.busy, self.counting_from = [Tally() for _ in study.erlangs], 0.0, self.clock
            kind = rng.choices(range(len(study.erlangs)), study.erlangs)[0]
            self._arrives(number, kind, rng, policy)
            next_arrival = self.clock + rng.expovariate(total)
        return self._figures()

    def _pass_to(self, instant: float) -> None:
        self.busy += (instant - self.clock) * (len(self.study.skills) - len(self.idle))
        self.clock = instant

    def _at(self) -> datetime:
        return ORIGIN + self.clock * HANDLING

    def _frees(self, agent: int) -> None:
        queues, skills = self.masters[agent]
        self.idle[agent] = Advisor(agent, "available", self._at(), queues, skills)

    def _arrives(self, number: int, kind: int, rng: random.Random, policy: Policy) -> None:
        tally = self.tallies[kind]
        tally.arrived += 1
        priorities = self.study.priorities
        item = Item(
            id=number,
            queue_id=kind,
            principal_id=0,
            channel="voice",
            live=True,
            entered_at=self._at(),
            priority=-priorities[kind] if priorities else 0,
            skills={} if priorities else {str(kind): 1},
            relax_after_s=0,
        )
        made = match((item,), self.idle.values(), item.entered_at, policy) if self.idle else []
        self.since[number] = self.clock
        if made:
            self._serve(item, made[0].advisor_id, rng)
        elif self.study.waiting_room is not None and len(self.waiting) >= self.study.waiting_room:
            tally.blocked += 1
            del self.since[number]
        else:
            self.waiting[number] = item
            if self.study.patience is not None:
                gives_up = self.clock + rng.expovariate(1 / self.study.patience)
                heapq.heappush(self.coming, (gives_up, _GIVES_UP, number))

    def _happens(self, rng: random.Random, policy: Policy) -> None:
        instant, what, who = heapq.heappop(self.coming)
        self._pass_to(instant)
        if what == _GIVES_UP:
            if who in self.waiting:
                self.tallies[self.waiting.pop(who).queue_id].lost += 1
                del self.since[who]
            return
        self._frees(who)
        # Whoever was idle already could take none of those who wait: only the one who is free now is asked.
        if self.waiting:
            for made in match(self.waiting.values(), (self.idle[who],), self._at(), policy):
                self._serve(self.waiting.pop(made.item_id), made.advisor_id, rng)

    def _serve(self, item: Item, agent: int, rng: random.Random) -> None:
        del self.idle[agent]
        waited = self.clock - self.since.pop(item.id)
        tally = self.tallies[item.queue_id]
        tally.served += 1
        tally.waited += waited
        tally.within += waited <= SL_WITHIN
        heapq.heappush(self.coming, (self.clock + rng.expovariate(1.0), _DEPARTS, agent))

    def _figures(self) -> dict[str, Any]:
        served = sum(t.served for t in self.tallies) or 1
        arrived = sum(t.arrived for t in self.tallies) or 1
        waits = [t.waited / (t.served or 1) for t in self.tallies]
        return {
            "blocking": sum(t.blocked for t in self.tallies) / arrived,
            "abandoned": sum(t.lost for t in self.tallies) / arrived,
            "mean_wait_aht": sum(t.waited for t in self.tallies) / served,
            "sl": sum(t.within for t in self.tallies) / served,
            "utilisation": self.busy / ((self.clock - self.counting_from) * len(self.study.skills) or 1),
            "max_over_min_class_wait": max(waits) / min(waits) if min(waits) > 0 else None,
            "by_class": [
                {"mean_wait_aht": wait, "sl": t.within / (t.served or 1), "served": t.served}
                for wait, t in zip(waits, self.tallies, strict=True)
            ],
        }


def run_all(asked: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
    """One study in, its figures out; a list in, a list out in the same order. Raises `Invalid`."""
    if isinstance(asked, Mapping):
        return run(study_of(asked))
    return [run(study_of(one)) for one in asked]
