"""Beginning a conversation and talking, from both ends."""

from __future__ import annotations

import hashlib
import re

from django.db import IntegrityError, transaction

from ligne.channels.chat import reads
from ligne.channels.chat.errors import Closed, Over
from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.reads import Guest
from ligne.channels.chat.rules import files as file_rules
from ligne.channels.chat.services.leaving import back_or_here
from ligne.contacts import reads as contacts_reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Message
from ligne.contacts.ports import File, Sender, SendFailed
from ligne.kit import clock, files, filetypes, live, throttle
from ligne.kit.errors import Invalid, TooLarge
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

MAX_TEXT = 4000
# A typing sign is told at most that often, in seconds; pages show it for a little longer.
TYPING_EVERY_S = 3


def start(
    *,
    queue: str,
    token: str,
    text: str,
    client_id: str,
    name: str = "",
    email: str = "",
    page_url: str = "",
    page_title: str = "",
    language: str = "fr",
    previous: Guest | None = None,
) -> ChatSession:
    """Begin a conversation in `queue` with its first message.

    `token` is a secret of at least 32 characters drawn by the page before it asks: asking again with the same one
    returns the conversation that exists. `previous` is the conversation it follows. Raises `NotFound` (no such queue),
    `Closed`, `Invalid` naming the field; nothing is kept then.
    """
    if not re.fullmatch(r"[\w-]{32,128}", token, re.ASCII):
        raise Invalid(N_("The conversation's key is not usable. Nothing was sent."), field="token")
    digest = hashlib.sha256(token.encode()).hexdigest()
    if existing := ChatSession.objects.filter(token_hash=digest).first():
        return existing
    text, client_id = _text(text), _client_id(client_id)
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Invalid(N_("“%(email)s” is not an e-mail address. Nothing was sent."), field="email", email=email)
    front = reads.front(queue)
    if not front.open:
        raise Closed
    try:
        with transaction.atomic():
            now = clock.now()
            session = ChatSession.objects.create(
                principal_id=front.principal_id,
                token_hash=digest,
                queue=queue,
                name=name[:200],
                email=email[:254].lower(),
                page_url=page_url[:1000] if page_url.startswith(("https://", "http://")) else "",
                page_title=page_title[:300],
                language="en" if language.lower().startswith("en") else "fr",
                started_at=now,
                last_seen_at=now,
            )
            _arrive(session, text, client_id, previous)
            return session
    except IntegrityError:
        # The page asked twice at the same moment: the other request made it.
        existing = ChatSession.objects.filter(token_hash=digest).first()
        if existing is None:
            raise
        return existing


def _arrive(session: ChatSession, text: str, client_id: str, previous: Guest | None) -> None:
    before = reads.session_or_none(previous) if previous else None
    follows = before is not None and before.principal_id == session.principal_id
    contact = contacts.arrive(
        Viewer.system(session.principal_id),
        principal_id=session.principal_id,
        channel="chat",
        sender=Sender(name=session.name, email=session.email),
        subject=_subject(text),
        text=text,
        external_id=f"chat:{session.public_id}",
        thread=str(session.public_id),
        queue=session.queue,
        message_external_id=_external(session, client_id),
        previous_id=before.contact_id if before is not None and follows else None,
    )
    session.contact = contact
    session.save(update_fields=["contact"])


def _subject(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79].rstrip() + "…"


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(N_("The message is empty. Nothing was sent."), field="text")
    if len(text) > MAX_TEXT:
        raise Invalid(
            N_("The message is too long: at most %(limit)s characters. Nothing was sent."), field="text", limit=MAX_TEXT
        )
    return text


def _client_id(client_id: str) -> str:
    if not re.fullmatch(r"[\w-]{8,64}", client_id, re.ASCII):
        raise Invalid(N_("The message has no usable identifier. Nothing was sent."), field="client_id")
    return client_id


def _external(session: ChatSession, client_id: str) -> str:
    # scoped by the conversation: two pages may draw the same identifier
    return f"{session.public_id}:{client_id}"


