"""Exchanges as rows: the customer's others, and those that stand with the one shown."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from ligne.contacts import reads, words
from ligne.contacts.models import Contact
from ligne.contacts.ports import channels
from ligne.kit.viewer import Viewer

TONES = {"resolved": "ok", "abandoned": "bad"}


def row_of(contact: Contact) -> dict[str, Any]:
    """One exchange in a list: its channel's icon, what it is about, where it stands, with whom."""
    traits = channels.get(contact.channel).traits if contact.channel in channels else None
    is_closed = contact.state == words.CLOSED
    label = words.OUTCOME_LABELS.get(contact.outcome, "") if is_closed else words.STATE_LABELS[contact.state]
    return {
        "id": contact.pk,
        "icon": traits.icon if traits else "message",
        "title": contact.subject or (gettext(traits.label) if traits else contact.channel),
        "state": gettext(label) if label else "",
        "tone": TONES.get(contact.outcome, "mute") if is_closed else "info",
        "advisor": contact.advisor.name if contact.advisor else "",
        "at": contact.arrived_at,
    }


def joinable(viewer: Viewer, contact: Contact) -> list[dict[str, Any]]:
    """The customer's other exchanges, each with whether it may be merged and whether it is linked already."""
    linked = {one.pk for one in reads.linked(viewer, contact.pk)}
    return [
        row_of(one)
        | {
            "can_merge": one.state != words.CLOSED and one.channel == contact.channel,
            "linked": one.pk in linked,
        }
        for one in reads.joinable(viewer, contact.pk)
    ]


def together(viewer: Viewer, contact: Contact) -> list[dict[str, Any]]:
    """What stands with an exchange: those merged into it, then those linked to it."""
    merged = [row_of(one) | {"merged": True, "sign": "arrows-join"} for one in reads.merged_here(viewer, contact.pk)]
    return merged + [row_of(one) | {"merged": False, "sign": "link"} for one in reads.linked(viewer, contact.pk)]
