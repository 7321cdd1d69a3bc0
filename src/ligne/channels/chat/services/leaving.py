"""The page goes away, comes back, or the conversation ends; and the copy of it by e-mail."""

from __future__ import annotations

import re
from datetime import datetime

import structlog
from django.db import transaction

from ligne.channels.chat import reads
from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.reads import Guest
from ligne.channels.chat.rules import silence
from ligne.contacts import services as contacts
from ligne.kit import clock, live, throttle
from ligne.kit.errors import DomainError, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

log = structlog.get_logger(__name__)

# A sign of life is written at most that often.
SEEN_EVERY_S = 10


@transaction.atomic
def back_or_here(session: ChatSession) -> None:
    """The page gave a sign of life; when it had been gone, the advisor is told that it is back."""
    now = clock.now()
    if session.ended_at is not None:
        return
    if session.gone_at is None:
        if (now - session.last_seen_at).total_seconds() >= SEEN_EVERY_S:
            ChatSession.objects.filter(pk=session.pk).update(last_seen_at=now)
        return
    returned = ChatSession.objects.filter(pk=session.pk, gone_at__isnull=False).update(last_seen_at=now, gone_at=None)
    if returned and now - session.gone_at >= silence.GRACE_WAITING:
        _tell(session, N_("The customer is back on the chat page."))
    elif returned:
        _tell_panel(session)  # a reload is not worth a line in the thread


@transaction.atomic
def gone(guest: Guest) -> None:
    """The page says goodbye: it is closed, or being reloaded. What follows is decided by `expire_silent`."""
    session = reads.session_of(guest)
    changed = ChatSession.objects.filter(pk=session.pk, gone_at__isnull=True, ended_at__isnull=True).update(
        gone_at=clock.now()
    )
    if changed:
        _tell_panel(session)


@transaction.atomic
def leave(guest: Guest) -> None:
    """The customer ends the conversation. Nobody had answered: the contact is abandoned; else wrap-up begins."""
    session = reads.session_of(guest)
    if session.ended_at is None:
        _over(session, ChatSession.EndedBy.CUSTOMER, N_("The customer ended the conversation."), "customer left")


def expire_silent() -> list[int]:
    """Tell the pages that went silent from those that are there, and end what nobody came back to.

    Returns the ids of the contacts that were ended. Safe to run in several processes and as often as one likes.
    """
    now = clock.now()
    suspects = ChatSession.objects.filter(ended_at__isnull=True, contact__isnull=False)
    quiet = suspects.filter(gone_at__isnull=True, last_seen_at__lte=now - silence.SILENT_AFTER)
    away = suspects.filter(gone_at__lte=now - silence.GRACE_WAITING)
    ended = []
    for session in [*quiet.select_related("contact"), *away.select_related("contact")]:
        try:
            if _expire(session, now) and session.contact_id is not None:
                ended.append(session.contact_id)
        except DomainError as refusal:
            log.warning("chat.expire_refused", contact_id=session.contact_id, why=refusal.sentence)
    return ended


@transaction.atomic
def _expire(session: ChatSession, now: datetime) -> bool:
    if session.contact is None:
        return False
    answered = session.contact.accepted_at is not None
    step = silence.step(silence.Sign(session.last_seen_at, session.gone_at, answered), now)
    if step == "gone":
        # dated from the last sign, so that a slow sweep does not lengthen the wait
        since = session.last_seen_at + silence.SILENT_AFTER
        open_page = ChatSession.objects.filter(pk=session.pk, gone_at__isnull=True, last_seen_at=session.last_seen_at)
        if open_page.update(gone_at=min(since, now)):
            _tell(session, N_("The customer's page does not answer any more."))
        return False
    if step == "over":
        still = ChatSession.objects.filter(pk=session.pk, gone_at=session.gone_at, ended_at__isnull=True).exists()
        if still:
            _over(session, ChatSession.EndedBy.SILENCE, N_("The customer left the chat page."), "page closed")
        return still
    return False


def _over(session: ChatSession, by: ChatSession.EndedBy, sentence: str, cause: str) -> None:
    viewer = Viewer.system(session.principal_id)
    if session.contact_id is not None:
        contacts.tell(viewer, contact_id=session.contact_id, text=sentence)
    _finish(session, by)
    if session.contact_id is not None:
        contacts.abandon(viewer, contact_id=session.contact_id, cause=cause)


@transaction.atomic
def close(contact_id: int) -> None:
    """The exchange is over on our side: the page says so. Already over: nothing happens."""
    session = ChatSession.objects.filter(contact_id=contact_id, ended_at__isnull=True).first()
    if session is not None:
        _finish(session, ChatSession.EndedBy.ADVISOR)


def _finish(session: ChatSession, by: ChatSession.EndedBy) -> None:
    ended = ChatSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=clock.now(), ended_by=by)
    if ended:
        live.push(session.topic, "state")
        transaction.on_commit(lambda: _send_transcript(session.pk), robust=True)


def ask_transcript(guest: Guest, *, email: str) -> bool:
    """The customer wants a copy at `email`: now when it is over, at the end otherwise. Returns whether it has left.

    One copy per conversation. Raises `Invalid` when it is no address.
    """
    session = reads.session_of(guest)
    email = (email or session.email).lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Invalid(N_("“%(email)s” is not an e-mail address. Nothing was sent."), field="email", email=email)
    if session.transcript_sent_at is not None:
        return True
    throttle.check_everywhere("chat.transcript", str(session.public_id), times=5, seconds=3600)
    with transaction.atomic():
        ChatSession.objects.filter(pk=session.pk).update(transcript_to=email)
        if session.ended_at is None:
            return False
        transaction.on_commit(lambda: _send_transcript(session.pk))
    return True


def _send_transcript(session_id: int) -> None:
    """Send the copy that was asked for, once; what the gate or the e-mail channel refuses leaves it unsent."""
    asked = ChatSession.objects.filter(pk=session_id, transcript_sent_at__isnull=True).exclude(transcript_to="")
    session = asked.select_related("principal", "contact").first()
    if session is None or session.contact_id is None or not asked.update(transcript_sent_at=clock.now()):
        return
    try:
        subject, text = reads.transcript(session)
        contacts.send_copy(
            Viewer.system(session.principal_id),
            contact_id=session.contact_id,
            channel="email",
            to=session.transcript_to,
            subject=subject,
            text=text,
        )
    except Exception:
        ChatSession.objects.filter(pk=session_id).update(transcript_sent_at=None)
        raise


def _tell(session: ChatSession, sentence: str) -> None:
    if session.contact_id is not None:
        contacts.tell(Viewer.system(session.principal_id), contact_id=session.contact_id, text=sentence)


def _tell_panel(session: ChatSession) -> None:
    """Let the advisor's page ask again for what it knows of the customer's page."""
    advisor_id = session.contact.advisor_id if session.contact else None
    if advisor_id:
        live.push(f"user:{advisor_id}", f"typing-{session.contact_id}", contact_id=session.contact_id)
