"""What supervisors do that is theirs alone. Each is a journal entry."""

from __future__ import annotations

from typing import ClassVar

from ligne.kit.bus import Event, event


@event
class NoticePublished(Event):
    """A message to the team, read by `readers` people."""

    kind: ClassVar[str] = "notice.published"
    subject_type: ClassVar[str] = "notice"
    text: str
    readers: int
    team_id: int | None = None


@event
class NoticeRead(Event):
    """A person said that they read it."""

    kind: ClassVar[str] = "notice.read"
    subject_type: ClassVar[str] = "notice"


@event
class PromiseBroken(Event):
    """One of the house's promises does not hold: `count` things contradict it."""

    kind: ClassVar[str] = "invariant.broken"
    subject_type: ClassVar[str] = "breach"
    name: str
    count: int


@event
class PromiseHolds(Event):
    """It holds again, after `seconds`."""

    kind: ClassVar[str] = "invariant.restored"
    subject_type: ClassVar[str] = "breach"
    name: str
    seconds: int
