"""Who may change customers' files, and how a file is locked. Used by the verbs, not a verb itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from ligne.customers.models import Address, Customer
from ligne.customers.rules import names
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
    """Enter the names of these customers in the dictionaries that misspelt names are searched in."""
    for statement in _LEARN_NAMES:
        _learn(statement, {"ids": customer_ids})


def learn_towns(places: Iterable[tuple[str, str]]) -> None:
    """Enter (town as written, postcode) pairs in the dictionary of towns."""
    pairs = {(names.key(town), postcode) for town, postcode in {*places} if town and postcode}
    if pairs:
        keys, postcodes = zip(*sorted(pairs), strict=True)
        _learn(_LEARN_TOWNS, {"keys": list(keys), "postcodes": list(postcodes)})


# Sorted, so that two writers meet in the same order; what is known already costs no write.
_LEARN = """
INSERT INTO {dictionary} ({columns})
SELECT {columns} FROM (SELECT DISTINCT {said}) AS said
WHERE key <> '' AND NOT EXISTS (SELECT 1 FROM {dictionary} AS known WHERE {same})
ORDER BY {columns} ON CONFLICT DO NOTHING
"""
_LEARN_NAMES = [
    _LEARN.replace("{dictionary}", dictionary)
    .replace("{columns}", "key")
    .replace("{said}", f"{column} AS key FROM customers_customer WHERE id = ANY (%(ids)s::bigint[])")
    .replace("{same}", "known.key = said.key")
    for dictionary, column in (("customers_surname", "surname_key"), ("customers_firstname", "first_key"))
]
_LEARN_TOWNS = (
    _LEARN.replace("{dictionary}", "customers_town")
    .replace("{columns}", "key, postcode")
    .replace(
        "{said}",
        "key, postcode FROM unnest(%(keys)s::text[], %(postcodes)s::text[]) AS given(key, postcode)",
    )
    .replace("{same}", "known.key = said.key AND known.postcode = said.postcode")
)


def _learn(statement: str, given: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def place(*customer_ids: int) -> None:
    """Write beside the names of these locked customers where they live now, and enter the town in its dictionary."""
    homes = Address.objects.filter(customer_id__in=customer_ids, valid_to__isnull=True)
    # Where there are several, the main one comes last and stands.
    main = {home.customer_id: home for home in sorted(homes, key=lambda home: (home.label == "main", home.pk))}
    for customer_id in customer_ids:
        home = main.get(customer_id)
        Customer.objects.filter(pk=customer_id).update(postcode=home.postcode if home else "")
    learn_towns({(home.city, home.postcode) for home in main.values()})


def lock_customers(ids: Iterable[int]) -> list[Customer]:
    """Lock many customers at once, in order of id (imports); those that do not exist are left out."""
    return list(Customer.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk"))
