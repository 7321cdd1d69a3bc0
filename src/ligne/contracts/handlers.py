"""What contracts do when something happens in the customer's file below. Idempotent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from ligne.contracts.models import Contract


def move_customer(from_id: int, to_id: int, undo: Any) -> Any:
    """Two files become one: contracts follow; `undo` holds the ids moved before (`customers.ports.movers`)."""
    rows = Contract.objects.filter(customer_id=from_id)
    if undo is not None:
        rows = rows.filter(pk__in=undo)
    ids = sorted(rows.values_list("pk", flat=True))
    Contract.objects.filter(pk__in=ids).update(customer_id=to_id)
    return ids


def keep_customers(customer_ids: Sequence[int], since: datetime) -> set[int]:
    """Of these customers, those with a contract that ran at some time since (`customers.ports.keepers`)."""
    running = Contract.objects.filter(customer_id__in=list(customer_ids))
    running = running.filter(Q(end__isnull=True) | Q(end__gte=since.date()))
    return set(running.values_list("customer_id", flat=True))
