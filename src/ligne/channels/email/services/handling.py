"""What becomes of a stored mail. One transaction decides: a process killed in the middle has decided nothing, and the
sweep begins again."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils.translation import gettext

from ligne.channels.email import keys, reads
from ligne.channels.email.events import MailKept
from ligne.channels.email.models import Acknowledgement, RawMail
from ligne.channels.email.rules import compose, fates, tokens
from ligne.channels.email.rules.parsed import ParsedMail
from ligne.channels.email.services import exchanges
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.contacts.ports import File, Sender
from ligne.kit import bus, clock, outages
from ligne.kit.errors import NoRoom, NotFound, Refused
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

log = structlog.get_logger(__name__)

ATTEMPTS = 3
LEFT_BEHIND = timedelta(seconds=5)
CONTENT_KEPT = timedelta(days=30)
ACKNOWLEDGED_ONCE = timedelta(days=1)
SHOWN_IMAGES = 600_000  # bytes of pictures written into the HTML itself

CLAIMED = N_(
    "This mail named another exchange as its own, but its sender takes no part in that one: it was opened apart. "
    "Check who is writing before you speak of a file."
)


def handle(raw_id: int) -> str:
    """Decide the fate of a received mail and return it; "" when it has one, or another process is deciding.

    A failure of ours is counted and tried again by the sweep; after the third the mail is kept for an administrator.
    A full disk is no failure of ours: the mail waits for room. Raises database errors: it waits for the database.
    """
    try:
        with transaction.atomic():
            raw = (
                RawMail.objects.select_for_update(of=("self",), skip_locked=True)
                .filter(pk=raw_id, state=RawMail.State.RECEIVED)
                .first()
            )
            return decide(raw) if raw is not None else ""
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if isinstance(outages.of(error), NoRoom):
            log.warning("mail.waits_for_room", raw_id=raw_id)
            return ""
        log.exception("mail.handling_failed", raw_id=raw_id)
        return _note_trouble(raw_id, error)


def _note_trouble(raw_id: int, error: Exception) -> str:
    with transaction.atomic():
        RawMail.objects.filter(pk=raw_id, state=RawMail.State.RECEIVED).update(attempts=F("attempts") + 1)
        raw = RawMail.objects.filter(pk=raw_id, state=RawMail.State.RECEIVED, attempts__gte=ATTEMPTS).first()
        return keep(raw, fates.TROUBLE, detail=type(error).__name__) if raw is not None else ""


def decide(raw: RawMail, *, forced_queue: str | None = None) -> str:
    """Give a locked mail its fate. `forced_queue`: an administrator wants it as a new contact in that queue."""
    mail = reads.understood(raw)
    _note_facts(raw, mail)
    if forced_queue is not None:
        return _open(raw, mail, queue=forced_queue)
    fate = fates.stopped(mail, _around(raw, mail))
    return keep(raw, fate) if fate else _place(raw, mail)


def _place(raw: RawMail, mail: ParsedMail) -> str:
    """Bring a mail that may go on to where it belongs."""
    twin = _twin(raw)
    if twin is not None:
        return _finish(raw, fates.DUPLICATE, contact_id=twin.contact_id, message_id=twin.message_id)
    if mail.bounce is not None:
        return _bounced(raw, mail)
    exchange = exchanges.find(raw, mail)
    if mail.auto_reply:
        return _automatic(raw, mail, exchange.contact)
    if exchange.contact is not None:
        return _join(raw, mail, exchange.contact)
    return _open(raw, mail, claimed=exchange.claimed)


def _note_facts(raw: RawMail, mail: ParsedMail) -> None:
    raw.header_id = mail.message_id[:300]
    raw.sender = mail.from_[0].address.lower()[:254] if mail.from_ else ""
    raw.reply_to = mail.reply_to[0].address[:254] if mail.reply_to else ""
    raw.subject = mail.subject[:300]
    said = "\0".join([raw.sender, mail.subject, mail.text, *(a.sha256 for a in mail.attachments)])
    raw.digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _around(raw: RawMail, mail: ParsedMail) -> fates.Circumstances:
    signed = tokens.claims(keys.signing(), [mail.message_id], []).messages
    ours = bool(contact_reads.of_messages(_viewer(raw), signed))
    since = raw.received_at - timedelta(seconds=fates.FLOOD_SECONDS)
    recent = RawMail.objects.filter(
        account=raw.account, sender=raw.sender, received_at__range=(since, raw.received_at), pk__lt=raw.pk
    )
    return fates.Circumstances(
        account_mark=tokens.loop_mark(keys.signing(), raw.account.address),
        ours=ours,
        recent_from_sender=recent.count() if raw.sender else 0,
        too_large=raw.size > settings.MAX_UPLOAD,
        active=raw.account.active,
    )


def _twin(raw: RawMail) -> RawMail | None:
    """The same mail, come another way or to another address of the same principal."""
    if not raw.header_id:
        return None
    same = RawMail.objects.filter(
        principal_id=raw.principal_id,
        header_id=raw.header_id,
        digest=raw.digest,
        state=RawMail.State.HANDLED,
    )
    return same.exclude(pk=raw.pk).defer("content").first()


def _name_of(raw: RawMail) -> str:
    """The message's external id: its Message-ID, made single when other mails of other content bear the same."""
    if not raw.header_id:
        return f"{raw.sha256[:32]}.{raw.pk}@ligne.invalid"
    other = RawMail.objects.filter(principal_id=raw.principal_id, header_id=raw.header_id, pk__lt=raw.pk)
    return f"{raw.header_id[:270]}#{raw.pk}" if other.exclude(digest=raw.digest).exists() else raw.header_id


