"""What a chat page may know, and what the advisor may know of the page."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.rules import transcript as transcript_rules
from ligne.contacts import reads as contacts
from ligne.contacts import words
from ligne.contacts.models import Attachment, Message
from ligne.kit import clock, sql
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing
from ligne.routing.reads import Front

# A page that asks for news is given again what is younger than that before its cursor: a message may be committed
# a little after a younger one, and the page drops what it knows.
OVERLAP = timedelta(seconds=15)
TYPING_SHOWN = timedelta(seconds=7)
FILE_LINK_S = 3600
_FILE_SALT = "ligne.chat.file"


@dataclass(frozen=True, slots=True)
class Guest:
    """The customer's side: the conversation's public id and the secret that only its page holds."""

    public_id: str
    token: str


def front(queue: str) -> Front:
    """What anyone may know of a queue. Raises `NotFound`."""
    return routing.front(queue)


def session_or_none(guest: Guest) -> ChatSession | None:
    """The conversation of `guest`, when the token is its own."""
    try:
        public_id = uuid.UUID(guest.public_id)
    except ValueError:
        return None
    digest = hashlib.sha256(guest.token.encode("utf-8", "replace")).hexdigest()
    found = ChatSession.objects.filter(public_id=public_id, token_hash=digest)
    return found.select_related("principal", "contact", "contact__advisor").first()


def session_of(guest: Guest) -> ChatSession:
    """As `session_or_none`. Raises `NotFound`: a wrong token is told like a conversation that does not exist."""
    session = session_or_none(guest)
    if session is None:
        raise NotFound
    return session


def page_of(viewer: Viewer, contact_id: int) -> ChatSession | None:
    """The page behind a contact, None when it has none. Raises `NotFound` for a contact the viewer may not see."""
    contacts.get(viewer, contact_id)
    try:
        return session_of_contact(viewer, contact_id)
    except NotFound:
        return None


def session_of_contact(viewer: Viewer, contact_id: int) -> ChatSession:
    """The page behind a chat contact the viewer may see. Raises `NotFound`."""
    found = ChatSession.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals)
    session = found.select_related("principal", "contact", "contact__advisor").first()
    if session is None:
        raise NotFound
    return session


def topics_of(contact_ids: Iterable[int]) -> list[str]:
    """The live topics of those of these contacts that are conversations."""
    found = sql.rows(
        "SELECT public_id FROM channel_chat_chatsession WHERE contact_id = ANY (%(ids)s::bigint[])",
        {"ids": sql.array(contact_ids)},
        planned=False,
    )
    return [f"chat:{public_id}" for (public_id,) in found]


def guest_topic(public_id: str, token: str) -> str | None:
    """The live topic this page may follow ("chat:…"), or None when the token is not its own."""
    session = session_or_none(Guest(public_id, token))
    return session.topic if session else None


def shown_to_customer(message: Message, now: datetime) -> bool:
    """Whether the customer sees this message in the chat: theirs, and ours that left or is leaving by the chat."""
    if message.channel not in {"", "chat"}:
        return False  # a copy by e-mail
    if message.kind == Message.Kind.IN:
        return True
    left = message.sending in {Message.Sending.SENT, Message.Sending.QUEUED}
    due = message.send_at is None or message.send_at <= now
    return message.kind == Message.Kind.OUT and left and due


def _said(session: ChatSession, now: datetime) -> list[Message]:
    if session.contact_id is None:
        return []
    thread = contacts.thread(Viewer.system(session.principal_id), session.contact_id)
    return [m for m in thread if shown_to_customer(m, now)]


def news(session: ChatSession, cursor: str = "") -> dict[str, Any]:
    """All the page needs after `cursor` (as given by the answer before; empty: everything), as JSON values.

    {"state": "waiting" | "active" | "ended", "ended_by", "place", "wait_s", "advisor", "typing", "nobody_free",
    "messages": [{"id", "client_id", "from": "customer" | "advisor" | "centre", "author", "text", "at", "files": …}],
    "notices": [{"id", "at", "text"}], "transcript": {"to", "sent"}, "cursor"}; a file: {"name", "size", "type", "url"}
    """
    now = clock.now()
    since = _since(cursor)
    contact = session.contact
    state = "waiting"
    if session.ended_at is not None:
        state = "ended"
    elif contact is not None and contact.state in {words.ACTIVE, words.SNOOZED}:
        state = "active"
    typing = session.advisor_typing_at is not None and now - session.advisor_typing_at < TYPING_SHOWN
    answer: dict[str, Any] = {
        "public_id": str(session.public_id),
        "state": state,
        "ended_by": session.ended_by,
        "advisor": contact.advisor.name if contact and contact.advisor and state != "waiting" else "",
        "typing": typing and state == "active",
        "messages": [
            _message(session, m) for m in _said(session, now) if since is None or (m.sent_at or m.created_at) >= since
        ],
        "notices": _notices(session),
        "transcript": {"to": session.transcript_to, "sent": session.transcript_sent_at is not None},
        "cursor": str(int(now.timestamp() * 1000)),
    }
    place = routing.place(contact.pk) if contact is not None and state == "waiting" else None
    answer["place"] = place.number if place else None
    answer["wait_s"] = place.wait_s if place else None
    answer["nobody_free"] = state == "waiting" and (place is None or not place.staffed)
    return answer


def _since(cursor: str) -> datetime | None:
    if not cursor.isdigit() or len(cursor) > 15:
        return None
    return datetime.fromtimestamp(int(cursor) / 1000, tz=clock.now().tzinfo) - OVERLAP


def _message(session: ChatSession, message: Message) -> dict[str, Any]:
    mine = message.kind == Message.Kind.IN
    return {
        "id": message.pk,
        "client_id": message.external_id.partition(":")[2] if mine else "",
        "from": "customer" if mine else "advisor" if message.author else "centre",
        "author": message.author.name if message.author and not mine else "",
        "text": message.text,
        "at": (message.sent_at or message.created_at).isoformat(),
        "files": [_file(session, a) for a in message.attachments.all()],
    }


def _file(session: ChatSession, attachment: Attachment) -> dict[str, Any]:
    link = signing.dumps([str(session.public_id), attachment.pk], salt=_FILE_SALT, compress=True)
    return {
        "name": attachment.filename,
        "size": attachment.size,
        "type": attachment.content_type,
        "url": reverse("channel_chat:file", args=[link]),
    }


def file_of(link: str) -> Attachment:
    """The file behind a signed link of the last hour. Raises `NotFound`."""
    try:
        public_id, attachment_id = signing.loads(link, salt=_FILE_SALT, max_age=FILE_LINK_S)
    except signing.BadSignature:
        raise NotFound from None
    session = ChatSession.objects.filter(public_id=public_id).first()
    if session is None:
        raise NotFound
    attachment = contacts.attachment(Viewer.system(session.principal_id), attachment_id)
    if attachment.contact_id != session.contact_id:
        raise NotFound
    return attachment


def _notices(session: ChatSession) -> list[dict[str, Any]]:
    """What the centre says by itself, in the customer's language; the page labels it as automatic."""
    contact = session.contact
    with translation.override(session.language):
        said = []
        if contact is not None and contact.accepted_at is not None and contact.advisor is not None:
            text = gettext("%(advisor)s has joined the conversation.") % {"advisor": contact.advisor.name}
            said.append({"id": "accepted", "at": contact.accepted_at.isoformat(), "text": text})
        if session.ended_at is not None:
            texts = {
                ChatSession.EndedBy.CUSTOMER: gettext("You ended the conversation."),
                ChatSession.EndedBy.SILENCE: gettext("The conversation ended because this page was closed."),
            }
            text = texts.get(ChatSession.EndedBy(session.ended_by), gettext("The advisor ended the conversation."))
            said.append({"id": "ended", "at": session.ended_at.isoformat(), "text": text})
        return said


def transcript(session: ChatSession) -> tuple[str, str]:
    """(subject, text) of the copy by e-mail, in the customer's language."""
    with translation.override(session.language), timezone.override(session.principal.zone):
        day = date_format(timezone.localtime(session.started_at), "DATE_FORMAT")
        lines = [
            transcript_rules.Line(
                hour=date_format(timezone.localtime(m.sent_at or m.created_at), "TIME_FORMAT"),
                author=_author(session, m),
                text=m.text,
                files=tuple(a.filename for a in m.attachments.all()),
            )
            for m in _said(session, clock.now())
        ]
        subject = gettext("Your conversation of %(day)s with %(principal)s") % {
            "day": day,
            "principal": session.principal.name,
        }
        opening = gettext("Here is the copy of your conversation of %(day)s that you asked for.") % {"day": day}
        closing = gettext("%(principal)s customer service") % {"principal": session.principal.name}
        return subject, transcript_rules.write(opening, lines, closing)


def _author(session: ChatSession, message: Message) -> str:
    if message.kind == Message.Kind.IN:
        return session.name or gettext("You")
    return message.author.name if message.author else session.principal.name
