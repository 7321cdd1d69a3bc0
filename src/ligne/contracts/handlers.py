"""What contracts do when something happens in the customer's file below. Idempotent."""

from __future__ import annotations

from typing import Any

from ligne.contracts.models import Contract


def move_customer(from_id: int, to_id: int, undo: Any) -> Any:
    """Two files become one: contracts follow; `undo` holds the ids moved before (`customers.ports.movers`)."""
    rows = Contract.objects.filter(customer_id=from_id)
    if undo is not None:
        rows = rows.filter(pk__in=undo)
    ids = sorted(rows.values_list("pk", flat=True))
    Contract.objects.filter(pk__in=ids).update(customer_id=to_id)
    return ids
