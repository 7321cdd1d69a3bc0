"""The only list of who listens to what."""

from __future__ import annotations

from ligne.journal import services as journal
from ligne.kit import bus
from ligne.site import channels


def connect() -> None:
    """Join the parts; called once when Django is ready. Calling it again changes nothing."""
    channels.register()
    bus.connect(recorder=journal.record, deferrer=_defer)


def _defer(name: str, event: bus.Event) -> None:
    """Keep a job in the announcing transaction."""
    from ligne.site import tasks  # once the worker's app exists

    tasks.defer(name, event)
