"""How long an agreement holds and what it is worth as proof. Pure; the law itself is `ligne.regulation`."""

from __future__ import annotations

from datetime import datetime

from ligne.kit.errors import Invalid
from ligne.kit.text import N_

PURPOSES = {
    "prospecting": N_("Commercial proposals"),
    "service": N_("Service messages"),
    "survey": N_("Satisfaction surveys"),
    "recording": N_("Recording of calls"),
}
SOURCES = {
    "oral": N_("Said on the telephone"),
    "web_form": N_("Web form"),
    "email": N_("Written by e-mail"),
    "chat": N_("Written in a chat"),
    "paper": N_("Signed paper"),
    "import": N_("Imported file"),
    "portal": N_("The customer's own page"),
    "api": N_("Another program"),
}
# The five things a request for consent must carry (C. conso R223-1; 4-regulation, rule 3).
ITEMS = 5

GIVEN, EXPIRED, WITHDRAWN = "given", "expired", "withdrawn"
STATES = {GIVEN: N_("In force"), EXPIRED: N_("Expired"), WITHDRAWN: N_("Withdrawn")}


def one_year_after(instant: datetime) -> datetime:
    """The same day a year later; 29 February becomes 28."""
    try:
        return instant.replace(year=instant.year + 1)
    except ValueError:
        return instant.replace(year=instant.year + 1, day=28)


def expiry(channel: str, purpose: str, given_at: datetime, asked: datetime | None) -> datetime | None:
    """When a consent ends: what was asked, but at most a year for prospecting by telephone (R223-1), else None.

    Raises `Invalid` when `asked` is not after `given_at`.
    """
    if asked is not None and asked <= given_at:
        raise Invalid(N_("A consent ends after it was given."), field="expires_at")
    if channel == "voice" and purpose == "prospecting":
        longest = one_year_after(given_at)
        return min(asked, longest) if asked else longest
    return asked


def state(expires_at: datetime | None, withdrawn_at: datetime | None, now: datetime) -> str:
    """ "given", "expired" or "withdrawn" at `now`."""
    if withdrawn_at is not None and withdrawn_at <= now:
        return WITHDRAWN
    if expires_at is not None and expires_at <= now:
        return EXPIRED
    return GIVEN


def proven(items: int, proof: str, attachment: str) -> bool:
    """Whether the consent can be proven as the law asks: all five mentions, and a trace of them."""
    return items >= ITEMS and bool(proof or attachment)
