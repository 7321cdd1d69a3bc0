"""Family and company ties."""

from __future__ import annotations

from django.db import transaction

from ligne.customers.events import Linked, Unlinked
from ligne.customers.models import Link
from ligne.customers.rules import links as rules
from ligne.customers.services import doors
from ligne.kit import bus, clock
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


def link(viewer: Viewer, *, customer_id: int, other_id: int, kind: str) -> Link:
    """Note that `customer_id` is `kind` of `other_id`; told from either end, or twice, it is one tie."""
    doors.writer(viewer)
    stored, from_id, to_id = rules.canonical(kind, customer_id, other_id)
    with transaction.atomic():
        first, second = (doors.lock_customer(viewer, pk) for pk in sorted((from_id, to_id)))
        if first.principal_id != second.principal_id:
            raise Invalid(N_("These two customers belong to different companies."), field="other")
        tie, fresh = Link.objects.get_or_create(
            from_customer_id=from_id,
            to_customer_id=to_id,
            kind=stored,
            ended_at=None,
            defaults={"principal_id": first.principal_id, "since": clock.now()},
        )
        if fresh:
            bus.announce(
                Linked(
                    subject_id=from_id,
                    principal_id=tie.principal_id,
                    customer_id=from_id,
                    actor_id=viewer.user_id,
                    link_id=tie.pk,
                    link_kind=stored,
                    other_id=to_id,
                )
            )
    return tie


def unlink(viewer: Viewer, *, link_id: int) -> Link:
    """End a tie; that it existed stays in the journal."""
    doors.writer(viewer)
    with transaction.atomic():
        tie = Link.objects.filter(pk=link_id, principal_id__in=viewer.principals).first()
        if tie is None:
            raise NotFound
        for pk in sorted((tie.from_customer_id, tie.to_customer_id)):
            doors.lock_customer(viewer, pk)
        tie.refresh_from_db()
        if tie.ended_at is None:
            tie.ended_at = clock.now()
            tie.save(update_fields=["ended_at"])
            bus.announce(
                Unlinked(
                    subject_id=tie.from_customer_id,
                    principal_id=tie.principal_id,
                    customer_id=tie.from_customer_id,
                    actor_id=viewer.user_id,
                    link_id=tie.pk,
                    link_kind=tie.kind,
                    other_id=tie.to_customer_id,
                )
            )
    return tie
