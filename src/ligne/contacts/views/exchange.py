"""The exchange as one fragment, or as a page of its own when somebody follows a link to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext

from ligne.contacts import reads, services, words
from ligne.contacts.models import Contact, Message, Reason
from ligne.contacts.ports import Traits, channels
from ligne.contacts.views import rows
from ligne.kit import clock
from ligne.kit.http import only, viewer_of
from ligne.kit.templatetags.ui import phone
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, QUALITY, SUPERVISOR, Viewer
from ligne.staff import reads as staff

# What became of an outgoing message: tone and words beside it.
SENDING: dict[str, tuple[str, str]] = {
    Message.Sending.HELD: ("info", N_("Leaves at")),
    Message.Sending.QUEUED: ("info", N_("Leaving")),
    Message.Sending.SENT: ("ok", N_("Sent")),
    Message.Sending.FAILED: ("bad", N_("Not sent")),
    Message.Sending.BOUNCED: ("bad", N_("Came back")),
}
PROOF_TONES = {"proven": "ok", "failed": "bad", "not_needed": "mute"}
PROOF_LABELS = {
    "proven": N_("Identity verified"),
    "failed": N_("Identity not proven"),
    "not_needed": N_("Identity not needed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of the thread as it is shown. `day` is set on the first line of each day."""

    message: Message
    author: str
    day: date | None
    tone: str
    status: str
    can_undo: bool
    can_split: bool
    words: str  # of an event, translated
    is_quiet: bool  # a chat message that left: the customer reads it already, nothing to say about it


def lines_of(viewer: Viewer, contact: Contact, thread: list[Message]) -> list[Line]:
    """The thread for the page, oldest first; messages that were called back become a thin line."""
    lines: list[Line] = []
    last: date | None = None
    may_split = may_be_split(viewer, contact, thread)
    for message in thread:
        day = timezone.localtime(message.created_at).date()
        tone, status = SENDING.get(message.sending, ("", ""))
        held = message.sending == Message.Sending.HELD
        lines.append(
            Line(
                message=message,
                author=_author(viewer, contact, message),
                day=day if day != last else None,
                tone=tone,
                status=gettext(status) if status else "",
                can_undo=held and contact.advisor_id == viewer.user_id,
                can_split=may_split and message.kind == Message.Kind.IN,
                words=_words(message),
                is_quiet=contact.channel == "chat" and message.sending == Message.Sending.SENT,
            )
        )
        last = day
    return lines


def may_be_split(viewer: Viewer, contact: Contact, thread: list[Message]) -> bool:
    """Whether a message of the customer may leave this exchange: the viewer handles it, and another one stays."""
    in_hand = contact.advisor_id == viewer.user_id and contact.state in {words.ACTIVE, words.WRAP_UP}
    is_live = contact.channel in channels and channels.get(contact.channel).traits.live
    return in_hand and not is_live and sum(message.kind == Message.Kind.IN for message in thread) > 1


def _leaving(lines: list[Line], now: datetime) -> Message | None:
    """The reply that leaves within the minute and may still be called back: it has its own bar."""
    held = [line.message for line in lines if line.can_undo and line.message.send_at]
    return next((m for m in reversed(held) if m.send_at and m.send_at < now + timedelta(minutes=1)), None)


def _words(message: Message) -> str:
    if message.sending == Message.Sending.CANCELLED:
        return gettext("A message was called back before it left.")
    if message.kind != Message.Kind.EVENT or not message.text:
        return ""
    return f"{gettext(message.text)} {message.subject}".rstrip()


def _author(viewer: Viewer, contact: Contact, message: Message) -> str:
    if message.author_id is not None and message.author_id == viewer.user_id:
        return gettext("You")
    if message.author:
        return message.author.name
    if message.author_name:
        return message.author_name
    if message.kind == Message.Kind.IN:
        return sender_of(contact)
    return gettext("The centre")


def sender_of(contact: Contact) -> str:
    """Who is at the other end, as well as we know."""
    if contact.customer:
        return contact.customer.display_name
    return contact.from_name or contact.from_email or phone(contact.from_phone) or gettext("Unknown person")


