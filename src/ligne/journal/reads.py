"""Questions to the journal, within what the viewer may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from ligne.journal.models import Delivery, Entry, EntryPersonal, Seal, Subscription
from ligne.journal.rules import chain
from ligne.kit.errors import Forbidden, NotFound
from ligne.kit.viewer import ADMINISTRATOR, Viewer

MOST = 500


@dataclass(frozen=True, slots=True)
class Trace:
    """One entry as it is shown. `personal` is empty once erased (`erased`)."""

    id: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_kind: str
    principal_id: int | None
    customer_id: int | None
    subject_type: str
    subject_id: int
    data: dict[str, Any]
    personal: dict[str, Any]
    erased: bool


def entries(
    viewer: Viewer,
    *,
    customer_id: int | None = None,
    subject: tuple[str, int] | None = None,
    kinds: Collection[str] | None = None,
    actor_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Trace]:
    """Entries the viewer may see, newest first; `before` is the id of the last one already shown.

    `subject` is ("contact", 12); the period is `since` <= at < `until`. At most 500 at once.
    """
    found = _visible(viewer)
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if subject is not None:
        found = found.filter(subject_type=subject[0], subject_id=subject[1])
    if kinds is not None:
        found = found.filter(kind__in=kinds)
    if actor_id is not None:
        found = found.filter(actor_id=actor_id)
    if since is not None:
        found = found.filter(at__gte=since)
    if until is not None:
        found = found.filter(at__lt=until)
    if before is not None:
        found = found.filter(_older_than(viewer, before))
    page = list(found.order_by("-at", "-id")[: max(1, min(limit, MOST))])
    personal = EntryPersonal.objects.in_bulk([entry.pk for entry in page if entry.personal_digest])
    return [_trace(entry, personal.get(entry.pk)) for entry in page]


def head() -> str:
    """The digest of the last seal: written down elsewhere, it proves later that the past was not rewritten."""
    last = Seal.objects.order_by("-id").values_list("digest", flat=True).first()
    return last or chain.GENESIS


def oldest_unsealed() -> tuple[int, datetime] | None:
    """The oldest entry that no seal covers, as (id, instant); None when every one is sealed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, at FROM journal_entry WHERE cluster = journal_cluster() AND xid >= coalesce("
            "  (SELECT to_xid FROM journal_seal WHERE cluster = journal_cluster() ORDER BY id DESC LIMIT 1), '0'"
            ") ORDER BY xid, id LIMIT 1"
        )
        row = cursor.fetchone()
    return (int(row[0]), row[1]) if row else None


def subscriptions(viewer: Viewer) -> list[Subscription]:
    """The webhooks of the viewer's principals, with how many deliveries wait (`waiting`) and are parked (`parked`)."""
    _administrator(viewer)
    told = Subscription.objects.filter(principal_id__in=viewer.principals)
    return list(
        told.annotate(
            waiting=Count("deliveries", filter=Q(deliveries__status=Delivery.Status.WAITING)),
            parked=Count("deliveries", filter=Q(deliveries__status=Delivery.Status.PARKED)),
        )
    )


def subscription(viewer: Viewer, subscription_id: int) -> Subscription:
    """One webhook. Raises `NotFound`, `Forbidden`."""
    _administrator(viewer)
    found = Subscription.objects.filter(pk=subscription_id, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def deliveries(viewer: Viewer, subscription_id: int, limit: int = 50) -> list[Delivery]:
    """What was told, or is to be told, to one webhook, newest first."""
    return list(subscription(viewer, subscription_id).deliveries.order_by("-pk")[:limit])


def delivery(viewer: Viewer, delivery_id: int) -> Delivery:
    """One delivery. Raises `NotFound`, `Forbidden`."""
    _administrator(viewer)
    found = Delivery.objects.filter(pk=delivery_id, subscription__principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def _administrator(viewer: Viewer) -> None:
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden


def _visible(viewer: Viewer) -> QuerySet[Entry]:
    """Entries of the viewer's principals; those of no principal (the house's own) for who administers it."""
    mine = Q(principal_id__in=viewer.principals)
    if viewer.has_role(ADMINISTRATOR):
        mine |= Q(principal_id__isnull=True)
    return Entry.objects.filter(mine)


def _older_than(viewer: Viewer, before: int) -> Q:
    """Entries after `before` in the order newest first; none when the viewer may not see `before`."""
    at = _visible(viewer).filter(pk=before).values_list("at", flat=True).first()
    if at is None:
        return Q(pk__in=[])
    return Q(at__lt=at) | Q(at=at, pk__lt=before)


def _trace(entry: Entry, personal: EntryPersonal | None) -> Trace:
    return Trace(
        id=entry.pk,
        at=entry.at,
        kind=entry.kind,
        actor_id=entry.actor_id,
        actor_kind=entry.actor_kind,
        principal_id=entry.principal_id,
        customer_id=entry.customer_id,
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        data=entry.data,
        personal=personal.fields if personal else {},
        erased=bool(entry.personal_digest) and personal is None,
    )
