"""What a channel offers the spine. A channel is an app with an adapter that satisfies `Channel` and one line in
`ligne.site.channels`; the conformance test runs over the registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ligne.kit.registry import Registry


@dataclass(frozen=True, slots=True)
class Sender:
    """Who got in touch, as the channel knows it. Any part may be empty; `phone` as typed or E.164."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A received or chosen file, in memory until it is stored by content."""

    filename: str
    content_type: str
    content: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that passed the gate, ready for its channel. `message_id` is ours (the row's id), stable on retry."""

    message_id: int
    contact_id: int
    principal_id: int
    thread: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str
    author_name: str
    in_reply_to: str
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What the channel did: `external_id` by which replies and bounces will name the message."""

    external_id: str = ""


class SendFailed(Exception):
    """The channel could not send. `final`: trying again is useless (no such address); else it is tried later."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


@dataclass(frozen=True, slots=True)
class Traits:
    """What the desk and routing need to know about a channel.

    `live`: somebody waits at the other end now (voice, chat), so it is offered before deferred work and cannot be put
    off. `default_capacity`: exchanges of this channel one advisor holds at once. `undo_s`: seconds during which a sent
    message may be undone. `law`: the regulation's name of it (voice, email, sms, chat, letter).
    """

    key: str
    label: str
    icon: str
    live: bool
    default_capacity: int
    law: str
    undo_s: int = 0
    has_subject: bool = False
    takes_files: bool = True
    max_bytes: int = 25 * 1024 * 1024
    panels: tuple[str, ...] = field(default=())  # url names of what the channel adds to the exchange's header


class Channel(Protocol):
    """The port. `send` may block; it is called by a worker, never in a person's request, except for live channels."""

    traits: Traits

    def address_of(self, contact_id: int) -> str:
        """Where a reply to this contact would go, for people ("anne@exemple.test"); empty when nowhere."""
        ...

    def send(self, message: Outgoing) -> Sent:
        """Send it, or raise `SendFailed`. Called again with the same `message_id` it must not send twice knowingly."""
        ...

    def ended(self, contact_id: int) -> None:
        """The exchange is over on our side; tell the customer's side if it is connected."""
        ...


channels: Registry[Channel] = Registry("channels")

# Says in which queues exchanges will be placed, by their slugs; told the principal's id and, of each exchange, its
# channel and the queue asked for ("": none). Those that arrive together are then written with their queue at once.
LineNamer = Callable[[int, Sequence[tuple[str, str]]], Sequence[str]]
line_namers: Registry[LineNamer] = Registry("namers of lines")
