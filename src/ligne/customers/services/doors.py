"""Who may change customers' files, and how a file is locked. Used by the verbs, not a verb itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from ligne.customers.models import Customer, Surname
from ligne.kit import clock, locks
from ligne.kit.errors import Forbidden, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR, Viewer

WRITERS = (ADVISOR, SUPERVISOR, ADMINISTRATOR)
KEEPERS = (SUPERVISOR, ADMINISTRATOR)  # those who erase, import and export


def writer(viewer: Viewer, *roles: str) -> None:
    """Raise `Forbidden` unless the viewer may change files (or holds one of `roles`)."""
    if not viewer.has_role(*(roles or WRITERS)) or not viewer.allows("customers:write"):
        raise Forbidden(N_("Your role does not allow changing customers' files. Nothing was changed."))


def within(viewer: Viewer, principal_id: int) -> None:
    """Raise `NotFound` unless the principal exists for this viewer."""
    if not viewer.sees(principal_id):
        raise NotFound


def lock_customer(viewer: Viewer, customer_id: int) -> Customer:
    """Lock a living customer's row (rank 40, after the contact's) and return it fresh. Raises `NotFound`."""
    customer = locks.row(Customer, pk=customer_id)
    if not viewer.sees(customer.principal_id) or customer.merged_into_id or customer.erased_at:
        raise NotFound
    return customer


def touch(customer: Customer, **changes: Any) -> None:
    """Write `changes` to the locked row and count its version up: an open form of the older version becomes stale."""
    changes |= {"version": customer.version + 1, "updated_at": clock.now()}
    Customer.objects.filter(pk=customer.pk).update(**changes)
    for name, value in changes.items():
        setattr(customer, name, value)


def learn_names(customer_ids: list[int]) -> None:
    """Enter the names of these customers in the dictionary that misspelt names are searched in."""
    keys = Customer.objects.filter(pk__in=customer_ids).exclude(surname_key="").values_list("surname_key", flat=True)
    fresh = sorted(set(keys))
    known = set(Surname.objects.filter(key__in=fresh).values_list("key", flat=True))
    # Sorted, so that two writers meet in the same order; names that exist already cost no write.
    rows = [Surname(key=key) for key in fresh if key not in known]
    with transaction.atomic():
        Surname.objects.bulk_create(rows, ignore_conflicts=True)


def lock_customers(ids: Iterable[int]) -> list[Customer]:
    """Lock many customers at once, in order of id (imports); those that do not exist are left out."""
    return list(Customer.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk"))
