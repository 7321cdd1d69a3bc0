"""Who may take an item, how well, and whose turn it is. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from ligne.routing.rules import capacity
from ligne.routing.rules.facts import EXPERT, Advisor, Item, Policy

Levels = tuple[tuple[str, int], ...]
# Items of one kind are served by the same people: lane, channel, queue, relief queue, levels asked.
Kind = tuple[str, str, int, int | None, Levels]
# The key that orders the items of one lane: smaller is sooner.
Turn = tuple[float, float, int]

RELIEF = -1.0  # people of the relief queue come after everybody of the queue's own


def levels_asked(item: Item, now: datetime) -> Levels:
    """The levels still asked after the item's waiting so far, sorted by skill."""
    steps = 0
    if item.relax_after_s > 0:
        steps = max(0, int((now - item.entered_at).total_seconds() // item.relax_after_s))
    return tuple(sorted((skill, max(1, level - steps)) for skill, level in item.skills.items()))


def relaxes(item: Item) -> bool:
    """Whether what the item asks depends on how long it has waited."""
    return item.relax_after_s > 0 and any(level > 1 for level in item.skills.values())


def turn(item: Item, policy: Policy) -> Turn:
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


def masters(advisor: Advisor, queue_id: int, asked: Levels) -> bool:
    """Whether the advisor is of the queue and has every level asked."""
    return queue_id in advisor.queues and all(advisor.skills.get(skill, 0) >= level for skill, level in asked)


def qualifies(advisor: Advisor, item: Item, asked: Levels) -> str:
    """Why this advisor may take the item ("named", "skill", "relief"), or "" when they may not."""
    if item.preferred_id == advisor.id:
        return "named"
    if item.only_preferred:
        return ""
    if masters(advisor, item.queue_id, asked):
        return "skill"
    if item.relief_id is not None and item.relief_id in advisor.queues:
        return "relief"
    return ""


def is_late_soon(item: Item, now: datetime, policy: Policy) -> bool:
    """Whether a deferred item is due, or nearly."""
    return item.due_at is not None and item.due_at - timedelta(seconds=policy.urgent_s) <= now


def kind_of(item: Item, asked: Levels) -> Kind:
    """What decides who can take it, as long as the levels asked stay the same."""
    return (item.lane, item.channel, item.queue_id, item.relief_id, asked)


def grade(advisor: Advisor, kind: Kind) -> float | None:
    """How well this advisor suits items of a kind (`RELIEF` for help from elsewhere), whatever they hold; None when
    they do not."""
    lane, _, queue_id, relief_id, asked = kind
    if not capacity.serves(advisor, lane):
        return None
    if masters(advisor, queue_id, asked):
        return mastery(advisor, asked)
    return RELIEF if relief_id is not None and relief_id in advisor.queues else None
