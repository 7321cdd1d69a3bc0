"""Finding the exchange a mail belongs to. Nobody writes into an exchange they are no party to, whatever they quote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ligne.channels.email import keys
from ligne.channels.email.models import RawMail
from ligne.channels.email.rules import tokens
from ligne.channels.email.rules.parsed import ParsedMail
from ligne.contacts import reads as contacts
from ligne.contacts.models import Contact, Message
from ligne.kit.viewer import Viewer

CHANNEL = "email"


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
    known = contacts.of_messages(_viewer(raw), named.messages)
    ours = [pk for pk in named.messages if pk in known]
    if ours:
        return ours[0]
    # The report names no message; the address it came back to names the exchange, the report the recipient.
    for contact in _by_threads(raw, _named(mail, raw.envelope_to)):
        for message in contacts.written_to(contact, CHANNEL):
            left = message.sending == Message.Sending.SENT and message.contact_id == contact.pk
            if left and bounce.recipient.lower() in _recipients([message]):
                return message.pk
    return None


def participants(contact: Contact) -> set[str]:
    """The addresses, in lower case, that may write into the contact's exchange: who wrote and whom we wrote to."""
    same = contacts.same_thread(contact, CHANNEL)
    addresses = {one.from_email.lower() for one in same} | _recipients(contacts.written_to(contact, CHANNEL))
    replies = RawMail.objects.filter(contact__in=same, fate__in=["contact", "message"])
    addresses |= {address.lower() for address in replies.values_list("reply_to", flat=True)}
    return addresses - {""}


def _named(mail: ParsedMail, envelope_to: list[str]) -> tokens.Claims:
    identifiers = [mail.in_reply_to, *reversed(mail.references)]
    addresses = [*envelope_to, *(a.address for a in [*mail.to, *mail.cc]), *mail.delivered_to]
    return tokens.claims(keys.signing(), identifiers, addresses)


def _by_messages(raw: RawMail, named: tokens.Claims) -> list[Contact]:
    by_id = contacts.of_messages(_viewer(raw), named.messages)
    return [_newest(by_id[pk]) for pk in named.messages if pk in by_id]


def _by_threads(raw: RawMail, named: tokens.Claims) -> list[Contact]:
    by_thread = contacts.of_threads(_viewer(raw), CHANNEL, named.threads)
    return [by_thread[thread] for thread in named.threads if thread in by_thread]


def _by_own_mails(raw: RawMail, mail: ParsedMail) -> list[Contact]:
    """A customer who answers their own first mail: its Message-ID is known to its author and to us."""
    identifiers = [mail.in_reply_to, *mail.references[-20:]]
    return [_newest(contact) for contact in contacts.of_external_ids(_viewer(raw), CHANNEL, identifiers)]


def _newest(contact: Contact) -> Contact:
    return next(iter(contacts.same_thread(contact, CHANNEL)), contact)


def _viewer(raw: RawMail) -> Viewer:
    return Viewer.system(raw.principal_id)


def _recipients(messages: Iterable[Message]) -> set[str]:
    return {
        str(address).lower()
        for message in messages
        for address in [*message.recipients.get("to", []), *message.recipients.get("cc", [])]
    }
