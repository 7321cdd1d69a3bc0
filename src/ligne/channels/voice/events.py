"""What happens on the telephone. Each is a journal entry about the contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ligne.kit.bus import Event, event


@dataclass(frozen=True, kw_only=True)
class CallEvent(Event):
    """Something about the call of contact `subject_id`."""

    subject_type: ClassVar[str] = "contact"
    call: str


@event
class CallBegan(CallEvent):
    """A call came in on `line`, or goes out."""

    kind: ClassVar[str] = "call.began"
    line: str
    direction: str


@event
class CallActed(CallEvent):
    """An act at the desk: hold, resume, consult, transfer, conference, recording paused …"""

    kind: ClassVar[str] = "call.act"
    act: str


@event
class CallEnded(CallEvent):
    """Everybody hung up; `by` says who began. Seconds of talk."""

    kind: ClassVar[str] = "call.ended"
    by: str
    talked_s: float | None = None


@event
class RecordingRefused(CallEvent):
    """The customer objects to being recorded."""

    kind: ClassVar[str] = "call.recording_refused"


@event
class CallWatched(CallEvent):
    """A supervisor listens, whispers, joins or leaves."""

    kind: ClassVar[str] = "call.watched"
    mode: str


@event
class RecordingKept(CallEvent):
    """The sound of `seconds` of the call is kept."""

    kind: ClassVar[str] = "call.recording_kept"
    recording_id: int
    seconds: float


@event
class RecordingPlayed(CallEvent):
    """Somebody listened to a recording."""

    kind: ClassVar[str] = "call.recording_played"
    recording_id: int


@event
class MessagePlayed(Event):
    """Somebody listened to the message that was left on the line."""

    kind: ClassVar[str] = "call.message_played"
    subject_type: ClassVar[str] = "contact"
    attachment_id: int


@event
class RecordingsDropped(CallEvent):
    """The sound of the call was deleted: "objection", "term" or "erasure"."""

    kind: ClassVar[str] = "call.recordings_dropped"
    why: str
    count: int


@event
class PaymentAsked(CallEvent):
    """The customer is asked to key in a card for `amount_cents` of `currency`."""

    kind: ClassVar[str] = "call.payment_asked"
    personal: ClassVar[frozenset[str]] = frozenset({"reference"})
    payment: str
    amount_cents: int
    currency: str
    reference: str


@event
class PaymentSettled(CallEvent):
    """What became of a payment by keypad: "accepted", "declined", "failed", or "unknown" until the provider says."""

    kind: ClassVar[str] = "call.payment_settled"
    personal: ClassVar[frozenset[str]] = frozenset({"reference", "last_four"})
    payment: str
    amount_cents: int
    currency: str
    reference: str
    state: str
    why: str = ""
    receipt: str = ""
    last_four: str = ""


@event
class LineSaved(Event):
    """The line `subject_id` was made or changed."""

    kind: ClassVar[str] = "call.line_saved"
    subject_type: ClassVar[str] = "voice_line"
    number: str
    queue: str
    recorded_share: int
    active: bool
