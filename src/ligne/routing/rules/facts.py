"""What the ranking is told: who waits, who works, and the house's policy. Pure.

Skills are opaque keys (the loader prefixes them with their principal); instants are aware; durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

LIVE, DEFERRED = "live", "deferred"

# In which state of presence a person is given what: writing takes deferred work only.
TAKES: Mapping[str, frozenset[str]] = {
    LIVE: frozenset({"available"}),
    DEFERRED: frozenset({"available", "writing"}),
}

EXPERT = 5


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits.

    `skills` gives the level asked of each skill (1 beginner to 5 expert); each level relaxes by one every
    `relax_after_s` of waiting (0: never). `relief_id` is the queue whose members may help once the item overflowed.
    `preferred_id` has a head start until `preferred_until`, or the item for themselves alone when `only_preferred`.
    `declined_by` says who declined it, or let the offer expire, and when.
    """

    id: int
    queue_id: int
    principal_id: int
    channel: str
    live: bool
    entered_at: datetime
    priority: int = 0
    due_at: datetime | None = None
    not_before: datetime | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    relax_after_s: int = 60
    relief_id: int | None = None
    preferred_id: int | None = None
    preferred_until: datetime | None = None
    only_preferred: bool = False
    declined_by: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        """Whether somebody waits at the other end now, or not."""
        return LIVE if self.live else DEFERRED


@dataclass(frozen=True, slots=True)
class Load:
    """What an advisor holds of one channel: `held` exchanges of at most `limit`."""

    live: bool
    held: int
    limit: int


@dataclass(frozen=True, slots=True)
class Advisor:
    """Somebody who works.

    `loads` holds every channel they have a limit for or exchanges of; a channel that is missing takes one at a time.
    `offered` names the lanes in which an offer to them is still open. `live_streak` counts the live exchanges taken
    since their last deferred one. Until `shielded_until` they finish deferred work that was given on a reserved turn:
    nothing live is offered.
    """

    id: int
    state: str
    idle_since: datetime
    queues: frozenset[int] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    loads: Mapping[str, Load] = field(default_factory=dict)
    offered: frozenset[str] = frozenset()
    live_streak: int = 0
    shielded_until: datetime | None = None


OLDEST_CALL, PRIMARY_SKILL_FIRST = "oldest-call", "primary-skill-first"


@dataclass(frozen=True, slots=True)
class Policy:
    """How the house routes.

    `pick`: an advisor who becomes free takes the item that waited longest ("oldest-call"), or first what they master
    best ("primary-skill-first"). `priority_s`: one step of priority is worth that many seconds of waiting, so that
    nothing waits for ever behind what is more important; None makes priorities strict. `live_turns`: after so many live
    exchanges in a row an advisor's next turn belongs to deferred work, or after `urgent_turns` when some of it is due
    within `urgent_s`. `rest_s`: how long somebody who declined is spared what they declined, and offered nothing that
    comes after it; `forget_s`: how long others who are free come before them.
    """

    pick: str = OLDEST_CALL
    priority_s: int | None = 300
    live_turns: int = 4
    urgent_turns: int = 2
    urgent_s: int = 1800
    rest_s: int = 30
    forget_s: int = 300


@dataclass(frozen=True, slots=True)
class Assignment:
    """Offer `item_id` to `advisor_id`. `why` is one of "named", "preferred", "skill", "relief"; `reserved`: deferred
    work on a turn kept for it."""

    item_id: int
    advisor_id: int
    why: str
    reserved: bool = False
