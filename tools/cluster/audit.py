"""What clients were told against what is kept."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection

from ligne.contacts.models import Contact, Message
from ligne.journal import services as journal
from ligne.routing.models import Offer, WorkItem
from ligne.site.simulation import audit
from tools.cluster.clients import Ledger


def compare(ledger: Ledger) -> dict[str, Any]:
    """Counts, and by name what was lost, doubled or disagrees: empty when the centre kept its word."""
    audit.wait_for_the_database()
    arrivals = Counter(Contact.objects.exclude(external_id="").values_list("external_id", flat=True))
    mails = Counter(
        identity.strip("<>").partition("@")[0]
        for identity in Message.objects.filter(kind="in").values_list("external_id", flat=True)
    )
    lost, doubled = [], []
    for door, kept in (("api", arrivals), ("mail", mails)):
        for identity in ledger.kept.get(door, {}):
            seen = kept[identity]
            lost += [f"{door} {identity}"] if seen == 0 else []
            doubled += [f"{door} {identity}"] if seen > 1 else []
    own = audit.compare([])  # answers that left once, states that agree with one another
    verified = journal.verify()
    disagree = [*own.wrong, *verified.problems[:5], *_two_offers()]
    return {
        "acknowledged": {door: len(kept) for door, kept in ledger.kept.items()},
        "given_up": ledger.given_up,
        "lost": lost + own.lost,
        "doubled": doubled + own.doubled,
        "disagree": disagree,
        "journal_entries": verified.entries,
    }


def sizes() -> dict[str, int]:
    """Bytes of the database, of everything written ahead since it was made, and how many contacts there are."""
    audit.wait_for_the_database()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_database_size(current_database()), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
        )
        database, written = cursor.fetchone()
    return {"database": database, "written": written, "contacts": Contact.objects.count()}


def each_contact(before: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    """What one contact added, from arrival to wrap-up: bytes of the database and bytes sent to each replica."""
    contacts = max(1, now["contacts"] - before["contacts"])
    return {
        "bytes_per_contact": (now["database"] - before["database"]) // contacts,
        "wal_bytes_per_contact": (now["written"] - before["written"]) // contacts,
    }


def _two_offers() -> list[str]:
    """Work that two routers would have offered at once."""
    open_offers = Counter(Offer.objects.filter(ended_at=None).values_list("item_id_was", flat=True))
    twice = [f"item {item} is offered {times} times" for item, times in open_offers.items() if times > 1]
    advisors = Counter(WorkItem.objects.filter(state="offered", live=True).values_list("advisor_id", flat=True))
    return twice + [f"advisor {one} has {times} live offers" for one, times in advisors.items() if times > 1]
