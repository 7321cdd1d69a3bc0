"""Telling programs outside what happens: subscribe, keep a delivery with the entry, deliver, try again, park."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from ligne.journal import reads
from ligne.journal.events import SubscriptionChanged
from ligne.journal.models import Delivery, Entry, EntryPersonal, Subscription
from ligne.journal.rules import webhooks as rules
from ligne.journal.services.posting import NotDelivered, post
from ligne.kit import bus, clock, outgoing, sealed
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, Viewer

PURPOSE = "webhook"
"""The purpose for which signing secrets are sealed."""
# A new subscription is known to every process within that many seconds.
_KNOWN_FOR_S = 5.0
_known: tuple[float, list[tuple[int, int, frozenset[str]]]] = (float("-inf"), [])


def subscribe(
    viewer: Viewer, *, principal_id: int, url: str, kinds: Iterable[str] = (), personal: bool = False
) -> tuple[str, Subscription]:
    """Tell `url` what happens to a principal (`kinds` empty: everything); returns the signing secret and the row.

    Raises `Forbidden`, `NotFound`, `Invalid` (url, kinds).
    """
    _administrator(viewer)
    if not viewer.sees(principal_id):
        raise NotFound
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        row = Subscription.objects.create(
            principal_id=principal_id,
            url=_checked(url),
            secret=sealed.seal(PURPOSE, secret),
            kinds=_kinds(kinds),
            personal=personal,
            created_at=clock.now(),
            created_by_id=viewer.user_id,
        )
        _announce(viewer, row, "subscribed")
    forget_known()
    return secret, row


def change(
    viewer: Viewer,
    *,
    subscription_id: int,
    url: str | None = None,
    kinds: Iterable[str] | None = None,
    personal: bool | None = None,
    active: bool | None = None,
) -> Subscription:
    """Change what is given, leave the rest. Raises `Forbidden`, `NotFound`, `Invalid`."""
    _administrator(viewer)
    with transaction.atomic():
        row = reads.subscription(viewer, subscription_id)
        if url is not None:
            row.url = _checked(url)
        if kinds is not None:
            row.kinds = _kinds(kinds)
        if personal is not None:
            row.personal = personal
        if active is not None:
            row.active = active
        row.save()
        _announce(viewer, row, "changed")
    forget_known()
    return row


def unsubscribe(viewer: Viewer, *, subscription_id: int) -> None:
    """Tell that address nothing any more; what waited for it is dropped. Raises `Forbidden`, `NotFound`."""
    _administrator(viewer)
    with transaction.atomic():
        row = reads.subscription(viewer, subscription_id)
        _announce(viewer, row, "unsubscribed")
        row.delete()
    forget_known()


def retry(viewer: Viewer, *, delivery_id: int) -> Delivery:
    """Send a parked delivery again, for another day. Raises `Forbidden`, `NotFound`."""
    _administrator(viewer)
    with transaction.atomic():
        row = reads.delivery(viewer, delivery_id)
        if row.status == Delivery.Status.PARKED:
            row.status, row.attempts, row.next_at, row.created_at = Delivery.Status.WAITING, 0, clock.now(), clock.now()
            row.save(update_fields=["status", "attempts", "next_at", "created_at"])
    return row


def prepare(event: bus.Event, entry_id: int) -> list[int]:
    """In the transaction that announces `event`: keep a delivery for each subscription to it; returns their ids."""
    if event.principal_id is None:
        return []
    asked = [
        number
        for number, principal_id, kinds in _subscriptions()
        if principal_id == event.principal_id and (not kinds or event.kind in kinds)
    ]
    if not asked:
        return []
    living = Subscription.objects.filter(pk__in=asked, active=True).values_list("pk", flat=True)
    rows = [
        Delivery(subscription_id=pk, entry_id=entry_id, kind=event.kind, created_at=clock.now(), next_at=clock.now())
        for pk in living
    ]
    return [row.pk for row in Delivery.objects.bulk_create(rows)]


def deliver(delivery_id: int) -> datetime | None:
    """Make one attempt; returns when to make the next, None when there is none to make.

    Two workers never deliver the same thing at the same time; doing it again once delivered does nothing.
    """
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("subscription")
            .filter(pk=delivery_id, status=Delivery.Status.WAITING, subscription__active=True)
            .first()
        )
        if row is None:
            return None
        now = clock.now()
        row.attempts += 1
        try:
            row.answer = _send(row, now)
            row.status, row.delivered_at = Delivery.Status.DELIVERED, now
        except NotDelivered as why:
            row.answer = str(why)[:200]
            again = rules.next_attempt(attempts=row.attempts, created_at=row.created_at, now=now)
            row.status = Delivery.Status.PARKED if again is None else Delivery.Status.WAITING
            row.next_at = again or row.next_at
        row.save(update_fields=["attempts", "answer", "status", "delivered_at", "next_at"])
        return row.next_at if row.status == Delivery.Status.WAITING else None


def due(now: datetime, limit: int = 200) -> list[int]:
    """Deliveries whose time has come."""
    waiting = Delivery.objects.filter(status=Delivery.Status.WAITING, next_at__lte=now, subscription__active=True)
    return list(waiting.order_by("next_at").values_list("pk", flat=True)[:limit])


def forget_known() -> None:
    """Ask the database for the subscriptions at the next event."""
    global _known  # noqa: PLW0603 - this process's short memory
    _known = (float("-inf"), [])


def _subscriptions() -> list[tuple[int, int, frozenset[str]]]:
    """(id, principal id, kinds) of the active subscriptions, asked at most every few seconds."""
    global _known  # noqa: PLW0603 - this process's short memory
    if time.monotonic() - _known[0] > _KNOWN_FOR_S:
        rows = Subscription.objects.filter(active=True).values_list("pk", "principal_id", "kinds")
        _known = (time.monotonic(), [(pk, principal, frozenset(kinds)) for pk, principal, kinds in rows])
    return _known[1]


def _send(row: Delivery, now: datetime) -> str:
    entry = Entry.objects.filter(pk=row.entry_id).first()
    if entry is None:
        raise NotDelivered("the entry is gone")
    body = json.dumps(_told(row, entry), ensure_ascii=False, separators=(",", ":")).encode()
    secret = sealed.unseal(PURPOSE, row.subscription.secret)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Ligne-Claire-Webhooks/1",
        "Ligne-Delivery": str(row.pk),
        "Ligne-Signature": rules.signature(secret, body, now),
    }
    return post(row.subscription.url, body, headers)


def _told(row: Delivery, entry: Entry) -> dict[str, Any]:
    told = {
        "id": str(row.pk),
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "subject": {"type": entry.subject_type, "id": entry.subject_id},
        "principal": entry.principal_id,
        "customer_id": entry.customer_id,
        "data": entry.data,
    }
    if row.subscription.personal:
        personal = EntryPersonal.objects.filter(pk=entry.pk).first()
        told["personal"] = personal.fields if personal else {}
    return told


def _checked(url: str) -> str:
    """`url` when it may be called. Raises `Invalid`."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return rules.check_url(url, private=outgoing.may_be_inside(host))


def _kinds(kinds: Iterable[str]) -> list[str]:
    asked = sorted(set(kinds))
    unknown = [kind for kind in asked if kind not in bus.kinds]
    if unknown:
        raise Invalid(N_("There is no event called “%(kind)s”. Nothing was saved."), field="kinds", kind=unknown[0])
    return asked


def _announce(viewer: Viewer, row: Subscription, what: str) -> None:
    bus.announce(
        SubscriptionChanged(
            subject_id=row.pk,
            principal_id=row.principal_id,
            actor_id=viewer.user_id,
            what=what,
            personal_too=row.personal,
        )
    )


def _administrator(viewer: Viewer) -> None:
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden
