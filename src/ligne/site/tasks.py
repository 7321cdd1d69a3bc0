"""Jobs of the bus (listeners that were deferred when an event was announced) and of upkeep."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from ligne.kit import bus, once, throttle

# Tried again after 3 s, 9 s, 27 s … some three hours in all; then kept as failed, which `ligne doctor` tells.
PATIENCE = RetryStrategy(max_attempts=8, exponential_wait=3)


@app.task(name="bus.run_later", retry=PATIENCE)
def run_later(name: str, kind: str, values: dict[str, Any]) -> None:
    """Run the deferred listener `name` for one event."""
    bus.run_later(name, kind, values)


def defer(name: str, event: bus.Event) -> None:
    """Keep a job in the announcing transaction: it runs once that is committed, or never."""
    run_later.defer(name=name, kind=event.kind, values=asdict(event))


@app.periodic(cron="41 * * * *")
@app.task(name="bus.forget_done", queueing_lock="bus.forget_done")
def forget_done(timestamp: int) -> None:
    """Drop the keys of requests that nobody sends again."""
    once.forget_old()


@app.periodic(cron="23 * * * *")
@app.task(name="site.sweep", queueing_lock="site.sweep")
def sweep(timestamp: int) -> None:
    """Each hour, drop counts of tries that are over and sessions that have ended."""
    throttle.sweep()
    SessionStore.clear_expired()
