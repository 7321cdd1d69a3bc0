"""Looking at the house's promises: a breach is journalled and announced once, and closes by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import DatabaseError, transaction

from ligne.kit import bus, clock, live, locks
from ligne.kit.invariants import Invariant, Offender, invariants
from ligne.staff import reads as staff
from ligne.supervision.events import PromiseBroken, PromiseHolds
from ligne.supervision.models import Breach, Check

log = structlog.get_logger(__name__)
SHOWN = 20


def check(now: datetime | None = None) -> list[str]:
    """Look at every promise; returns the names of those that do not hold. One's trouble does not hide the others'."""
    at = now or clock.now()
    broken = []
    for one in invariants:
        trouble = ""
        try:
            with transaction.atomic():
                if _look(one, at):
                    broken.append(one.name)
        except DatabaseError as error:
            trouble = type(error).__name__
            log.exception("invariant.not_checked", invariant=one.name)
        Check.objects.update_or_create(name=one.name, defaults={"checked_at": at, "trouble": trouble})
    Check.objects.exclude(name__in=[one.name for one in invariants]).delete()
    return broken


def _look(one: Invariant, now: datetime) -> bool:
    """Write down what contradicts `one` now, by principal; whether anything does."""
    locks.advisory_here("supervision.check")
    found: dict[int | None, list[Offender]] = defaultdict(list)
    for offender in one.find(now):
        found[offender.principal_id].append(offender)
    open_ones = {breach.principal_id: breach for breach in Breach.objects.filter(name=one.name, closed_at=None)}
    for principal_id, offenders in found.items():
        _write(one, principal_id, offenders, open_ones.pop(principal_id, None), now)
    for breach in open_ones.values():
        _close(breach, now)
    return bool(found)


def _write(
    one: Invariant, principal_id: int | None, offenders: Sequence[Offender], known: Breach | None, now: datetime
) -> None:
    shown = [{"type": offender.type, "id": offender.id} for offender in offenders[:SHOWN]]
    if known is not None:
        Breach.objects.filter(pk=known.pk).update(count=len(offenders), offenders=shown)
        return
    breach = Breach.objects.create(
        name=one.name, principal_id=principal_id, since=now, count=len(offenders), offenders=shown
    )
    log.error("invariant.broken", invariant=one.name, count=len(offenders), principal_id=principal_id)
    bus.announce(PromiseBroken(subject_id=breach.pk, principal_id=principal_id, name=one.name, count=len(offenders)))
    _tell(principal_id)


def _close(breach: Breach, now: datetime) -> None:
    Breach.objects.filter(pk=breach.pk).update(closed_at=now)
    seconds = int((now - breach.since).total_seconds())
    log.info("invariant.restored", invariant=breach.name, seconds=seconds, principal_id=breach.principal_id)
    bus.announce(
        PromiseHolds(subject_id=breach.pk, principal_id=breach.principal_id, name=breach.name, seconds=seconds)
    )
    _tell(breach.principal_id)


def _tell(principal_id: int | None) -> None:
    """Let the administrators' pages ask again."""
    for user_id in staff.administrators(principal_id):
        live.push(f"user:{user_id}", "notice")
