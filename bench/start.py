"""P16: the start. And word kept while real mails and chats come in."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench.centre import Running, folder, started
from bench.measure import Measure


def measures() -> Iterator[Measure]:
    """P16, then what the started centre can show."""
    with folder() as home:
        with started(home) as first:
            cold = first.took_s
        with started(home) as second:
            yield Measure(
                "P16",
                "start to ready line, seconds, with the environment installed",
                "again in the same folder <= 5 s; first, demo included, <= 90 s",
                {"first_s": round(cold, 2), "again_s": round(second.took_s, 2)},
                second.took_s <= 5 and cold <= 90,
            )
            yield traffic(second)


def traffic(centre: Running) -> Measure:
    """Real mails and chats while colleagues answer: how long until each is offered, and whether anything is missing."""
    said = centre.ligne(
        "simulate", "traffic", "--rate", "120", "--minutes", "0.75", "--advisors", "8", "--seed", "1", "--json"
    )
    answer = json.loads(said)
    return Measure(
        "traffic",
        "arrival to offer at 120 contacts a minute over mail and chat, 8 simulated colleagues on the same machine",
        "nothing lost, nothing twice (P2 sets the bar for the wait, under its own load)",
        {"sent": answer["sent"], "offer": answer["offer"], "findings": answer["findings"]},
        bool(answer["ok"]),
    )
