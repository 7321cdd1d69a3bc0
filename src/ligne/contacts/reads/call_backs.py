"""Questions about promises to call."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from ligne.contacts import words
from ligne.contacts.models import CallBack
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer

_SETTLED = [CallBack.State.KEPT, CallBack.State.CANCELLED]
_OPEN_OF = Prepared(
    lambda owner, houses: (
        CallBack.objects.filter(owner_id=owner, principal_id__in=houses)
        .exclude(state__in=_SETTLED)
        .select_related("customer", "owner")
        .order_by("window_start")[:200]
    )
)


def call_backs(
    viewer: Viewer,
    *,
    open_only: bool = True,
    owner_id: int | None = None,
    customer_id: int | None = None,
    due: tuple[datetime, datetime] | None = None,
) -> list[CallBack]:
    """Promises to call, soonest first; `due` keeps those whose window ends within [start, end[."""
    if owner_id is not None and open_only and customer_id is None and due is None:
        return _OPEN_OF.all(owner=owner_id, houses=viewer.principals)
    found = CallBack.objects.filter(principal_id__in=viewer.principals).select_related("customer", "owner")
    if open_only:
        found = found.exclude(state__in=_SETTLED)
    if owner_id is not None:
        found = found.filter(owner_id=owner_id)
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if due is not None:
        found = found.filter(window_end__gte=due[0], window_end__lt=due[1])
    return list(found.order_by("window_start")[:200])


def call_back(viewer: Viewer, call_back_id: int) -> CallBack:
    """One promise. Raises `NotFound`."""
    found = CallBack.objects.filter(pk=call_back_id, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def call_back_asked_as(viewer: Viewer, external_id: str) -> CallBack | None:
    """The promise that was asked for under this id, when there is one."""
    if not external_id:
        return None
    return CallBack.objects.filter(principal_id__in=viewer.principals, external_id=external_id).first()


def call_back_of(viewer: Viewer, contact_id: int) -> CallBack | None:
    """The promise that this exchange keeps, if it is the call of one."""
    return CallBack.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals).first()


def due_call_backs(now: datetime, limit: int = 200) -> list[CallBack]:
    """Promises of every principal whose window has begun and that nobody keeps yet, soonest end first; for routing."""
    waiting = CallBack.objects.filter(
        state__in=[CallBack.State.PROMISED, CallBack.State.BROKEN], window_start__lte=now
    ).exclude(contact__isnull=False, contact__state__in=words.OPEN)
    return list(waiting.order_by("window_end", "id")[:limit])


def late_call_backs(now: datetime, limit: int = 200) -> list[int]:
    """Ids of promises whose window ended before any advisor took the call, not yet told as broken; for routing."""
    late = CallBack.objects.filter(
        Q(contact__isnull=True) | Q(contact__accepted_at__isnull=True),
        state__in=[CallBack.State.PROMISED, CallBack.State.IN_PROGRESS],
        window_end__lte=now,
        breached_at__isnull=True,
    )
    return list(late.order_by("window_end").values_list("id", flat=True)[:limit])
