"""What exists for a viewer: living customers of their principals, nothing else. Every other read starts here."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from ligne.customers.models import Customer
from ligne.kit import sql
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer


def visible(viewer: Viewer) -> QuerySet[Customer]:
    """Customers of the viewer's principals, neither merged away nor erased."""
    return Customer.objects.filter(principal_id__in=viewer.principals, merged_into__isnull=True, erased_at__isnull=True)


def get(viewer: Viewer, customer_id: int) -> Customer:
    """The customer. Raises `NotFound` (also when merged, erased, or of another principal)."""
    customer = sql.one(visible(viewer).filter(pk=customer_id))
    if customer is None:
        raise NotFound
    return customer


def survivor(viewer: Viewer, customer_id: int) -> int:
    """The id under which this customer lives today: its own, or that of the file it was merged into."""
    seen: set[int] = set()
    current: int | None = customer_id
    while current is not None and current not in seen:
        seen.add(current)
        row = Customer.objects.filter(pk=current, principal_id__in=viewer.principals)
        found = row.values_list("merged_into_id", "erased_at").first()
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
