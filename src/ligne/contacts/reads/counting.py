"""Contacts of every principal, as the floor counts them: the rows it needs, with the columns it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from ligne.contacts.models import Contact
from ligne.kit import sql
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared

_COUNTED = Prepared(lambda contact: _columns().filter(pk=contact))


def counted(contact_id: int) -> Contact:
    """The contact as it stands in the present transaction."""
    found = _COUNTED.one(contact=contact_id)
    if found is None:
        raise NotFound
    return found


class Untouched(NamedTuple):
    """Exchanges that came together and to which nothing has happened since."""

    principal_id: int
    queue: str
    channel: str
    direction: str
    arrived_at: datetime
    ids: list[int]


def untouched(contact_ids: Iterable[int]) -> list[Untouched]:
    """Those of these exchanges that stand as they arrived, the alike together; the others are left out."""
    found = sql.rows(
        """
        SELECT principal_id, queue, channel, direction, arrived_at, array_agg(id) FROM contacts_contact
         WHERE id = ANY (%(ids)s::bigint[]) AND state = 'waiting' AND outcome = '' AND advisor_id IS NULL
           AND accepted_at IS NULL AND first_reply_at IS NULL AND wrapped_up_at IS NULL
         GROUP BY principal_id, queue, channel, direction, arrived_at
        """,
        {"ids": sql.array(contact_ids)},
        planned=False,
    )
    return [Untouched(*row) for row in found]


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
