"""Arrivals as customers make them: at random moments, at a given mean rate, over the channels asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ligne.site.simulation import mail
from ligne.site.simulation.chat import Chatter
from ligne.site.simulation.ledger import Ledger
from ligne.site.simulation.people import Public, Wish

CHANNELS = ("email", "chat")


@dataclass(frozen=True, slots=True)
class Plan:
    """`rate` arrivals a minute during `minutes`, spread over `channels`, at the centre's own addresses."""

    rate: float
    minutes: float
    channels: tuple[str, ...]
    url: str
    smtp_host: str
    smtp_port: int


@dataclass
class Result:
    """What came of it, counted on the customers' side."""

    started: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)


def run(
    plan: Plan,
    public: Public,
    ledger: Ledger,
    stop: threading.Event,
    progress: Callable[[float], None] = lambda share: None,
    *,
    until: threading.Event | None = None,
) -> Result:
    """Hold the traffic until the time is over or `until` is set; conversations then end, at once when `stop` is set."""
    result = Result()
    lock = threading.Lock()

    def one(channel: str, wish: Wish) -> None:
        if channel == "email":
            done = mail.write(wish, plan.smtp_host, plan.smtp_port, ledger, stop)
        else:
            done = Chatter(wish, plan.url, ledger, stop).run()
        with lock:
            result.acknowledged[channel] = result.acknowledged.get(channel, 0) + int(done)

    enough = until or stop
    began = time.monotonic()
    length = plan.minutes * 60
    with ThreadPoolExecutor(max_workers=64) as crowd:
        while not (stop.is_set() or enough.is_set()) and (gone := time.monotonic() - began) < length:
            progress(gone / length)
            channel = public.rng.choice(plan.channels)
            result.started[channel] = result.started.get(channel, 0) + 1
            crowd.submit(one, channel, public.wish())
            enough.wait(min(public.rng.expovariate(plan.rate / 60), max(0.0, length - gone)))
    progress(1.0)
    return result
