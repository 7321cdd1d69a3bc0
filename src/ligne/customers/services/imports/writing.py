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
from ligne.customers.rules import consents
from ligne.customers.rules.columns import Line
from ligne.customers.services import doors, oppositions, points
from ligne.customers.services.imports import copying
from ligne.customers.services.imports.recognising import Known, Target
from ligne.kit import bus, clock
from ligne.kit.errors import Invalid
from ligne.kit.viewer import Viewer


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
        self._now = clock.now()  # of the batch
        self._blank = _Blanks(viewer, principal_id)
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
        self._now = clock.now()
        known = Known(self.principal_id, [line for _, line in lines], lock=not self.dry_run)
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
                target.new_lines.append(self._blank.line.row(key=line.fingerprint))
            touched[number] = target
        if self.dry_run:
            self._imagined.update(*(_point_marks(line) | {_mark(line)} for _, line in lines))
        else:
            self._save(list({id(t): t for t in touched.values()}.values()), batch)
            batch.customer_of = {number: target.customer.pk for number, target in touched.items()}
        return batch

    def _open(self, line: Line) -> Target:
        target = Target(self._blank.customer.row(created_at=self._now, updated_at=self._now), fresh=True)
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

    def _add_point(self, target: Target, kind: str, value: str) -> None:
        if (kind, value.lower()) in target.points:
            return
        target.points.add((kind, value.lower()))
        label = points.label_of(kind, value, "")
        target.new_points.append(
            self._blank.point.row(
                kind=kind, value=value, label=label, primary=kind not in target.mains, valid_from=self._now
            )
        )
        target.mains.add(kind)

    def _add_home(self, target: Target, stored: dict[str, str]) -> None:
        current = target.new_home or target.home
        if current is not None and all(getattr(current, k) == v for k, v in stored.items()):
            return
        if target.home is not None:
            target.retired_home = target.home
        target.new_home = self._blank.home.row(valid_from=self._now, **stored)
        if target.new_home.label == "main":
            target.customer.postcode = target.new_home.postcode
            target.changed.add("postcode")

    def _oppose(self, target: Target, channel: str, source: str, since: datetime) -> None:
        if channel not in target.opposed:
            target.opposed.add(channel)
            target.new_oppositions.append(self._blank.opposition.row(channel=channel, since=since, source=source))

    def _consent(self, target: Target, channel: str, given: datetime) -> None:
        if (channel, given) in target.agreed:
            return
        target.agreed.add((channel, given))
        target.new_consents.append(
            self._blank.consent.row(
                channel=channel, given_at=given, expires_at=consents.expiry(channel, "prospecting", given, None)
            )
        )

    def _save(self, targets: list[Target], batch: Batch) -> None:
        """A handful of statements, however many lines."""
        fresh = [t for t in targets if t.fresh]
        old = [t for t in targets if not t.fresh and (t.changed or any(_additions(t)))]
        self._recall_oppositions(targets)
        copying.insert([t.customer for t in fresh], numbered=True)
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
        doors.learn_towns((t.new_home.city, t.new_home.postcode) for t in targets if t.new_home is not None)
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


class _Blanks:
    """The rows that an import makes, with what is the same in all of them."""

    def __init__(self, viewer: Viewer, principal_id: int) -> None:
        ours = {"principal_id": principal_id}
        self.customer = copying.Blank(Customer, **ours, created_by_id=viewer.user_id)
        self.point = copying.Blank(ContactPoint, **ours)
        self.home = copying.Blank(Address, **ours)
        self.opposition = copying.Blank(Opposition, **ours)
        said = {"purpose": "prospecting", "source": "import", "recorded_by_id": viewer.user_id}
        self.consent = copying.Blank(Consent, **ours, **said)
        self.line = copying.Blank(ImportedLine, **ours)


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
