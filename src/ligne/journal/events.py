"""What happens to the journal itself."""

from __future__ import annotations

from typing import ClassVar

from ligne.kit.bus import Event, event


@event
class PersonForgotten(Event):
    """The personal fields of a person's entries were erased; `entries` are those entries, as ranges of ids."""

    kind: ClassVar[str] = "journal.forgotten"
    subject_type: ClassVar[str] = "customer"
    entries: str


@event
class SubscriptionChanged(Event):
    """A webhook was subscribed, changed or ended (`what`); `personal_too`: it is told personal fields."""

    kind: ClassVar[str] = "webhook.changed"
    subject_type: ClassVar[str] = "subscription"
    what: str
    personal_too: bool = False
