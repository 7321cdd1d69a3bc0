"""The ranking is quick enough to be run at every arrival: counted in operations, not in seconds."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from ligne.routing.rules import capacity
from ligne.routing.rules.facts import Advisor, Item, Load
from ligne.routing.rules.ranking import match

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def big_centre(seed: int = 7) -> tuple[list[Item], list[Advisor]]:
    """200 advisors, 20 queues, 2,000 items waiting, skills."""
    rng = random.Random(seed)
    skills = [f"1:s{n}" for n in range(20)]
    limits = {"chat": Load(True, 0, 3), "voice": Load(True, 0, 1), "email": Load(False, 0, 4)}
    people = [
        Advisor(
            id=n,
            state="available",
            idle_since=NOW - timedelta(seconds=rng.random() * 600),
            queues=frozenset(rng.sample(range(20), 5)),
            skills={s: rng.randint(1, 5) for s in rng.sample(skills, 6)},
            loads=limits,
        )
        for n in range(200)
    ]
    waiting = []
    for n in range(2000):
        queue = rng.randrange(20)
        channel = rng.choice(["chat", "voice", "email"])
        waiting.append(
            Item(
                id=n,
                queue_id=queue,
                principal_id=1,
                channel=channel,
                live=channel != "email",
                entered_at=NOW - timedelta(seconds=rng.random() * 900),
                skills={skills[queue]: 3} if queue % 2 else {},
                priority=rng.choice([0, 0, 0, 1]),
            )
        )
    return waiting, people


def test_the_cost_grows_with_kinds_of_items_not_with_items_times_advisors() -> None:
    waiting, people = big_centre()
    with patch.object(capacity, "has_room", wraps=capacity.has_room) as looked:
        made = match(waiting, people, NOW)
    assert len(made) > 150
    kinds = 20 * 3 * 4  # queues, channels, levels asked
    assert looked.call_count < kinds * len(people)
    assert looked.call_count < len(waiting) * len(people) / 10