def _open(raw: RawMail, mail: ParsedMail, *, queue: str | None = None, claimed: bool = False) -> str:
    """A new contact."""
    viewer = _viewer(raw)
    author = mail.from_[0] if mail.from_ else mail.sender
    contact = contacts.arrive(
        viewer,
        principal_id=raw.principal_id,
        channel="email",
        sender=Sender(name=author.name, email=author.address) if author else Sender(),
        subject=mail.subject,
        text=mail.new_text or mail.text,
        html=_with_images(mail),
        quoted=mail.quoted,
        external_id=f"{raw.header_id[:200]}|{raw.digest[:32]}" if raw.header_id else f"raw:{raw.pk}",
        thread=secrets.token_hex(8),
        queue=queue if queue is not None else raw.account.queue,
        files=_files(mail),
        message_external_id=_name_of(raw),
    )
    if claimed:
        contacts.tell(viewer, contact_id=contact.pk, text=CLAIMED)
    message = contact_reads.first_received(viewer, contact.pk)
    fate = _finish(raw, fates.CONTACT, contact_id=contact.pk, message_id=message.pk if message else None)
    _acknowledge(raw, mail, contact)
    return fate


def _join(raw: RawMail, mail: ParsedMail, contact: Contact) -> str:
    """A later message of an exchange; on a closed one it opens the next."""
    message = contacts.receive(
        _viewer(raw),
        contact_id=contact.pk,
        text=mail.new_text or mail.text,
        html=_with_images(mail),
        quoted=mail.quoted,
        external_id=_name_of(raw),
        files=_files(mail),
        author_name=mail.from_[0].name or mail.from_[0].address if mail.from_ else "",
    )
    return _finish(raw, fates.MESSAGE, contact_id=message.contact_id, message_id=message.pk)


def _bounced(raw: RawMail, mail: ParsedMail) -> str:
    """A message of ours came back: tell it to who has the exchange."""
    bounce = mail.bounce
    message_id = exchanges.message_that_came_back(raw, mail)
    if bounce is None or message_id is None:
        return keep(raw, fates.LOST_BOUNCE)
    reason = " ".join(part for part in (bounce.recipient, bounce.status, bounce.reason) if part)
    try:
        contacts.failed(message_id, reason[:300], final=bounce.final, bounced=True)
    except NotFound:
        return keep(raw, fates.LOST_BOUNCE)
    contact_id = contact_reads.message(_viewer(raw), message_id).contact_id
    return _finish(raw, fates.BOUNCE, contact_id=contact_id, message_id=message_id)


