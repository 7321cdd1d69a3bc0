"""Who can take one more: one call or several chats, deferred work underneath. Pure.

Each exchange takes its share of a person: one of a channel limited to three takes a third. Live exchanges share one
whole, deferred ones another: a mail open on the desk does not keep a call away, and is found again after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Protocol

from ligne.routing.rules.facts import DEFERRED, LIVE, TAKES, Advisor, Load

NOTHING = Fraction(0)
ALONE = Load(live=True, held=0, limit=1)


def share(loads: Iterable[Load], *, live: bool) -> Fraction:
    """The part of a person that their live (or deferred) exchanges take; over 1 when a limit was lowered meanwhile."""
    total = NOTHING
    for load in loads:
        if load.held and load.live == live:
            total += Fraction(load.held, load.limit) if load.limit else Fraction(load.held)
    return total


def fits(loads: Mapping[str, Load], channel: str, *, live: bool) -> bool:
    """Whether one more exchange of `channel` fits beside those of its own kind, live or deferred."""
    limit = loads.get(channel, ALONE).limit
    if limit < 1:
        return False
    taken = share(loads.values(), live=live)
    return not taken or taken + Fraction(1, limit) <= 1


class Holder(Protocol):
    """Somebody who holds exchanges."""

    @property
    def loads(self) -> Mapping[str, Load]:
        """As of `Advisor`."""
        ...


def has_room(holder: Holder, channel: str, *, live: bool) -> bool:
    """Whether one more may be offered, whatever the state of presence: it fits, and deferred work is not given to
    somebody whose live exchanges fill them."""
    if not fits(holder.loads, channel, live=live):
        return False
    return live or share(holder.loads.values(), live=True) < 1


def serves(advisor: Advisor, lane: str) -> bool:
    """Whether the advisor's state of presence takes work of this lane, now or once they have room."""
    return advisor.state in TAKES[lane]


def is_open(advisor: Advisor, lane: str) -> bool:
    """Whether the advisor may get an offer in this lane, room and shield apart: one open offer in a lane, no deferred
    offer while a live one rings."""
    if not serves(advisor, lane) or lane in advisor.offered:
        return False
    return lane == LIVE or LIVE not in advisor.offered


def may_be_offered(advisor: Advisor, lane: str, now: datetime) -> bool:
    """`is_open`, and nothing live while a reserved turn lasts."""
    if not is_open(advisor, lane):
        return False
    return lane == DEFERRED or advisor.shielded_until is None or advisor.shielded_until <= now
