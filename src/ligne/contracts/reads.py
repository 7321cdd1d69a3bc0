"""What can be asked about contracts, and what they add to the customer's file."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from ligne.contracts.models import Contract
from ligne.contracts.rules import states
from ligne.customers.ports import TimelineEntry
from ligne.kit import clock
from ligne.kit.prepared import Prepared
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

FOUND = N_("contract %(number)s")

_OF_CUSTOMER = Prepared(
    lambda customer, houses: Contract.objects.filter(customer_id=customer, principal_id__in=houses).select_related(
        "product", "principal"
    )
)


def of_customer(viewer: Viewer, customer_id: int) -> list[Contract]:
    """Every contract of the customer, the latest first; none of another principal's customer."""
    return _OF_CUSTOMER.all(customer=customer_id, houses=viewer.principals)


def in_force(viewer: Viewer, customer_id: int) -> list[Contract]:
    """Those that bind today."""
    today = clock.now().date()
    return [c for c in of_customer(viewer, customer_id) if states.in_force(c.state, c.start, c.end, today)]


def find(viewer: Viewer, typed: str, limit: int) -> list[tuple[int, str]]:
    """Customers by the beginning of a contract number; registered in `customers.ports.finders`."""
    text = typed.strip().upper()
    if len(text) < 3 or not any(c.isdigit() for c in text):
        return []
    rows = Contract.objects.filter(principal_id__in=viewer.principals, number__startswith=text)
    found = rows.order_by("number").values_list("customer_id", "number")[:limit]
    return [(customer_id, gettext(FOUND) % {"number": number}) for customer_id, number in found]


def timeline(viewer: Viewer, customer_id: int, before: datetime | None = None, limit: int = 30) -> list[TimelineEntry]:
    """Beginnings and ends of contracts as entries of the customer's history (`customers.ports.timeline_sources`)."""
    entries, today = [], clock.now().date()
    for contract in of_customer(viewer, customer_id):
        detail = " · ".join(p for p in (contract.product.name if contract.product else "", contract.number) if p)
        zone = ZoneInfo(contract.principal.zone)
        began = datetime.combine(contract.start, time(), zone)
        entries.append(
            TimelineEntry(began, "signature", gettext("Beginning of a contract"), detail, **_badge(contract))
        )
        if contract.end is not None and states.shown(contract.state, contract.end, today) == states.ENDED:
            ended = datetime.combine(contract.end, time(23, 59), zone)
            entries.append(TimelineEntry(ended, "archive", gettext("End of a contract"), detail))
    now = clock.now()
    kept = [e for e in entries if e.at <= now and (before is None or e.at < before)]
    return sorted(kept, key=lambda e: e.at, reverse=True)[:limit]


def _badge(contract: Contract) -> dict[str, str]:
    state = states.shown(contract.state, contract.end, clock.now().date())
    return {"badge": gettext(states.LABELS[state]), "tone": states.TONES[state]}
