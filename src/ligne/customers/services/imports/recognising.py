"""Who the lines of a batch are about: everybody they could mean is read at once, then each line finds its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from ligne.customers.models import Address, Consent, ContactPoint, Customer, ImportedLine, Opposition
from ligne.customers.rules import names
from ligne.customers.rules.columns import Line
from ligne.customers.services import doors
from ligne.kit.errors import Invalid
from ligne.kit.text import N_


@dataclass
class Target:
    """A customer that lines of the batch are about: what it has, what is to be added."""

    customer: Customer
    fresh: bool = False
    changed: set[str] = field(default_factory=set)
    points: set[tuple[str, str]] = field(default_factory=set)  # every point, retired ones too
    in_use: set[tuple[str, str]] = field(default_factory=set)
    mains: set[str] = field(default_factory=set)  # kinds that have a main point
    home: Address | None = None
    opposed: set[str] = field(default_factory=set)  # channels ever opposed, lifted ones too
    agreed: set[tuple[str, Any]] = field(default_factory=set)
    new_points: list[ContactPoint] = field(default_factory=list)
    new_home: Address | None = None
    retired_home: Address | None = None
    new_oppositions: list[Opposition] = field(default_factory=list)
    new_consents: list[Consent] = field(default_factory=list)
    new_lines: list[ImportedLine] = field(default_factory=list)

    @property
    def name(self) -> tuple[str, str]:
        """As `Line.name`."""
        c = self.customer
        if c.kind == "business" and c.company_name:
            return names.key(c.company_name), ""
        return names.key(c.last_name), names.key(c.first_name)


# Whom a telephone, an e-mail or a reference of the batch is of. Lists of a thousand are given as arrays: written into
# the statement, reading them would take longer than finding them.
_HOLDERS = """
SELECT customer_id FROM customers_contactpoint
WHERE principal_id = %(ours)s AND valid_to IS NULL AND kind = 'phone' AND value = ANY (%(numbers)s::text[])
UNION
SELECT customer_id FROM customers_contactpoint
WHERE principal_id = %(ours)s AND valid_to IS NULL AND kind = 'email' AND email_key = ANY (%(addresses)s::text[])
UNION
SELECT id FROM customers_customer
WHERE principal_id = %(ours)s AND external_ref <> '' AND external_ref = ANY (%(refs)s::text[])
"""
_LINES = """
SELECT key, customer_id FROM customers_importedline WHERE principal_id = %(ours)s AND key = ANY (%(prints)s::text[])
"""


class Known:
    """Everybody that the lines of one batch could be about: a constant number of queries."""

    def __init__(self, principal_id: int, lines: list[Line], *, lock: bool) -> None:
        self.by_ref: dict[str, Target] = {}
        self.by_line: dict[str, Target] = {}
        self.by_id: dict[int, Target] = {}
        self.by_point: dict[tuple[str, str], list[Target]] = {}
        own = Customer.objects.filter(principal_id=principal_id, erased_at__isnull=True)
        asked_ids = {line.id for line in lines if line.id}
        refs = {line.reference for line in lines if line.reference}
        prints = {line.fingerprint for line in lines if not line.reference}
        numbers = {p for line in lines for p in line.phones}
        addresses = {e.lower() for line in lines for e in line.emails}
        given = {"ours": principal_id, "numbers": [*numbers], "addresses": [*addresses], "refs": [*refs]}
        holders = {pk for (pk,) in _asked(_HOLDERS, given)}
        lines_of = dict(_asked(_LINES, {"ours": principal_id, "prints": [*prints]})) if prints else {}
        among = asked_ids | holders | set(lines_of.values())
        found = {c.pk: c for c in own.filter(pk__in=among)} if among else {}
        merged_to = _survivors(found)
        living = _load({merged_to[pk] for pk in found} | asked_ids, principal_id, lock=lock)
        for pk, customer in found.items():
            target = living.get(merged_to[pk])
            if target is None:
                continue
            self.by_id[pk] = target
            if customer.external_ref:
                self.by_ref[customer.external_ref] = target
        self.by_line = {key: self.by_id[pk] for key, pk in lines_of.items() if pk in self.by_id}
        for target in living.values():
            for point in sorted(target.in_use):
                self.by_point.setdefault(point, []).append(target)

    def find(self, line: Line) -> Target | None:
        """Who the line is about, or None for somebody new. Raises `Invalid` for a file number that is nobody's."""
        if line.id:
            if line.id not in self.by_id:
                raise Invalid(
                    N_("No customer of this company has the file number %(number)s."), field="id", number=line.id
                )
            return self._with_reference(self.by_id[line.id], line)
        if line.reference in self.by_ref:
            return self.by_ref[line.reference]
        if not line.reference and line.fingerprint in self.by_line:
            return self.by_line[line.fingerprint]
        return self._by_points(line)

    def _with_reference(self, target: Target, line: Line) -> Target:
        holder = self.by_ref.get(line.reference, target) if line.reference else target
        if holder is not target:
            raise Invalid(
                N_("Another customer already has the reference “%(reference)s”."),
                field="external_ref",
                reference=line.reference,
            )
        return target

    def _by_points(self, line: Line) -> Target | None:
        asked = [("phone", p) for p in line.phones] + [("email", e.lower()) for e in line.emails]
        near = {id(t): t for point in asked for t in self.by_point.get(point, [])}
        fitting = [
            t
            for t in near.values()
            if (not any(line.name) or t.name == line.name)
            # Two references are two customers, whatever they share.
            and (not line.reference or t.customer.external_ref in ("", line.reference))
        ]
        return fitting[0] if len(fitting) == 1 else None

    def note(self, target: Target, line: Line) -> bool:
        """Remember what the line added; True when it is to be known by its fingerprint from now on."""
        if line.reference:
            self.by_ref[line.reference] = target
        for point in [("phone", p) for p in line.phones] + [("email", e.lower()) for e in line.emails]:
            holders = self.by_point.setdefault(point, [])
            if all(t is not target for t in holders):
                holders.append(target)
        if line.reference or line.id or line.fingerprint in self.by_line:
            return False
        self.by_line[line.fingerprint] = target
        return True