def reason_groups(reasons: list[Reason]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Reasons as (heading, [(id, label)]) for a two-level choice; a heading without children is itself a choice."""
    children: dict[int, list[tuple[int, str]]] = {}
    for reason in reasons:
        if reason.parent_id:
            children.setdefault(reason.parent_id, []).append((reason.pk, reason.label))
    return [(r.label, children.get(r.pk, [(r.pk, r.label)])) for r in reasons if r.parent_id is None]


def moments(now: datetime) -> list[tuple[str, str]]:
    """Usual moments to put something off to, as (ISO instant, words)."""
    local = timezone.localtime(now)
    morning = local.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - local.weekday())
    return [
        ((now + timedelta(hours=1)).isoformat(timespec="seconds"), gettext("In an hour")),
        ((now + timedelta(hours=3)).isoformat(timespec="seconds"), gettext("In three hours")),
        ((morning + timedelta(days=1)).isoformat(), gettext("Tomorrow at 9:00")),
        (monday.isoformat(), gettext("Monday at 9:00")),
    ]


def _channel_panels(traits: Traits | None, contact: Contact) -> list[str]:
    urls = []
    for name in traits.panels if traits else ():
        try:
            urls.append(reverse(name, args=[contact.pk]))
        except NoReverseMatch:  # a channel whose pages are switched off
            continue
    return urls


def context_of(viewer: Viewer, contact: Contact) -> dict[str, Any]:
    """Everything the fragment shows of one exchange."""
    traits = channels.get(contact.channel).traits if contact.channel in channels else None
    mine = contact.advisor_id is not None and contact.advisor_id == viewer.user_id
    in_hand = mine and contact.state in {words.ACTIVE, words.WRAP_UP}
    thread = reads.thread(viewer, contact.pk)
    text, version = reads.draft(viewer, contact.pk)
    now = clock.now()
    lines = lines_of(viewer, contact, thread)
    address = channels.get(contact.channel).address_of(contact.pk) if in_hand and traits else ""
    context: dict[str, Any] = {
        "contact": contact,
        "traits": traits,
        "channel_label": gettext(traits.label) if traits else contact.channel,
        "channel_icon": traits.icon if traits else "message",
        "is_chat": bool(traits and traits.live and traits.takes_files),
        "sender": sender_of(contact),
        "sender_facts": [one for one in (contact.from_name, contact.from_email, phone(contact.from_phone)) if one],
        "state_label": gettext(words.STATE_LABELS[contact.state]),
        "mine": mine,
        "in_hand": in_hand,
        # A conversation that is over takes no word any more; a mail's address may be typed. A draft is not taken away.
        "can_reply": in_hand and (bool(address or text) or bool(traits and traits.has_subject)),
        "may_write": viewer.has_role(ADVISOR, SUPERVISOR),
        "may_note": viewer.has_role(ADVISOR, SUPERVISOR) and contact.state not in {words.OFFERED, words.CLOSED},
        "lines": lines,
        "together": rows.together(viewer, contact),
        "leaving": _leaving(lines, now),
        "draft": {"text": text, "version": version},
        "moments": moments(now),
        "channel_panels": _channel_panels(traits, contact),
        "proof_tone": PROOF_TONES.get(contact.identity_proof, ""),
        "proof_label": gettext(PROOF_LABELS[contact.identity_proof]) if contact.identity_proof in PROOF_LABELS else "",
    }
    if in_hand:
        context |= {
            "address": address,
            "pending": reads.pending_files(viewer, contact.pk),
            "questions": staff.policy(contact.principal_id, "identity_questions"),
            "reasons": reason_groups(reads.reasons(viewer, contact.principal_id)),
            "outcomes": words.CHOSEN_OUTCOMES,
            "next_steps": words.NEXT_STEPS,
        }
    if in_hand and contact.state == words.WRAP_UP and traits and traits.live:
        context["aimed_at_s"] = staff.policy(contact.principal_id, "after_call_s")
    if contact.state == words.CLOSED:
        context |= {
            "outcome": gettext(words.OUTCOME_LABELS.get(contact.outcome, contact.outcome)),
            "next_step": gettext(words.NEXT_STEP_LABELS.get(contact.next_step, contact.next_step)),
        }
    return context


def fragment(request: HttpRequest, viewer: Viewer, contact_id: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The exchange as it is now, after a verb: `more` adds what went wrong."""
    context = context_of(viewer, reads.get(viewer, contact_id)) | more
    return render(request, "contacts/exchange.html", context, status=status)


@only(ADVISOR, SUPERVISOR, QUALITY)
def show(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The exchange: a fragment for a desk, a whole page for who follows a link. Reading it is what makes it read."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    services.mentions_seen(viewer, contact_id=contact_id)
    if contact.unread and contact.advisor_id == viewer.user_id:
        services.seen(viewer, contact_id=contact_id)
        contact.unread = 0
    template = "contacts/exchange.html" if request.headers.get("HX-Request") else "contacts/page.html"
    # Drawn anew where it stands, it keeps the parts it has.
    opening = not request.headers.get("HX-Target", "").startswith("exchange-")
    return render(request, template, context_of(viewer, contact) | {"opening": opening})
