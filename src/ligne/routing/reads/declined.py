"""Offers that were given back, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ligne.kit.viewer import Viewer
from ligne.routing.models import Offer
from ligne.routing.reads.work import who_of
from ligne.routing.rules import declines

# (value, English words) of the reasons to choose from.
DECLINE_REASONS = declines.REASONS


@dataclass(frozen=True, slots=True)
class Declined:
    """One offer given back: who gave it back, why (English words to translate), and whose it was."""

    at: datetime
    advisor: str
    reason: str
    label: str
    queue: str
    who: str
    contact_id: int | None


def declined(viewer: Viewer, since: datetime, limit: int = 100) -> list[Declined]:
    """What was declined since then in the viewer's companies, newest first."""
    offers = Offer.objects.filter(
        principal_id__in=viewer.principals, outcome=Offer.Outcome.DECLINED, ended_at__gte=since
    ).select_related("advisor", "queue", "contact__customer")
    return [
        Declined(
            at=offer.ended_at or offer.offered_at,
            advisor=offer.advisor.name,
            reason=offer.reason,
            label=declines.LABELS.get(offer.reason, offer.reason),
            queue=offer.queue.name,
            who=who_of(offer.contact, None),
            contact_id=offer.contact_id,
        )
        for offer in offers.order_by("-ended_at")[:limit]
    ]
