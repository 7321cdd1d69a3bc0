"""What happens to queues and to work that waits. Offers and acceptances are told by `contacts.events.ContactMoved`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from ligne.kit.bus import Event, event


@dataclass(frozen=True, kw_only=True)
class PlacedEvent(Event):
    """Something about where the contact `subject_id` waits."""

    subject_type: ClassVar[str] = "contact"


@event
class ContactPlaced(PlacedEvent):
    """A contact got its place in a line. `asked` is the queue's name that was asked for and not found, else ""."""

    kind: ClassVar[str] = "work.placed"
    queue: str
    item_id: int
    due_at: str | None = None
    asked: str = ""


@event
class ContactTransferred(PlacedEvent):
    """Handed on, with a note of the context in the contact's own trace."""

    kind: ClassVar[str] = "work.transferred"
    from_advisor_id: int | None
    to_queue: str
    to_advisor_id: int | None = None


@event
class OfferDeclined(Event):
    """An advisor gave an offer back; `reason` is one of `rules.declines.REASONS`."""

    kind: ClassVar[str] = "work.declined"
    subject_type: ClassVar[str] = "work_item"
    queue: str
    reason: str
    contact_id: int | None = None


@event
class ItemOverflowed(Event):
    """It waited longer than its queue allows: the relief queue's members help from now on."""

    kind: ClassVar[str] = "work.overflowed"
    subject_type: ClassVar[str] = "work_item"
    queue: str
    relief: str
    contact_id: int | None = None
    waited_s: int = 0


@dataclass(frozen=True, kw_only=True)
class QueueEvent(Event):
    """Something about the queue `subject_id`."""

    subject_type: ClassVar[str] = "queue"


@event
class AdvisorLent(QueueEvent):
    """A person helps another queue until `until`."""

    kind: ClassVar[str] = "queue.advisor_lent"
    user_id: int
    until: str


@event
class QueueChanged(QueueEvent):
    """Hours, skills, targets or members were changed; `changes` gives each field's new value."""

    kind: ClassVar[str] = "queue.changed"
    slug: str
    changes: dict[str, Any] = field(default_factory=dict)
