"""What happens to a contact. Each is a journal entry; `personal` fields are removed by an erasure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ligne.kit.bus import Event, event


@dataclass(frozen=True, kw_only=True)
class ContactEvent(Event):
    """Something about the contact `subject_id`."""

    subject_type: ClassVar[str] = "contact"


@event
class ContactArrived(ContactEvent):
    """A new exchange began. `queue` is the queue asked for ("" = the channel's or principal's choice)."""

    kind: ClassVar[str] = "contact.arrived"
    personal: ClassVar[frozenset[str]] = frozenset({"from_name", "from_email", "from_phone", "subject"})
    channel: str
    direction: str
    queue: str = ""
    from_name: str = ""
    from_email: str = ""
    from_phone: str = ""
    subject: str = ""
    identification: str = ""
    previous_id: int | None = None
    preferred_id: int | None = None  # the advisor who had the customer last


@event
class MessageReceived(ContactEvent):
    """The customer said something in an exchange that exists."""

    kind: ClassVar[str] = "contact.message_received"
    message_id: int
    channel: str


@event
class ReplyWritten(ContactEvent):
    """An advisor wrote to the customer; it leaves at `send_at` unless undone."""

    kind: ClassVar[str] = "contact.reply_written"
    message_id: int
    send_at: str
    first: bool


@event
class ReplySent(ContactEvent):
    """The channel took the message."""

    kind: ClassVar[str] = "contact.reply_sent"
    message_id: int


@event
class ReplyUndone(ContactEvent):
    """The message was called back in time."""

    kind: ClassVar[str] = "contact.reply_undone"
    message_id: int


@event
class ReplyFailed(ContactEvent):
    """The channel could not send, or the message came back."""

    kind: ClassVar[str] = "contact.reply_failed"
    message_id: int
    why: str
    bounced: bool = False


@event
class NoteWritten(ContactEvent):
    """An internal note."""

    kind: ClassVar[str] = "contact.note_written"
    message_id: int


@event
class ContactMoved(ContactEvent):
    """A passage between two states; see `contacts.rules.states.PASSAGES`. `cause` says why ("expired", "transfer")."""

    kind: ClassVar[str] = "contact.moved"
    passage: str
    came_from: str
    state: str
    advisor_id: int | None = None
    queue: str = ""
    cause: str = ""


@event
class ContactClosed(ContactEvent):
    """Wrapped up, or abandoned (`outcome` "abandoned")."""

    kind: ClassVar[str] = "contact.closed"
    channel: str
    outcome: str
    reason: str = ""
    next_step: str = ""
    advisor_id: int | None = None
    waited_s: float | None = None
    handled_s: float | None = None


@event
class CustomerChosen(ContactEvent):
    """The contact was tied to a customer's file: by the match (no actor) or by an advisor."""

    kind: ClassVar[str] = "contact.customer_chosen"


@event
class IdentityProven(ContactEvent):
    """The customer answered (or failed) the principal's identity questions."""

    kind: ClassVar[str] = "contact.identity_proven"
    outcome: str


@event
class SendingRefused(ContactEvent):
    """The law or the house forbade a message; nothing left."""

    kind: ClassVar[str] = "contact.sending_refused"
    channel: str
    rules: list[str]


@event
class VoiceFetched(ContactEvent):
    """Somebody took the file of what a customer said, such as a message left on the line."""

    kind: ClassVar[str] = "contact.voice_fetched"
    attachment_id: int


@event
class CallRefused(Event):
    """The law or the house forbade a call that advisor `subject_id` was about to make; nothing was made of it."""

    kind: ClassVar[str] = "contact.call_refused"
    subject_type: ClassVar[str] = "user"
    purpose: str
    rules: list[str]


@event
class PersonMentioned(ContactEvent):
    """A colleague was named in an internal note, and is told of it."""

    kind: ClassVar[str] = "contact.person_mentioned"
    message_id: int
    user_id: int


@event
class ContactMerged(ContactEvent):
    """The exchange became part of `into_id`, which took over so many messages. Its closing is told apart."""

    kind: ClassVar[str] = "contact.merged"
    into_id: int
    messages: int


@event
class ContactUnmerged(ContactEvent):
    """A merge was undone: the exchange waits again, with what it had. `preferred_id` is who undid it."""

    kind: ClassVar[str] = "contact.unmerged"
    from_id: int
    channel: str
    queue: str = ""
    preferred_id: int | None = None


@event
class MessageSplit(ContactEvent):
    """A message of the customer left for the new exchange `to_id`."""

    kind: ClassVar[str] = "contact.message_split"
    message_id: int
    to_id: int


@event
class ContactsLinked(ContactEvent):
    """Two exchanges were said to concern each other."""

    kind: ClassVar[str] = "contact.linked"
    other_id: int


@event
class ContactsUnlinked(ContactEvent):
    """They do not, after all."""

    kind: ClassVar[str] = "contact.unlinked"
    other_id: int


@event
class HistoryLoaded(ContactEvent):
    """A batch of past exchanges was taken over from another system; the subject is the first of them."""

    kind: ClassVar[str] = "contact.history_loaded"
    exchanges: int


@event
class SettingsChanged(Event):
    """A principal's reasons for contact or reply templates were changed; the subject is the principal."""

    kind: ClassVar[str] = "contact.settings_changed"
    subject_type: ClassVar[str] = "principal"
    what: str


@dataclass(frozen=True, kw_only=True)
class CallBackEvent(Event):
    """Something about the call-back promise `subject_id`."""

    subject_type: ClassVar[str] = "call_back"


@event
class CallBackPromised(CallBackEvent):
    """A call was promised within a window."""

    kind: ClassVar[str] = "call_back.promised"
    personal: ClassVar[frozenset[str]] = frozenset({"phone", "name", "topic"})
    window_start: str
    window_end: str
    queue: str
    phone: str = ""
    name: str = ""
    topic: str = ""
    owner_id: int | None = None


@event
class CallBackChanged(CallBackEvent):
    """Attempted, kept, broken, moved or cancelled."""

    kind: ClassVar[str] = "call_back.changed"
    state: str
    attempts: int
    cause: str = ""
