"""Which consents count. Pure; shared by the rules for calls and for messages."""

from __future__ import annotations

from datetime import datetime

from ligne.regulation.calendar import years_later
from ligne.regulation.situation import Consent, Contact

ITEMS = 5


def latest(contact: Contact) -> Consent | None:
    """The last consent given for the contact's channel before it; None when there is none."""
    given = [
        consent
        for consent in contact.consents
        if consent.channel == contact.channel and (consent.given_at is None or consent.given_at <= contact.at)
    ]
    return max(given, key=lambda consent: (consent.given_at is not None, consent.given_at), default=None)


def withdrawn(consent: Consent, at: datetime) -> bool:
    """Whether it had been withdrawn."""
    return consent.withdrawn_at is not None and consent.withdrawn_at <= at


def expired(consent: Consent, contact: Contact, *, years: int | None) -> bool:
    """Whether its own term or the legal one of `years` is over; one of unknown date cannot be shown to be in time."""
    if consent.expires_at is not None and consent.expires_at <= contact.at:
        return True
    if years is None:
        return False
    if consent.given_at is None:
        return True
    zone = contact.local.tzinfo
    given = consent.given_at.astimezone(zone)
    end = datetime.combine(years_later(given.date(), years), given.time(), zone)
    return contact.at >= end