def _automatic(raw: RawMail, mail: ParsedMail, contact: Contact | None) -> str:
    """No person wrote it: noted where it belongs, else kept. Never answered, never placed in a queue."""
    if contact is None:
        return keep(raw, fates.AUTOMATIC)
    head = gettext("Automatic answer from %(sender)s: %(subject)s") % {"sender": raw.sender, "subject": raw.subject}
    contacts.note(_viewer(raw), contact_id=contact.pk, text=f"{head}\n\n{mail.new_text or mail.text}".strip())
    return _finish(raw, fates.NOTED, contact_id=contact.pk)


def _acknowledge(raw: RawMail, mail: ParsedMail, contact: Contact) -> None:
    """Say that the mail arrived, when the account does so: once a day to one address, never to a program."""
    account, to = raw.account, mail.sender
    if to is None or not account.acknowledgement.strip() or mail.auto_reply or mail.list_mail:
        return
    address = to.address.lower()[:254]
    since = clock.now() - ACKNOWLEDGED_ONCE
    if Acknowledgement.objects.filter(account=account, to=address, sent_at__gte=since).exists():
        return
    text = account.acknowledgement.replace("{{ numero }}", str(contact.pk))
    try:
        with transaction.atomic():
            message = contacts.send_copy(
                _viewer(raw),
                contact_id=contact.pk,
                channel="email",
                to=to.address,
                subject=compose.answer_subject(mail.subject),
                text=text,
            )
            Acknowledgement.objects.create(message=message, account=account, to=address, sent_at=clock.now())
    except Refused:
        log.info("mail.acknowledgement_refused", contact_id=contact.pk)


def keep(raw: RawMail, fate: str, *, detail: str = "") -> str:
    """Keep a mail for an administrator and say why."""
    raw.state, raw.fate, raw.detail = RawMail.State.KEPT, fate, detail[:300]
    raw.save(update_fields=[*FACTS, "state", "fate", "detail"])
    bus.announce(
        MailKept(subject_id=raw.pk, principal_id=raw.principal_id, fate=fate, sender=raw.sender),
    )
    return fate


FACTS = ["header_id", "sender", "reply_to", "subject", "digest"]


def _finish(raw: RawMail, fate: str, *, contact_id: int | None = None, message_id: int | None = None) -> str:
    raw.state, raw.fate, raw.detail = RawMail.State.HANDLED, fate, ""
    raw.contact_id, raw.message_id = contact_id, message_id
    raw.save(update_fields=[*FACTS, "state", "fate", "detail", "contact", "message"])
    return fate


def _viewer(raw: RawMail) -> Viewer:
    return Viewer.system(raw.principal_id)


def _files(mail: ParsedMail) -> list[File]:
    return [File(a.filename, a.content_type, a.content, a.inline) for a in mail.attachments]


def _with_images(mail: ParsedMail) -> str:
    """The HTML with the small pictures it shows written into it: nothing has to be fetched to read it."""
    html, left = mail.html, SHOWN_IMAGES
    for picture in mail.attachments:
        mark = f'src="cid:{picture.content_id}"'
        if not picture.content_id or not picture.content_type.startswith("image/") or mark not in html:
            continue
        if picture.content_type == "image/svg+xml" or len(picture.content) * 4 // 3 > left:
            continue
        data = base64.b64encode(picture.content).decode()
        left -= len(data)
        html = html.replace(mark, f'src="data:{picture.content_type};base64,{data}"', 1)
    return html


def sweep(limit: int = 100) -> int:
    """Handle what was stored and left behind by a process that died; returns how many were tried."""
    left = RawMail.objects.filter(state=RawMail.State.RECEIVED, received_at__lt=clock.now() - LEFT_BEHIND)
    ids = list(left.order_by("received_at").values_list("pk", flat=True)[:limit])
    for raw_id in ids:
        handle(raw_id)
    return len(ids)


def purge() -> int:
    """Drop the bytes of handled mails after 30 days: what they said is in their exchange. Returns how many."""
    old = RawMail.objects.filter(state=RawMail.State.HANDLED, received_at__lt=clock.now() - CONTENT_KEPT)
    return old.exclude(content=b"").update(content=b"")
