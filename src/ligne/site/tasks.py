"""Jobs of the bus: listeners that were deferred when an event was announced."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from procrastinate.contrib.django import app

from ligne.kit import bus


@app.task(name="bus.run_later")
def run_later(name: str, kind: str, values: dict[str, Any]) -> None:
    """Run the deferred listener `name` for one event."""
    bus.run_later(name, kind, values)


def defer(name: str, event: bus.Event) -> None:
    """Keep a job in the announcing transaction: it runs once that is committed, or never."""
    run_later.defer(name=name, kind=event.kind, values=asdict(event))