def _asked(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The answer, planned anew each time: the tables may be empty when an import begins."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def _survivors(found: dict[int, Customer]) -> dict[int, int]:
    """{id: id under which that customer lives today}, following merges."""
    last = {pk: c.merged_into_id or pk for pk, c in found.items()}
    while True:
        gone = Customer.objects.filter(pk__in=set(last.values()), merged_into__isnull=False)
        moved = dict(gone.values_list("pk", "merged_into_id"))
        if not moved:
            return last
        last = {pk: moved.get(end) or end for pk, end in last.items()}


def _load(ids: set[int], principal_id: int, *, lock: bool) -> dict[int, Target]:
    rows = doors.lock_customers(ids) if lock else list(Customer.objects.filter(pk__in=ids))
    living = [c for c in rows if c.principal_id == principal_id and not c.merged_into_id and not c.erased_at]
    targets = {c.pk: Target(c) for c in living}
    for point in ContactPoint.objects.filter(customer_id__in=targets):
        target = targets[point.customer_id]
        target.points.add((point.kind, point.value.lower()))
        if point.valid_to is None:
            target.in_use.add((point.kind, point.value.lower()))
        if point.primary and point.valid_to is None:
            target.mains.add(point.kind)
    for home in Address.objects.filter(customer_id__in=targets, label="main", valid_to__isnull=True):
        targets[home.customer_id].home = home
    for pk, channel in Opposition.objects.filter(customer_id__in=targets).values_list("customer_id", "channel"):
        targets[pk].opposed.add(channel)
    for row in Consent.objects.filter(customer_id__in=targets, purpose="prospecting"):
        targets[row.customer_id].agreed.add((row.channel, row.given_at))
    return targets
