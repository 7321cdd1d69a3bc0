"""Finding customers by parts of numbers and by references. Ids out; merged and erased ones may be among them."""

from __future__ import annotations

from collections.abc import Iterable

from ligne.customers.models import ContactPoint, Customer


def by_phone_start(principals: Iterable[int], start: str, *, limit: int) -> list[int]:
    """Customers one of whose telephones begins with `start` (E.164, "+3363998")."""
    points = ContactPoint.objects.filter(principal_id__in=list(principals), kind="phone", value__startswith=start)
    return list(dict.fromkeys(points.values_list("customer_id", flat=True)[: limit * 4]))


def by_phone_end(principals: Iterable[int], digits: str, *, limit: int) -> list[int]:
    """Customers one of whose telephones ends with `digits`."""
    backwards = digits[::-1]
    points = ContactPoint.objects.filter(principal_id__in=list(principals), kind="phone", reversed__gte=backwards)
    points = points.filter(reversed__lt=backwards + "\U0010ffff").order_by("reversed")
    return list(dict.fromkeys(points.values_list("customer_id", flat=True)[: limit * 4]))


def by_email(principals: Iterable[int], typed: str, *, limit: int) -> list[int]:
    """Customers whose e-mail address is, or begins with, `typed` (lower case)."""
    points = ContactPoint.objects.filter(principal_id__in=list(principals), kind="email", email_key__gte=typed)
    points = points.filter(email_key__lt=typed + "\U0010ffff").order_by("email_key")
    return list(dict.fromkeys(points.values_list("customer_id", flat=True)[: limit * 4]))


def by_reference(principals: Iterable[int], reference: str) -> list[int]:
    """The customers with exactly this reference (one per principal), those merged into another included."""
    rows = Customer.objects.filter(principal_id__in=list(principals), external_ref=reference)
    return [merged or pk for pk, merged in rows.values_list("pk", "merged_into_id")[:20]]
