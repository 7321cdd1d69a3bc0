"""What the chat does when something happens to its contacts."""

from __future__ import annotations

from collections.abc import Sequence

from ligne.channels.chat import reads, services
from ligne.channels.chat.models import ChatSession
from ligne.contacts.events import ContactClosed, ContactMoved
from ligne.kit import live


def on_moved(happened: ContactMoved) -> None:
    """The page learns that an advisor took the conversation, or that it waits again."""
    session = ChatSession.objects.filter(contact_id=happened.subject_id).first()
    if session is not None:
        live.push(session.topic, "state")


def on_moved_together(happened: Sequence[ContactMoved]) -> None:
    """`on_moved` for many, in one query."""
    live.push_many((topic, "state", {}) for topic in reads.topics_of(one.subject_id for one in happened))


def on_closed(happened: ContactClosed) -> None:
    """However a contact is closed, its conversation is over."""
    if happened.channel == "chat":
        services.close(happened.subject_id)