def say(guest: Guest, *, client_id: str, text: str) -> Message:
    """The customer says something; the same `client_id` twice says it once. Raises `Over`, `Invalid`, `TooMany`."""
    session = reads.session_of(guest)
    return _say(session, _client_id(client_id), _text(text), ())


def upload(guest: Guest, *, client_id: str, filename: str, content: bytes) -> Message:
    """The customer hands over a file, known by its content. Raises `Over`, `TooLarge`, `Invalid`, `TooMany`."""
    session = reads.session_of(guest)
    client_id = _client_id(client_id)
    if len(content) > file_rules.MAX_BYTES:
        raise TooLarge(
            N_("This file is too large: at most %(megabytes)s MB. It was not sent."),
            field="file",
            megabytes=file_rules.MAX_BYTES // 1024**2,
        )
    kind = file_rules.recognise(content) if content else None
    if kind is None:
        raise Invalid(
            N_("This kind of file is not accepted. It was not sent. Accepted: %(kinds)s."),
            field="file",
            kinds=file_rules.KINDS,
        )
    file = File(file_rules.safe_name(filename, kind[1]), kind[0], content)
    if warning := files.warning_of(content, file.filename, file.content_type):
        raise Invalid(N_("This file was not sent. %(why)s"), field="file", why=filetypes.WARNINGS[warning])
    return _say(session, client_id, "", (file,))


def _say(session: ChatSession, client_id: str, text: str, files: tuple[File, ...]) -> Message:
    if session.ended_at is not None or session.contact_id is None:
        raise Over
    throttle.check("chat.file" if files else "chat.say", str(session.public_id), times=10 if files else 30, seconds=60)
    with transaction.atomic():
        message = contacts.receive(
            Viewer.system(session.principal_id),
            contact_id=session.contact_id,
            text=text,
            external_id=_external(session, client_id),
            files=files,
            author_name=session.name,
        )
        ChatSession.objects.filter(pk=session.pk).update(customer_typing_at=None)
        if message.contact_id != session.contact_id:
            # It was closed at that very moment: the message opened the contact that follows, the page goes with it.
            ChatSession.objects.filter(pk=session.pk).update(contact_id=message.contact_id, ended_at=None, ended_by="")
        back_or_here(session)
        live.push(session.topic, "message", id=message.pk)
    return message


@transaction.atomic
def customer_types(guest: Guest) -> None:
    """The customer is typing: the advisor's page shows it for some seconds."""
    session = reads.session_of(guest)
    advisor_id = session.contact.advisor_id if session.contact else None
    if session.ended_at is None and advisor_id and _stamp(session, "customer_typing_at"):
        live.push(f"user:{advisor_id}", f"typing-{session.contact_id}", contact_id=session.contact_id)


@transaction.atomic
def advisor_types(viewer: Viewer, *, contact_id: int) -> None:
    """The advisor who has the contact is typing: the customer's page shows it for some seconds."""
    contact = contacts_reads.get(viewer, contact_id)
    session = reads.session_of_contact(viewer, contact_id)
    if session.ended_at is None and contact.advisor_id == viewer.user_id and _stamp(session, "advisor_typing_at"):
        live.push(session.topic, "typing")


def _stamp(session: ChatSession, field: str) -> bool:
    """Write the moment unless it was written just now; whether it is worth telling."""
    now, last = clock.now(), getattr(session, field)
    if last is not None and (now - last).total_seconds() < TYPING_EVERY_S:
        return False
    ChatSession.objects.filter(pk=session.pk).update(**{field: now})
    return True


def deliver(contact_id: int, message_id: int) -> None:
    """An advisor's message is in the thread: let the customer's page ask for it. Raises `SendFailed` when over."""
    session = ChatSession.objects.filter(contact_id=contact_id).first()
    if session is None or session.ended_at is not None:
        raise SendFailed(N_("The customer has left the chat. Write by e-mail if an address is known."), final=True)
    ChatSession.objects.filter(pk=session.pk).update(advisor_typing_at=None)
    live.push(session.topic, "message", id=message_id)
