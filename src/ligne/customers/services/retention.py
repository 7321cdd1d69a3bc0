"""Letting go of what may no longer be kept, a few files at a time, beside a desk that works.

A prospect's data goes three years after their last sign of life (CNIL; `regulation.kept_since`), earlier where the
principal says so in its policies ({"retention": {"prospect_days": 700}}): never later. What an app above still needs
(an exchange under way, a contract in force) stays, and is asked again the next night.

Each file is erased in a transaction of its own, which waits for no lock longer than a moment: somebody who has the file
in hand goes first. Between batches the disk rests.
"""

from __future__ import annotations

import time as clocks
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction

from ligne import regulation
from ligne.customers.models import Customer
from ligne.customers.ports import keepers
from ligne.customers.services.erasure import erase
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer
from ligne.staff import reads as staff
from ligne.staff.models import Principal

SIZE = 50  # files looked at together
PAUSE_S = 0.2  # between two batches that erased something
_PATIENCE = "300ms"  # how long a lock is waited for


@dataclass(slots=True)
class Progress:
    """How far it went: files `looked` at, `erased`, `held` by an app above, `busy` in somebody's hands."""

    looked: int = 0
    erased: int = 0
    held: int = 0
    busy: int = 0


Told = Callable[[Progress], None]


def let_go(
    principal: Principal, now: datetime, *, size: int = SIZE, pause_s: float = PAUSE_S, told: Told | None = None
) -> Progress:
    """Erase the prospects of `principal` who gave no sign of life since its term; `told` after each batch.

    Stopping in the middle loses nothing: the next run goes on with those that are left.
    """
    since = term(principal, now)
    progress = Progress()
    for batch in _prospects(principal, since, size):
        kept = {pk for _, keeper in keepers.items() for pk in keeper(batch, since)}
        progress.held += len(kept)
        erase_many(
            Viewer.system(principal.pk),
            [pk for pk in batch if pk not in kept],
            reason="retention",
            pause_s=pause_s,
            progress=progress,
            told=told,
        )
        progress.looked += len(kept)
    return progress


def let_go_everywhere(now: datetime, *, told: Told | None = None) -> dict[int, Progress]:
    """`let_go` for every principal that has prospects; what was done, by principal."""
    living = Customer.objects.filter(status="prospect", merged_into__isnull=True, erased_at__isnull=True)
    ids = living.order_by("principal_id").values_list("principal_id", flat=True).distinct()
    return {pk: let_go(staff.principal(Viewer.system(pk), pk), now, told=told) for pk in ids}


def erase_many(
    viewer: Viewer,
    customer_ids: Iterable[int],
    *,
    reason: str,
    size: int = SIZE,
    pause_s: float = PAUSE_S,
    progress: Progress | None = None,
    told: Told | None = None,
) -> Progress:
    """Erase many files, each as `erase` does; those that are gone or in somebody's hands are passed over."""
    progress = progress or Progress()
    ids = list(customer_ids)
    for start in range(0, len(ids), size):
        before = progress.erased
        for customer_id in ids[start : start + size]:
            progress.looked += 1
            _erase_one(viewer, customer_id, reason, progress)
        if told:
            told(progress)
        if progress.erased > before and pause_s:
            clocks.sleep(pause_s)
    return progress


def term(principal: Principal, now: datetime) -> datetime:
    """The instant since when a prospect must have been heard of to be kept."""
    zone = ZoneInfo(principal.zone)
    today = now.astimezone(zone).date()
    since = regulation.kept_since("prospect", today)
    own = principal.policies.get("retention", {}).get("prospect_days")
    if isinstance(own, int) and own > 0:
        since = max(since, today - timedelta(days=own))
    return datetime.combine(since, time(), zone)


def _prospects(principal: Principal, since: datetime, size: int) -> Iterator[list[int]]:
    """Living prospects collected before `since`, by number."""
    last = 0
    living = Customer.objects.filter(
        principal=principal, status="prospect", merged_into__isnull=True, erased_at__isnull=True, created_at__lt=since
    )
    while batch := list(living.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield batch
        last = batch[-1]


def _erase_one(viewer: Viewer, customer_id: int, reason: str, progress: Progress) -> None:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            erase(viewer, customer_id=customer_id, reason=reason)
    except NotFound:
        return
    except OperationalError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != "55P03":  # lock not available
            raise
        progress.busy += 1
    else:
        progress.erased += 1
