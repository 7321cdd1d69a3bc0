"""What a web call does when something happens to its contact."""

from __future__ import annotations

from ligne.channels.visio import services
from ligne.contacts.events import ContactClosed, ContactMoved


def on_moved(happened: ContactMoved) -> None:
    """An advisor took the call, or it waits again."""
    if happened.passage in {"accept", "take", "withdraw", "requeue", "transfer"}:
        services.moved(happened.subject_id)


def on_closed(happened: ContactClosed) -> None:
    """However a contact is closed, its call is over."""
    if happened.channel == "visio":
        services.close(happened.subject_id)
