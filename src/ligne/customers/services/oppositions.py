"""Being left alone: oppositions, and the minimal list that outlives an erasure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from django.db import transaction

from ligne.customers.events import OppositionLifted, OppositionRaised
from ligne.customers.models import ContactPoint, Customer, ErasedOpposition, Opposition
from ligne.customers.rules import consents, facts
from ligne.customers.services import doors
from ligne.kit import bus, clock, sealed
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

KEPT_LIST = "kept_list"


def oppose(viewer: Viewer, *, customer_id: int, channel: str = "", source: str = "oral") -> Opposition:
    """The customer no longer wants to be solicited on `channel` ("": on any). Saying it twice keeps the first date."""
    doors.writer(viewer)
    _check(channel, source)
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        return _raise(viewer, customer, channel, source)


def lift(viewer: Viewer, *, customer_id: int, channel: str = "", source: str = "oral") -> list[Opposition]:
    """The customer asked to be contacted again on `channel` ("": every opposition is lifted). Returns those lifted."""
    doors.writer(viewer)
    _check(channel, source)
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        standing = Opposition.objects.filter(customer=customer, lifted_at__isnull=True)
        rows = list(standing.filter(channel=channel) if channel else standing)
        for row in rows:
            row.lifted_at, row.lift_source = clock.now(), source
            row.save(update_fields=["lifted_at", "lift_source"])
            bus.announce(
                OppositionLifted(
                    subject_id=customer.pk,
                    principal_id=customer.principal_id,
                    customer_id=customer.pk,
                    actor_id=viewer.user_id,
                    opposition_id=row.pk,
                    channel=row.channel,
                    source=source,
                )
            )
    return rows


def digest(principal_id: int, kind: str, value: str) -> str:
    """What a telephone or e-mail is remembered by once erased: a keyed hash, useless without the key."""
    text = f"{principal_id}:{kind}:{value.lower()}"
    return hmac.new(sealed.lasting("customers.opposition"), text.encode(), hashlib.sha256).hexdigest()


def keep(customer: Customer) -> int:
    """Before `customer` is erased: remember by hash that its points oppose. Returns how many hashes are kept."""
    standing = list(Opposition.objects.filter(customer=customer, lifted_at__isnull=True))
    rows = [
        ErasedOpposition(
            principal_id=customer.principal_id,
            digest=digest(customer.principal_id, point.kind, point.value),
            channel=opposition.channel,
            since=opposition.since,
        )
        for point in ContactPoint.objects.filter(customer=customer)
        for opposition in standing
    ]
    ErasedOpposition.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def remember_erased(viewer: Viewer, customer: Customer, points: Iterable[ContactPoint]) -> None:
    """When somebody who opposed and was erased comes back by the same point, their opposition comes back too."""
    digests = [digest(customer.principal_id, p.kind, p.value) for p in points]
    for row in ErasedOpposition.objects.filter(principal_id=customer.principal_id, digest__in=digests):
        _raise(viewer, customer, row.channel, KEPT_LIST)


def _raise(viewer: Viewer, customer: Customer, channel: str, source: str) -> Opposition:
    row, fresh = Opposition.objects.get_or_create(
        customer=customer,
        channel=channel,
        lifted_at=None,
        defaults={"principal_id": customer.principal_id, "since": clock.now(), "source": source},
    )
    if fresh:
        bus.announce(
            OppositionRaised(
                subject_id=customer.pk,
                principal_id=customer.principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                opposition_id=row.pk,
                channel=channel,
                source=source,
            )
        )
    return row


def _check(channel: str, source: str) -> None:
    for field, value, options in (
        ("channel", channel or "voice", facts.CHANNELS),
        ("source", source, consents.SOURCES),
    ):
        if value not in options:
            raise Invalid(
                N_("“%(value)s” is not possible here; choose one of: %(options)s."),
                field=field,
                value=value,
                options=", ".join(options),
            )
