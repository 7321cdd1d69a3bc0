"""Finding the exchange a mail belongs to. Nobody writes into an exchange they are no party to, whatever they quote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from ligne.channels.email import keys
from ligne.channels.email.models import RawMail
from ligne.channels.email.rules import tokens
from ligne.channels.email.rules.parsed import ParsedMail
from ligne.contacts.models import Contact, Message


@dataclass(frozen=True, slots=True)
class Exchange:
    """`contact`: the exchange the mail joins. `claimed`: it named one that its sender may not write into."""

    contact: Contact | None = None
    claimed: bool = False


def find(raw: RawMail, mail: ParsedMail) -> Exchange:
    """The newest contact of the exchange that the mail names, when its sender takes part in it."""
    named = _named(mail, raw.envelope_to)
    candidates = _by_messages(raw, named) + _by_threads(raw, named) + _by_own_mails(raw, mail)
    for contact in candidates:
        if raw.sender and raw.sender in participants(contact):
            return Exchange(contact)
    return Exchange(None, claimed=bool(candidates) or named.forged)


def message_that_came_back(raw: RawMail, mail: ParsedMail) -> int | None:
    """The id of our message whose failure a bounce reports, None when it is none of ours."""
    bounce = mail.bounce
    if bounce is None:
        return None
    named = tokens.claims(keys.signing(), [bounce.original_message_id, mail.in_reply_to, *mail.references], [])
    ours = Message.objects.filter(pk__in=named.messages, principal_id=raw.principal_id, kind=Message.Kind.OUT)
    found = ours.values_list("pk", flat=True).first()
    if found is not None:
        return found
    # The report names no message; the address it came back to names the exchange, the report the recipient.
    for contact in _by_threads(raw, _named(mail, raw.envelope_to)):
        sent = Message.objects.filter(contact=contact, kind=Message.Kind.OUT, sending=Message.Sending.SENT)
        for message in sent.order_by("-sent_at"):
            if bounce.recipient.lower() in _recipients([message]):
                return message.pk
    return None


def participants(contact: Contact) -> set[str]:
    """The addresses, in lower case, that may write into the contact's exchange: who wrote and whom we wrote to."""
    same = _of_thread(contact)
    addresses = {address.lower() for address in same.values_list("from_email", flat=True)}
    addresses |= _recipients(Message.objects.filter(contact__in=same, kind=Message.Kind.OUT).only("recipients"))
    replies = RawMail.objects.filter(contact__in=same, fate__in=["contact", "message"])
    addresses |= {address.lower() for address in replies.values_list("reply_to", flat=True)}
    return addresses - {""}


def _named(mail: ParsedMail, envelope_to: list[str]) -> tokens.Claims:
    identifiers = [mail.in_reply_to, *reversed(mail.references)]
    addresses = [*envelope_to, *(a.address for a in [*mail.to, *mail.cc]), *mail.delivered_to]
    return tokens.claims(keys.signing(), identifiers, addresses)


def _by_messages(raw: RawMail, named: tokens.Claims) -> list[Contact]:
    by_id = Message.objects.filter(principal_id=raw.principal_id).select_related("contact").in_bulk(named.messages)
    return [_newest(by_id[pk].contact) for pk in named.messages if pk in by_id]


def _by_threads(raw: RawMail, named: tokens.Claims) -> list[Contact]:
    found = Contact.objects.filter(principal_id=raw.principal_id, channel="email", thread__in=named.threads)
    by_thread = {contact.thread: contact for contact in found.order_by("pk")}
    return [by_thread[thread] for thread in named.threads if thread in by_thread]


def _by_own_mails(raw: RawMail, mail: ParsedMail) -> list[Contact]:
    """A customer who answers their own first mail: its Message-ID is known to its author and to us."""
    identifiers = [i for i in [mail.in_reply_to, *mail.references[-20:]] if i]
    found = Message.objects.filter(
        principal_id=raw.principal_id,
        kind=Message.Kind.IN,
        external_id__in=identifiers,
        contact__channel="email",
    )
    return [_newest(message.contact) for message in found.select_related("contact").order_by("-pk")[:5]]


def _of_thread(contact: Contact) -> QuerySet[Contact]:
    if not contact.thread:
        return Contact.objects.filter(pk=contact.pk)
    return Contact.objects.filter(principal_id=contact.principal_id, channel="email", thread=contact.thread)


def _newest(contact: Contact) -> Contact:
    return _of_thread(contact).order_by("-pk").first() or contact


def _recipients(messages: Iterable[Message]) -> set[str]:
    return {
        str(address).lower()
        for message in messages
        for address in [*message.recipients.get("to", []), *message.recipients.get("cc", [])]
    }
