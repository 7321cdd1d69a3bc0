"""Writing understood lines by batches: recognise who exists, create the others, never anybody twice.

Who a line is, in this order: its file number; its reference; the very same line imported before; a telephone or e-mail
in use by exactly one customer with the same name (or when the line has no name). What a line says replaces what the
file had, an empty cell changes nothing, points are added and never removed, a retired point stays retired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from ligne.customers.events import BatchImported
from ligne.customers.models import (
    Address,
    Consent,
    ContactPoint,
    Customer,
    ErasedOpposition,
    ImportedLine,
    Opposition,
)
from ligne.customers.rules import consents, names
from ligne.customers.rules.columns import Line
from ligne.customers.services import doors, oppositions, points
from ligne.customers.services.imports import copying
from ligne.kit import bus, clock
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


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


@dataclass
class Batch:
    """What became of some lines; `rejected` holds (line number, why)."""

    created: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    n_created: int = 0
    n_updated: int = 0
    n_unchanged: int = 0
    rejected: list[tuple[int, Invalid]] = field(default_factory=list)
    customer_of: dict[int, int] = field(default_factory=dict)  # line number -> customer, once written


class Writer:
    """Writes the lines of one import into one principal; with `dry_run` only tells what would happen."""

    def __init__(self, viewer: Viewer, principal_id: int, *, zone: str, job_id: int = 0, dry_run: bool = False) -> None:
        doors.writer(viewer, *doors.KEEPERS)
        doors.within(viewer, principal_id)
        self.viewer, self.principal_id, self.job_id, self.dry_run = viewer, principal_id, job_id, dry_run
        self.zone = ZoneInfo(zone)
        # What a dry run would have created by now: hashes, so that a million lines fit in memory.
        self._imagined: set[int] = set()

    def write(self, lines: Sequence[tuple[int, Line]]) -> Batch:
        """Write (line number, line) pairs in one transaction; a reference taken meanwhile is found at the next try."""
        if self.dry_run:
            return self._apply(lines)
        for _ in range(2):
            try:
                with transaction.atomic():
                    return self._apply(lines)
            except IntegrityError:
                continue
        with transaction.atomic():
            return self._apply(lines)

    def _apply(self, lines: Sequence[tuple[int, Line]]) -> Batch:
        known = _Known(self.principal_id, [line for _, line in lines], lock=not self.dry_run)
        batch, touched = Batch(), {}
        for number, line in lines:
            try:
                target = known.find(line)
            except Invalid as wrong:
                batch.rejected.append((number, wrong))
                continue
            if target is None and self.dry_run and self._imagined & {_mark(line)}:
                batch.n_unchanged += 1
                continue
            if target is None and self.dry_run and not line.reference and self._imagined & _point_marks(line):
                batch.n_updated += 1
                continue
            if target is None:
                target = self._open(line)
                batch.n_created += 1
            elif self._tell(target, line, known_by=line.reference in known.by_ref):
                batch.n_updated += 1
            else:
                batch.n_unchanged += 1
            if known.note(target, line):
                target.new_lines.append(ImportedLine(principal_id=self.principal_id, key=line.fingerprint))
            touched[number] = target
        if self.dry_run:
            self._imagined.update(*(_point_marks(line) | {_mark(line)} for _, line in lines))
        else:
            self._save(list({id(t): t for t in touched.values()}.values()), batch)
            batch.customer_of = {number: target.customer.pk for number, target in touched.items()}
        return batch

    def _open(self, line: Line) -> Target:
        opened = {"created_at": self._now, "updated_at": self._now, "created_by_id": self.viewer.user_id}
        customer = Customer(principal_id=self.principal_id, **opened)
        target = Target(customer, fresh=True)
        self._tell(target, line)
        return target

    def _tell(self, target: Target, line: Line, *, known_by: bool = False) -> bool:
        """Enter what the line says; whether that changed anything.

        `known_by`: the reference already leads to this customer, perhaps through a file merged into it that holds it.
        """
        changed = {n for n, v in line.facts.items() if getattr(target.customer, n) != v}
        changed -= {"external_ref"} if known_by else set()
        for name in changed:
            setattr(target.customer, name, line.facts[name])
        target.changed |= changed
        before = _size(target)
        for kind, values in (("phone", line.phones), ("email", line.emails)):
            for value in values:
                self._add_point(target, kind, value)
        if line.address:
            self._add_home(target, line.address)
        for channel in line.opposed:
            self._oppose(target, channel, "import", self._now)
        for channel, day in line.consents.items():
            self._consent(target, channel, datetime.combine(day, time(), self.zone))
        return bool(changed) or _size(target) != before

    @property
    def _now(self) -> datetime:
        return clock.now()

    def _add_point(self, target: Target, kind: str, value: str) -> None:
        if (kind, value.lower()) in target.points:
            return
        target.points.add((kind, value.lower()))
        label = points.label_of(kind, value, "")
        target.new_points.append(
            ContactPoint(
                principal_id=self.principal_id,
                kind=kind,
                value=value,
                label=label,
                primary=kind not in target.mains,
                valid_from=self._now,
            )
        )
        target.mains.add(kind)

    def _add_home(self, target: Target, stored: dict[str, str]) -> None:
        current = target.new_home or target.home
        if current is not None and all(getattr(current, k) == v for k, v in stored.items()):
            return
        if target.home is not None:
            target.retired_home = target.home
        target.new_home = Address(principal_id=self.principal_id, valid_from=self._now, **stored)
        if target.new_home.label == "main":
            target.customer.postcode = target.new_home.postcode
            target.changed.add("postcode")

    def _oppose(self, target: Target, channel: str, source: str, since: datetime) -> None:
        if channel not in target.opposed:
            target.opposed.add(channel)
            row = Opposition(principal_id=self.principal_id, channel=channel, since=since, source=source)
            target.new_oppositions.append(row)

    def _consent(self, target: Target, channel: str, given: datetime) -> None:
        if (channel, given) in target.agreed:
            return
        target.agreed.add((channel, given))
        target.new_consents.append(
            Consent(
                principal_id=self.principal_id,
                channel=channel,
                purpose="prospecting",
                given_at=given,
                expires_at=consents.expiry(channel, "prospecting", given, None),
                source="import",
                recorded_by_id=self.viewer.user_id,
            )
        )

    def _save(self, targets: list[Target], batch: Batch) -> None:
        """A handful of statements, however many lines."""
        fresh = [t for t in targets if t.fresh]
        old = [t for t in targets if not t.fresh and (t.changed or any(_additions(t)))]
        self._recall_oppositions(targets)
        copying.insert([t.customer for t in fresh])
        for target in old:
            target.customer.version += 1
            target.customer.updated_at = self._now
        changed = sorted({name for t in old for name in t.changed})
        Customer.objects.bulk_update([t.customer for t in old], [*changed, "version", "updated_at"])
        gone = [t.retired_home for t in targets if t.retired_home is not None]
        Address.objects.filter(pk__in=[a.pk for a in gone]).update(valid_to=self._now)
        for target in targets:
            for row in (*_additions(target), *target.new_lines):
                row.customer_id = target.customer.pk
        copying.insert([p for t in targets for p in t.new_points])
        copying.insert([t.new_home for t in targets if t.new_home is not None])
        copying.insert([o for t in targets for o in t.new_oppositions])
        copying.insert([c for t in targets for c in t.new_consents])
        copying.insert([n for t in targets for n in t.new_lines])
        batch.created = [t.customer.pk for t in fresh]
        batch.updated = [t.customer.pk for t in old]
        doors.learn_names([*batch.created, *batch.updated])
        doors.learn_towns({(t.new_home.city, t.new_home.postcode) for t in targets if t.new_home is not None})
        if batch.created or batch.updated:
            bus.announce(
                BatchImported(
                    subject_id=self.job_id,
                    principal_id=self.principal_id,
                    actor_id=self.viewer.user_id,
                    created=batch.created,
                    updated=batch.updated,
                )
            )

    def _recall_oppositions(self, targets: list[Target]) -> None:
        """Somebody erased who had opposed comes back in a file: their opposition comes back with them."""
        kept = ErasedOpposition.objects.filter(principal_id=self.principal_id)
        if not kept.exists():
            return
        owners = {oppositions.digest(self.principal_id, p.kind, p.value): t for t in targets for p in t.new_points}
        for row in kept.filter(digest__in=owners):
            self._oppose(owners[row.digest], row.channel, oppositions.KEPT_LIST, row.since)


class _Known:
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
        held = ContactPoint.objects.filter(principal_id=principal_id, valid_to__isnull=True)
        holders = {*held.filter(kind="phone", value__in=numbers).values_list("customer_id", flat=True)}
        holders |= {*held.filter(kind="email", email_key__in=addresses).values_list("customer_id", flat=True)}
        found = {c.pk: c for c in own.filter(pk__in=asked_ids | holders)}
        found |= {c.pk: c for c in own.filter(external_ref__in=refs)}
        lines_of = dict(
            ImportedLine.objects.filter(principal_id=principal_id, key__in=prints).values_list("key", "customer_id")
        )
        found |= {c.pk: c for c in own.filter(pk__in=set(lines_of.values()) - found.keys())}
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


def _additions(target: Target) -> list[Any]:
    homes = [target.new_home] if target.new_home else []
    return [*target.new_points, *homes, *target.new_oppositions, *target.new_consents]


def _size(target: Target) -> tuple[int, int]:
    return len(_additions(target)), id(target.new_home)


def _mark(line: Line) -> int:
    """What a dry run remembers a line by."""
    return hash(("ref", line.reference) if line.reference else ("line", line.fingerprint))


def _point_marks(line: Line) -> set[int]:
    """What a dry run remembers its points by, with the name they go with."""
    return {hash((line.name, point.lower())) for point in (*line.phones, *line.emails)}
