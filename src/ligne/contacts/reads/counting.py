"""Contacts of every principal, as the floor counts them: the rows it needs, with the columns it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from ligne.contacts.models import Contact
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared

_COUNTED = Prepared(lambda contact: _columns().filter(pk=contact))


def counted(contact_id: int) -> Contact:
    """The contact as it stands in the present transaction."""
    found = _COUNTED.one(contact=contact_id)
    if found is None:
        raise NotFound
    return found


def counted_among(contact_ids: Iterable[int]) -> list[Contact]:
    """`counted` for many."""
    return list(_columns().filter(pk__in=list(contact_ids)))


def counted_between(start: datetime, end: datetime) -> Iterator[Contact]:
    """Contacts that arrived or were wrapped up in [`start`, `end`[."""
    arrived = Q(arrived_at__gte=start, arrived_at__lt=end)
    closed = Q(wrapped_up_at__gte=start, wrapped_up_at__lt=end)
    return _columns().filter(arrived | closed).order_by("id").iterator(chunk_size=2000)


def first_arrival() -> datetime | None:
    """When the first contact arrived; None when none ever did."""
    return Contact.objects.order_by("arrived_at").values_list("arrived_at", flat=True).first()


def under_way() -> list[tuple[int, str, int]]:
    """Every exchange that is not closed, as (id, state, principal id)."""
    return list(Contact.objects.exclude(state="closed").values_list("pk", "state", "principal_id"))


def _columns() -> QuerySet[Contact]:
    return Contact.objects.only(
        "id",
        "principal_id",
        "queue",
        "advisor_id",
        "channel",
        "direction",
        "state",
        "outcome",
        "arrived_at",
        "accepted_at",
        "first_reply_at",
        "wrapped_up_at",
    )
