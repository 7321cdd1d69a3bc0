"""A contact arrives; later messages find their exchange."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ligne.contacts import words
from ligne.contacts.events import ContactArrived, CustomerChosen, MessageReceived
from ligne.contacts.models import Attachment, Contact, Message
from ligne.contacts.ports import File, Sender, channels
from ligne.contacts.services.passages import apply, lock_contact, locked_for, tell_screens
from ligne.customers import reads as customers
from ligne.kit import bus, clock, files, phones, sql
from ligne.kit.errors import Invalid, NotFound, TooLarge
from ligne.kit.filetypes import VIRUS
from ligne.kit.prepared import Prepared
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

# The advisor who knows the customer is preferred for that long after their last exchange.
KNOWN_FOR = timedelta(days=14)
MAX_TEXT = 1_000_000

_SAME = Prepared(
    lambda house, channel, external: Contact.objects.filter(principal_id=house, channel=channel, external_id=external)
)
_WHO_KNOWS = Prepared(
    lambda customer, this, since: (
        Contact.objects.filter(
            customer_id=customer, advisor__isnull=False, advisor__is_active=True, wrapped_up_at__gte=since
        )
        .exclude(pk=this)
        .order_by("-wrapped_up_at")
        .values_list("advisor_id", flat=True)[:1]
    )
)


def _plain(text: str, limit: int) -> str:
    # PostgreSQL refuses NUL in text; nobody writes one on purpose
    return text.replace("\x00", "")[:limit]


def arrive(
    viewer: Viewer,
    *,
    principal_id: int,
    channel: str,
    sender: Sender,
    subject: str = "",
    text: str = "",
    html: str = "",
    quoted: str = "",
    external_id: str = "",
    thread: str = "",
    queue: str = "",
    files: Iterable[File] = (),
    direction: str = "in",
    previous_id: int | None = None,
    message_external_id: str = "",
    customer_id: int | None = None,
) -> Contact:
    """A new exchange begins: identify the customer, keep what was said, place it in a queue, in one transaction.

    The same `external_id` on the same channel of the same principal returns the contact that exists and does nothing
    else; what is returned `is_new` otherwise. `queue` is a queue's slug, empty for the channel's own. Raises `Invalid`
    naming the field, `NotFound` when the viewer does not see the principal.
    """
    if not viewer.sees(principal_id):
        raise NotFound
    if channel not in channels:
        raise Invalid(N_("There is no channel called “%(channel)s”."), field="channel", channel=channel)
    external_id = _plain(external_id, 300)
    existing = _arrived_before(principal_id, channel, external_id)
    if existing:
        return existing
    kept = [_store(f) for f in files]
    says = bool(text or html or kept or message_external_id)
    try:
        with transaction.atomic():
            contact = _new_contact(
                viewer,
                sender,
                customer_id=customer_id,
                unread=int(says),
                principal_id=principal_id,
                channel=channel,
                direction=direction,
                subject=_plain(subject, 300),
                external_id=external_id,
                thread=thread,
                previous_id=previous_id,
            )
            if says:
                message = _incoming(
                    contact,
                    text=text,
                    html=html,
                    quoted=quoted,
                    external_id=message_external_id,
                    author=sender.name or sender.email,
                )
                _tie_files(message, kept)
            announce_arrival(viewer, contact, queue)
            contact.is_new = True
            return contact
    except IntegrityError:
        # Somebody delivered the same thing at the same moment: theirs is the contact.
        existing = _arrived_before(principal_id, channel, external_id)
        if existing is None:
            raise
        return existing


def _arrived_before(principal_id: int, channel: str, external_id: str) -> Contact | None:
    if not external_id:
        return None
    return _SAME.one(house=principal_id, channel=channel, external=external_id)


def _new_contact(viewer: Viewer, sender: Sender, *, customer_id: int | None, **facts: Any) -> Contact:
    phone = phones.parse_or_none(sender.phone) if sender.phone else None
    identified = _identify(viewer, sender, phone, customer_id=customer_id, facts=facts)
    return sql.insert(
        Contact(
            customer_id=identified.get("customer_id"),
            identification=identified,
            from_name=_plain(sender.name, 200),
            from_email=_plain(sender.email, 254).lower(),
            from_phone=phone or _plain(sender.phone, 20),
            arrived_at=clock.now(),
            **facts,
        )
    )


def _identify(
    viewer: Viewer, sender: Sender, phone: str | None, *, customer_id: int | None, facts: dict[str, Any]
) -> dict[str, Any]:
    """What is kept with the contact: {"state", "customer_id"?, "candidates": [{customer_id, name, score, reasons}]}."""
    if customer_id is not None:
        return {"state": "certain", "customer_id": customers.get(viewer, customer_id).pk, "candidates": []}
    if facts["previous_id"] is not None:
        known = sql.one(Contact.objects.filter(pk=facts["previous_id"]).values_list("customer_id", flat=True))
        if known:
            return {"state": "certain", "customer_id": known, "candidates": []}
    found = customers.identify(
        viewer, principal_id=facts["principal_id"], phone=phone or "", email=sender.email, name=sender.name
    )
    return {
        "state": found.state,
        "customer_id": found.customer_id,
        "candidates": [
            {
                "customer_id": c.customer_id,
                "name": c.display_name,
                "score": c.score,
                "reasons": list(c.reasons),
            }
            for c in found.candidates
        ],
    }


def announce_arrival(viewer: Viewer, contact: Contact, queue: str, *, preferred: int | None = None) -> None:
    """Tell of a new exchange; `preferred` is the advisor who is to have it first, else the one the customer knows."""
    if preferred is None and contact.customer_id:
        since = clock.now() - KNOWN_FOR
        preferred = _WHO_KNOWS.one(customer=contact.customer_id, this=contact.pk, since=since)
    bus.announce(
        ContactArrived(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            channel=contact.channel,
            direction=contact.direction,
            queue=queue,
            from_name=contact.from_name,
            from_email=contact.from_email,
            from_phone=contact.from_phone,
            subject=contact.subject,
            identification=str(contact.identification.get("state", "")),
            previous_id=contact.previous_id,
            preferred_id=preferred,
        )
    )
    if contact.customer_id:
        bus.announce(
            CustomerChosen(
                subject_id=contact.pk,
                principal_id=contact.principal_id,
                customer_id=contact.customer_id,
                actor_id=viewer.user_id,
            )
        )


def receive(
    viewer: Viewer,
    *,
    contact_id: int,
    text: str,
    html: str = "",
    quoted: str = "",
    external_id: str = "",
    files: Iterable[File] = (),
    author_name: str = "",
) -> Message:
    """A later message of an exchange. The same `external_id` twice keeps one.

    On a closed contact it opens a new one that follows it, with the same customer, and returns that one's message.
    """
    kept = [_store(f) for f in files]
    external_id = _plain(external_id, 300)
    with transaction.atomic():
        contact = _where_it_went(viewer, locked_for(viewer, contact_id))
        known = external_id and Message.objects.filter(
            contact__principal_id=contact.principal_id,
            contact__channel=contact.channel,
            kind=Message.Kind.IN,
            external_id=external_id,
        )
        if known and (message := known.first()):
            return message
        if contact.state == words.CLOSED:
            contact = _follow(viewer, contact)
        message = _incoming(
            contact,
            text=text,
            html=html,
            quoted=quoted,
            external_id=external_id,
            author=author_name or contact.from_name,
        )
        contact.unread += 1
        contact.save(update_fields=["unread"])
        _tie_files(message, kept)
        bus.announce(
            MessageReceived(
                subject_id=contact.pk,
                principal_id=contact.principal_id,
                customer_id=contact.customer_id,
                message_id=message.pk,
                channel=contact.channel,
            )
        )
        if contact.state == words.WRAP_UP:
            apply(contact, "reopen", now=clock.now(), actor=None, cause="customer wrote")
        elif contact.state == words.SNOOZED:
            apply(contact, "requeue", now=clock.now(), actor=None, cause="customer wrote")
        else:
            tell_screens(contact)
        return message


def _where_it_went(viewer: Viewer, contact: Contact) -> Contact:
    """The exchange that this one became part of, locked; itself when it was never merged."""
    while contact.merged_into_id is not None:
        contact = locked_for(viewer, contact.merged_into_id)
    return contact


def _follow(viewer: Viewer, closed: Contact) -> Contact:
    """A new exchange after a closed one, unless one follows it already."""
    latest = Contact.objects.filter(previous=closed).exclude(state=words.CLOSED).first()
    if latest:
        return lock_contact(latest.pk)
    contact = Contact.objects.create(
        principal_id=closed.principal_id,
        channel=closed.channel,
        subject=closed.subject,
        customer_id=closed.customer_id,
        identification={"state": "certain", "customer_id": closed.customer_id, "candidates": []}
        if closed.customer_id
        else closed.identification,
        from_name=closed.from_name,
        from_email=closed.from_email,
        from_phone=closed.from_phone,
        thread=closed.thread,
        previous=closed,
        arrived_at=clock.now(),
    )
    announce_arrival(viewer, contact, closed.queue)
    contact.refresh_from_db()
    return contact


def _incoming(contact: Contact, *, text: str, html: str, quoted: str, external_id: str, author: str) -> Message:
    return sql.insert(
        Message(
            principal_id=contact.principal_id,
            contact=contact,
            kind=Message.Kind.IN,
            author_name=_plain(author, 200),
            subject=contact.subject,
            text=_plain(text, MAX_TEXT),
            html=_plain(html, MAX_TEXT),
            quoted=_plain(quoted, MAX_TEXT),
            external_id=external_id,
            created_at=clock.now(),
        )
    )


def _store(file: File) -> tuple[File, str, str]:
    return file, files.store(file.content), files.warning_of(file.content, file.filename, file.content_type)


def _tie_files(message: Message, kept: list[tuple[File, str, str]]) -> None:
    Attachment.objects.bulk_create(
        Attachment(
            principal_id=message.principal_id,
            message=message,
            contact_id=message.contact_id,
            filename=_plain(file.filename, 200) or "sans-nom",
            content_type=file.content_type[:120],
            size=len(file.content),
            sha256=digest,
            inline=file.inline,
            warning=warning,
        )
        for file, digest, warning in kept
    )


def attach(viewer: Viewer, *, contact_id: int, file: File) -> Attachment:
    """Keep a file chosen by an advisor for the reply being written. Raises `TooLarge` past the channel's limit."""
    warning = files.warning_of(file.content, file.filename, file.content_type)
    if warning == VIRUS:
        raise Invalid(N_("A virus was found in “%(name)s”. It was not kept."), field="file", name=file.filename)
    with transaction.atomic():
        contact = locked_for(viewer, contact_id)
        traits = channels.get(contact.channel).traits
        if not traits.takes_files:
            raise Invalid(N_("Files cannot be sent by this channel."), field="file")
        if len(file.content) > traits.max_bytes:
            raise TooLarge(
                N_("“%(name)s” is too large for this channel. It was not kept."),
                field="file",
                name=file.filename,
            )
        digest = files.store(file.content)
        return Attachment.objects.create(
            principal_id=contact.principal_id,
            contact=contact,
            filename=_plain(file.filename, 200) or "sans-nom",
            content_type=file.content_type[:120],
            size=len(file.content),
            sha256=digest,
            warning=warning,
        )
