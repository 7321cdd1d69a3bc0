"""Answering: through the gate, held while it may be undone, sent by the channel, followed until it left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from ligne.contacts import gate, words
from ligne.contacts.events import ReplyFailed, ReplySent, ReplyUndone, ReplyWritten
from ligne.contacts.models import Attachment, Contact, Draft, Message
from ligne.contacts.ports import File, Outgoing, SendFailed, channels
from ligne.contacts.rules import states
from ligne.contacts.services.arrival import MAX_TEXT
from ligne.contacts.services.passages import in_hand, lock_contact, tell_screens
from ligne.kit import bus, clock, files
from ligne.kit.errors import Conflict, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

TRY_AGAIN = timedelta(seconds=30)
GIVE_UP = timedelta(days=2)
E = TypeVar("E", ReplySent, ReplyFailed)


def reply(
    viewer: Viewer,
    *,
    contact_id: int,
    text: str,
    subject: str = "",
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    file_ids: Sequence[int] = (),
    send_at: datetime | None = None,
) -> Message:
    """Answer the customer by the contact's channel. The message leaves after the channel's undo delay, or at `send_at`.

    Raises `Invalid` (empty, no address), `Forbidden` (not with the viewer), `AgainstTheRules`. Nothing leaves then, and
    the draft stays.
    """
    text = text.replace("\x00", "").strip()
    if not text and not file_ids:
        raise Invalid(N_("The message is empty. Nothing was sent."), field="text")
    # Judged outside the transaction: a refusal must stay journalled although nothing else happens.
    contact = Contact.objects.filter(pk=contact_id, principal_id__in=viewer.principals).first()
    if contact is None:
        raise NotFound
    gate.pass_or_refuse(viewer, contact, at=send_at or clock.now(), text=text)
    with transaction.atomic():
        contact = in_hand(viewer, contact_id)
        if contact.state not in {words.ACTIVE, words.WRAP_UP}:
            states.after(contact.state, "end")  # raises the sentence that fits
        channel = channels.get(contact.channel)
        recipients = [a.strip() for a in to if a.strip()] or [a for a in [channel.address_of(contact.pk)] if a]
        if not recipients:
            raise Invalid(
                N_("Nobody can be reached by this channel: no address is known. Your text is kept."),
                field="to",
            )
        now = clock.now()
        leaves = max(send_at or now, now + timedelta(seconds=channel.traits.undo_s))
        message = _write(
            viewer, contact, text=text, subject=subject or contact.subject, to=recipients, cc=list(cc), leaves=leaves
        )
        Attachment.objects.filter(pk__in=list(file_ids), contact=contact, message=None).update(message=message)
        first = contact.first_reply_at is None
        if first:
            Contact.objects.filter(pk=contact.pk).update(first_reply_at=now, unread=0)
        # Also when nothing was kept yet: what a page keeps too late, after sending it, is refused by its version.
        _redraft(contact, "")
        _announce_written(viewer, contact, message, leaves, first=first)
        tell_screens(contact)
    return message


def _redraft(contact: Contact, text: str, *, before: bool = False) -> None:
    """Make `text` the draft, or put it `before` what was begun."""
    draft, _ = Draft.objects.get_or_create(
        contact=contact, defaults={"principal_id": contact.principal_id, "updated_at": clock.now()}
    )
    draft.text = "\n\n".join(t for t in (text, draft.text) if t) if before else text
    draft.version += 1
    draft.updated_at = clock.now()
    draft.save(update_fields=["text", "version", "updated_at"])


def send_copy(viewer: Viewer, *, contact_id: int, channel: str, to: str, subject: str, text: str) -> Message:
    """Send something about the contact by another channel (a chat's transcript by e-mail), through the gate too."""
    contact = Contact.objects.filter(pk=contact_id, principal_id__in=viewer.principals).first()
    if contact is None:
        raise NotFound
    gate.pass_or_refuse(viewer, contact, at=clock.now(), channel=channel, text=text)
    with transaction.atomic():
        now = clock.now()
        message = _write(viewer, contact, channel=channel, text=text, subject=subject, to=[to], cc=[], leaves=now)
        _announce_written(viewer, contact, message, now, first=False)
    return message


def _write(
    viewer: Viewer,
    contact: Contact,
    *,
    text: str,
    subject: str,
    to: list[str],
    cc: list[str],
    leaves: datetime,
    channel: str = "",
) -> Message:
    now = clock.now()
    return Message.objects.create(
        principal_id=contact.principal_id,
        contact=contact,
        kind=Message.Kind.OUT,
        channel=channel,
        author_id=viewer.user_id,
        subject=subject.replace("\x00", "")[:300],
        text=text[:MAX_TEXT],
        recipients={"to": to, "cc": cc},
        sending=Message.Sending.HELD if leaves > now else Message.Sending.QUEUED,
        send_at=leaves,
        created_at=now,
    )


def _announce_written(viewer: Viewer, contact: Contact, message: Message, leaves: datetime, *, first: bool) -> None:
    bus.announce(
        ReplyWritten(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            message_id=message.pk,
            send_at=leaves.isoformat(),
            first=first,
        )
    )
    if leaves <= clock.now():
        # live channels: the customer is waiting; the worker's sweep makes good what fails here
        transaction.on_commit(lambda: send_now(message.pk), robust=True)


@transaction.atomic
def undo(viewer: Viewer, *, message_id: int) -> Message:
    """Call a held message back: its text becomes the draft again. Raises `Conflict` when it has left."""
    message = Message.objects.filter(pk=message_id, kind=Message.Kind.OUT).first()
    if message is None:
        raise NotFound
    contact = in_hand(viewer, message.contact_id)
    updated = Message.objects.filter(pk=message_id, sending=Message.Sending.HELD).update(
        sending=Message.Sending.CANCELLED, send_at=None
    )
    if not updated:
        raise Conflict(N_("This message has left already: it cannot be called back."))
    _redraft(contact, message.text, before=True)
    Attachment.objects.filter(message=message).update(message=None)
    bus.announce(
        ReplyUndone(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            message_id=message.pk,
        )
    )
    tell_screens(contact)
    message.refresh_from_db()
    return message


def send_due(now: datetime | None = None, limit: int = 100) -> int:
    """Send every message whose moment has come; returns how many were tried. Called each second by one process."""
    due = Message.objects.filter(
        sending__in=[Message.Sending.HELD, Message.Sending.QUEUED], send_at__lte=now or clock.now()
    ).order_by("send_at")
    ids = list(due.values_list("id", flat=True)[:limit])
    for message_id in ids:
        send_now(message_id)
    return len(ids)


def send_now(message_id: int) -> None:
    """Hand one message to its channel, unless another process is doing it or it was called back."""
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(
                pk=message_id,
                sending__in=[Message.Sending.HELD, Message.Sending.QUEUED],
                send_at__lte=clock.now(),
            )
            .select_related("contact")
            .first()
        )
        if message is None:
            return
        channel = channels.get(message.channel or message.contact.channel)
        try:
            result = channel.send(_outgoing(message))
        except SendFailed as failure:
            _note_failure(message, failure)
            return
        message.sending, message.sent_at = Message.Sending.SENT, clock.now()
        message.external_id = result.external_id or message.external_id
        message.failure = ""
        message.save(update_fields=["sending", "sent_at", "external_id", "failure"])
        bus.announce(_about(message, ReplySent))
        _tell(message)


