"""E-mail as a channel of the spine: real SMTP out, by a letter that its answer can be recognised by."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext

from ligne.channels.email import keys, reads
from ligne.channels.email.models import Acknowledgement, MailAccount, RawMail
from ligne.channels.email.rules import compose, tokens
from ligne.contacts import reads as contacts
from ligne.contacts import services as contact_services
from ligne.contacts.models import Contact, Message
from ligne.contacts.ports import Outgoing, SendFailed, Sent, Traits
from ligne.kit import clock
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

TIMEOUT_S = 30
_REPLY_TO = Prepared(
    lambda contact: (
        RawMail.objects.filter(contact_id=contact, fate__in=["contact", "message"])
        .order_by("-pk")
        .values_list("reply_to", flat=True)[:1]
    )
)
# What a mailbox with the file coded in it weighs on the wire, against the 25 MB that others accept.
MAX_FILES = 18 * 1024 * 1024


class EmailChannel:
    """The port of `contacts.ports.Channel` for e-mail."""

    traits = Traits(
        key="email",
        label=N_("E-mail"),
        icon="mail",
        live=False,
        default_capacity=5,
        law="email",
        undo_s=10,
        has_subject=True,
        max_bytes=MAX_FILES,
    )

    def address_of(self, contact_id: int) -> str:
        """Where an answer goes: the Reply-To of the last mail, else the address it came from."""
        asked = _REPLY_TO.one(contact=contact_id)
        return asked or contacts.sender_of(contact_id).email

    def send(self, message: Outgoing) -> Sent:
        """Send by SMTP. The Message-ID is the same at each attempt, so that a mail sent twice is known for one."""
        contact = contacts.get(Viewer.system(message.principal_id), message.contact_id)
        account = reads.account_for(contact)
        if account is None:
            raise SendFailed(gettext("No mail account of this company is active."), final=False)
        if not message.to:
            raise SendFailed(gettext("No address to send to is known."), final=True)
        letter = _letter(message, contact, account)
        try:
            mail = compose.compose(letter)
        except ValueError as error:
            raise SendFailed(gettext("An address cannot be used: %(why)s") % {"why": error}, final=True) from error
        refused = deliver(mail, sender=letter.reply_to, recipients=[*message.to, *message.cc])
        if refused:
            _tell_refused(message, refused)
        return Sent(letter.message_id)

    def ended(self, contact_id: int) -> None:
        """Nothing to tell: nobody is connected."""


def _letter(message: Outgoing, contact: Contact, account: MailAccount) -> compose.Letter:
    key = keys.signing()
    domain = account.address.rpartition("@")[2]
    automatic = Acknowledgement.objects.filter(message_id=message.message_id).exists()
    original = _original(message)
    subject = message.subject or contact.subject
    author = "" if automatic else message.author_name
    name = account.display_name or account.principal.name
    answering = message.in_reply_to or (original is not None)
    return compose.Letter(
        from_name=f"{author} · {name}" if author else name,
        from_address=account.address,
        to=message.to,
        cc=message.cc,
        subject=compose.answer_subject(subject) if answering else subject,
        text=message.text,
        message_id=tokens.message_id(key, message.message_id, domain),
        date=clock.now(),
        signature="" if automatic else account.signature.replace("{{ conseiller }}", author),
        quoted=original.text if original and not automatic else "",
        quoted_head=_wrote(original) if original and not automatic else "",
        reply_to=tokens.reply_address(key, account.address, _thread(contact)),
        in_reply_to=_bare(message.in_reply_to),
        references=tuple(filter(None, (_bare(r) for r in message.references))),
        files=tuple(compose.Part(f.filename, f.content_type, f.content) for f in message.files),
        loop_marks=(tokens.loop_mark(key, account.address),),
        automatic=automatic,
    )


def _thread(contact: Contact) -> str:
    """The name by which answers find the exchange; given now to a contact that did not arrive by mail."""
    if not contact.thread:
        contact.thread = f"c{contact.pk}"
        contact_services.name_thread(contact.pk, contact.thread)
    return contact.thread


def _original(message: Outgoing) -> Message | None:
    """The customer's message that is answered."""
    said = contacts.thread(Viewer.system(message.principal_id), message.contact_id)
    before = [m for m in said if m.kind == Message.Kind.IN and m.pk < message.message_id]
    return before[-1] if before else None


def _wrote(original: Message) -> str:
    from django.utils import timezone

    at = timezone.localtime(original.created_at)
    return gettext("On %(date)s at %(time)s, %(name)s wrote:") % {
        "date": f"{at:%d/%m/%Y}",
        "time": f"{at:%H:%M}",
        "name": original.author_name,
    }


def _bare(identifier: str) -> str:
    """A Message-ID as it stood in its mail; "" for a name we gave to a mail that had none."""
    bare = re.sub(r"#\d+$", "", identifier.strip("<>"))
    return "" if bare.endswith("@ligne.invalid") or "@" not in bare else bare


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes out: `scheme` is smtp, smtps or smtp+starttls."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def server_of(url: str) -> Server:
    """Read LIGNE_SMTP_OUT. Raises ValueError saying what does not fit."""
    parts = urlsplit(url)
    default = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
    if parts.scheme not in default or not parts.hostname:
        raise ValueError("it must begin with smtp://, smtps:// or smtp+starttls:// and name a server")
    return Server(
        parts.scheme,
        parts.hostname,
        parts.port or default[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def deliver(mail: EmailMessage, *, sender: str, recipients: list[str]) -> dict[str, str]:
    """Hand a mail to the outgoing server. Returns whom it refused and why; `SendFailed` when nothing left."""
    if not settings.SMTP_OUT:
        raise SendFailed(gettext("No outgoing mail server is configured (LIGNE_SMTP_OUT)."), final=False)
    try:
        server = server_of(settings.SMTP_OUT)
        with _connected(server) as connection:
            refused = connection.send_message(mail, from_addr=sender, to_addrs=recipients)
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        words = "; ".join(f"{address}: {_words(error)}" for address, error in refusal.recipients.items())
        raise SendFailed(words[:300], final=all(code >= 500 for code in codes)) from refusal
    except smtplib.SMTPAuthenticationError as refusal:
        raise SendFailed(_words((refusal.smtp_code, refusal.smtp_error)), final=False) from refusal
    except smtplib.SMTPResponseException as refusal:
        words = _words((refusal.smtp_code, refusal.smtp_error))
        raise SendFailed(words, final=500 <= refusal.smtp_code < 600) from refusal
    except smtplib.SMTPNotSupportedError as refusal:
        raise SendFailed(gettext("The mail server does not take such an address."), final=True) from refusal
    except (OSError, smtplib.SMTPException, ValueError) as error:
        reason = gettext("The outgoing mail server does not answer: %(why)s") % {"why": type(error).__name__}
        raise SendFailed(reason, final=False) from error
    return {address: _words(error) for address, error in refused.items()}


def _connected(server: Server) -> smtplib.SMTP:
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _words(error: tuple[int, bytes | str]) -> str:
    code, words = error
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"[:300]


REFUSED = N_("One of the addresses was refused by the mail server; the others were served.")


def _tell_refused(message: Outgoing, refused: dict[str, str]) -> None:
    viewer = Viewer.system(message.principal_id)
    try:
        contact_services.tell(viewer, contact_id=message.contact_id, text=REFUSED)
        words = "\n".join(f"{address}: {why}" for address, why in refused.items())
        contact_services.note(viewer, contact_id=message.contact_id, text=words)
    except NotFound:
        return
