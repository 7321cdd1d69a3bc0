"""What happens on a web call. Each is a journal entry about the contact."""

from __future__ import annotations

from typing import ClassVar

from ligne.kit.bus import Event, event


@event
class WebCallJoined(Event):
    """Customer and advisor hear each other."""

    kind: ClassVar[str] = "visio.joined"
    subject_type: ClassVar[str] = "contact"


@event
class PictureAccepted(Event):
    """Somebody lets the other see: `what` is "camera" or "screen", `side` who shows it."""

    kind: ClassVar[str] = "visio.picture"
    subject_type: ClassVar[str] = "contact"
    what: str
    side: str


@event
class WebCallEnded(Event):
    """The call is over. `by` is "customer", "advisor" or "silence"; `joined_s` how long they heard each other."""

    kind: ClassVar[str] = "visio.ended"
    subject_type: ClassVar[str] = "contact"
    by: str
    joined_s: float | None