def _outgoing(message: Message) -> Outgoing:
    contact = message.contact
    before = list(
        Message.objects.filter(contact=contact, kind__in=[Message.Kind.IN, Message.Kind.OUT], id__lt=message.pk)
        .exclude(external_id="")
        .order_by("created_at", "id")
        .values_list("kind", "external_id")
    )
    last_in = next((e for k, e in reversed(before) if k == Message.Kind.IN), "")
    return Outgoing(
        message_id=message.pk,
        contact_id=contact.pk,
        principal_id=contact.principal_id,
        thread=contact.thread,
        to=tuple(message.recipients.get("to", [])),
        cc=tuple(message.recipients.get("cc", [])),
        subject=message.subject,
        text=message.text,
        author_name=message.author.name if message.author else "",
        in_reply_to=last_in,
        references=tuple(e for _, e in before[-20:]),
        files=tuple(
            File(a.filename, a.content_type, files.path_of(a.sha256).read_bytes(), a.inline)
            for a in message.attachments.all()
        ),
    )


def _note_failure(message: Message, failure: SendFailed) -> None:
    now = clock.now()
    message.failure = failure.reason[:300]
    if not failure.final and now - message.created_at < GIVE_UP:
        message.sending, message.send_at = Message.Sending.QUEUED, now + TRY_AGAIN
        message.save(update_fields=["sending", "send_at", "failure"])
        _tell(message)
        return
    message.sending = Message.Sending.FAILED
    message.save(update_fields=["sending", "failure"])
    bus.announce(_about(message, ReplyFailed, why=message.failure))
    _tell(message)


def _about(message: Message, event: type[E], **facts: Any) -> E:
    contact = message.contact
    return event(
        subject_id=contact.pk,
        principal_id=contact.principal_id,
        customer_id=contact.customer_id,
        actor_id=message.author_id,
        message_id=message.pk,
        **facts,
    )


def _tell(message: Message) -> None:
    contact = message.contact
    tell_screens(contact, message.author_id)


@transaction.atomic
def sent(message_id: int, external_id: str) -> None:
    """The channel confirms, later than `send`, that a message left under `external_id`."""
    Message.objects.filter(pk=message_id).update(
        sending=Message.Sending.SENT, sent_at=clock.now(), external_id=external_id[:300]
    )


@transaction.atomic
def failed(message_id: int, reason: str, final: bool = True, bounced: bool = False) -> None:
    """A message came back, or the channel learnt later that it did not arrive. Told once, to who has the contact."""
    message = Message.objects.select_related("contact").filter(pk=message_id, kind=Message.Kind.OUT).first()
    if message is None:
        raise NotFound
    lock_contact(message.contact_id)
    if message.sending == Message.Sending.BOUNCED:
        return
    message.failure = reason[:300]
    if final:
        message.sending = Message.Sending.BOUNCED if bounced else Message.Sending.FAILED
    message.save(update_fields=["sending", "failure"])
    bus.announce(_about(message, ReplyFailed, why=message.failure, bounced=bounced))
    _tell(message)
