"""What exists for a viewer: living customers of their principals, nothing else. Every other read starts here."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from ligne.customers.models import Customer
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer


def visible(viewer: Viewer) -> QuerySet[Customer]:
    """Customers of the viewer's principals, neither merged away nor erased."""
    return Customer.objects.filter(principal_id__in=viewer.principals, merged_into__isnull=True, erased_at__isnull=True)


_LIVING = Prepared(
    lambda number, houses: Customer.objects.filter(
        pk=number, principal_id__in=houses, merged_into__isnull=True, erased_at__isnull=True
    ).select_related("principal")
)
_FATE = Prepared(
    lambda number, houses: Customer.objects.filter(pk=number, principal_id__in=houses).values_list(
        "merged_into_id", "erased_at"
    )
)


def get(viewer: Viewer, customer_id: int) -> Customer:
    """The customer with its principal. Raises `NotFound` (also when merged, erased, or of another principal)."""
    customer = _LIVING.one(number=customer_id, houses=viewer.principals)
    if customer is None:
        raise NotFound
    return customer


def survivor(viewer: Viewer, customer_id: int) -> int:
    """The id under which this customer lives today: its own, or that of the file it was merged into."""
    seen: set[int] = set()
    current: int | None = customer_id
    while current is not None and current not in seen:
        seen.add(current)
        found = _FATE.one(number=current, houses=viewer.principals)
        if found is None or found[1] is not None:
            raise NotFound
        if found[0] is None:
            return current
        current = found[0]
    raise NotFound


def key_of(text: str) -> str:
    """`text` as the database writes name keys (the same function as the generated columns)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ligne_key(%s)", [text.replace("\x00", "")])
        return str(cursor.fetchone()[0] or "")
