"""The only list of who listens to what."""

from __future__ import annotations

from ligne.site import channels


def connect() -> None:
    """Join the parts; called once when Django is ready. Calling it again changes nothing."""
    channels.register()
