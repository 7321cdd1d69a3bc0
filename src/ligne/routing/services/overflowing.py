"""Help from elsewhere: a queue that waits too long is relieved by another, a person is lent to a queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value

from ligne.kit import bus, clock, live
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import SUPERVISOR, Viewer
from ligne.routing.events import AdvisorLent, ItemOverflowed
from ligne.routing.models import Loan, Queue, WorkItem
from ligne.routing.services.lines import wake
from ligne.staff import reads as staff

LONGEST_LOAN = timedelta(hours=12)


def overflow(now: datetime) -> int:
    """Let the relief queue's members help with what has waited longer than its queue allows; returns how many items.

    The item stays in its own queue, whose people may still be first.
    """
    late = WorkItem.objects.filter(
        state=WorkItem.State.WAITING,
        overflowed=False,
        only_preferred=False,
        not_before__isnull=True,
        queue__overflow_to__isnull=False,
        entered_at__lte=ExpressionWrapper(
            Value(now) - F("queue__overflow_after_s") * Value(timedelta(seconds=1)), output_field=DateTimeField()
        ),
    ).values_list("id", flat=True)
    return sum(_overflow_one(item_id, now) for item_id in list(late[:500]))


@transaction.atomic
def _overflow_one(item_id: int, now: datetime) -> bool:
    item = (
        WorkItem.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("queue__overflow_to")
        .filter(pk=item_id, overflowed=False, state=WorkItem.State.WAITING)
        .first()
    )
    if item is None or item.queue.overflow_to is None:
        return False
    item.overflowed = True
    item.save(update_fields=["overflowed"])
    bus.announce(
        ItemOverflowed(
            subject_id=item.pk,
            principal_id=item.principal_id,
            customer_id=item.customer_id,
            queue=item.queue.slug,
            relief=item.queue.overflow_to.slug,
            contact_id=item.contact_id,
            waited_s=int((now - item.entered_at).total_seconds()),
        )
    )
    live.push(f"floor:{item.principal_id}", "board")
    return True


@transaction.atomic
def lend(viewer: Viewer, *, user_id: int, queue_id: int, until: datetime) -> Loan:
    """Let a person serve another queue until `until` (within 12 h); a second loan replaces the first.

    For supervisors. Raises `NotFound` for a queue or person the viewer does not see, `Invalid` for the moment.
    """
    if not viewer.has_role(SUPERVISOR):
        raise Forbidden
    queue = Queue.objects.filter(pk=queue_id, principal_id__in=viewer.principals).first()
    if queue is None:
        raise NotFound
    staff.person(viewer, user_id)
    now = clock.now()
    if not now < until <= now + LONGEST_LOAN:
        raise Invalid(N_("Choose a moment within the next twelve hours. Nothing was changed."), field="until")
    loan, _ = Loan.objects.update_or_create(
        queue=queue, user_id=user_id, defaults={"until": until, "lent_by_id": viewer.user_id}
    )
    bus.announce(
        AdvisorLent(
            subject_id=queue.pk,
            principal_id=queue.principal_id,
            actor_id=viewer.user_id,
            user_id=user_id,
            until=until.isoformat(),
        )
    )
    live.push(f"user:{user_id}", "work")
    live.push(f"floor:{queue.principal_id}", "board")
    wake()
    return loan


@transaction.atomic
def take_back(viewer: Viewer, *, user_id: int, queue_id: int) -> None:
    """End a loan before its time; none is no trouble."""
    if not viewer.has_role(SUPERVISOR):
        raise Forbidden
    loans = Loan.objects.filter(user_id=user_id, queue_id=queue_id, queue__principal_id__in=viewer.principals)
    loan = loans.select_related("queue").first()
    if loan is None:
        return
    now = clock.now()
    bus.announce(
        AdvisorLent(
            subject_id=loan.queue_id,
            principal_id=loan.queue.principal_id,
            actor_id=viewer.user_id,
            user_id=user_id,
            until=now.isoformat(),
        )
    )
    loan.delete()
    live.push(f"user:{user_id}", "work")
