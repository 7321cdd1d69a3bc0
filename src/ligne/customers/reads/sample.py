"""Some customers and how to reach them: for simulations and demos."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from ligne.customers.models import ContactPoint
from ligne.customers.reads.scope import visible
from ligne.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Known:
    """A customer with one e-mail and one telephone, "" where there is none."""

    id: int
    display_name: str
    email: str
    phone: str


def some(viewer: Viewer, *, principal_id: int, limit: int) -> list[Known]:
    """The first `limit` customers of one principal, in the order they were created: one query."""

    def point(kind: str) -> Coalesce:
        points = ContactPoint.objects.filter(customer=OuterRef("pk"), kind=kind, valid_to__isnull=True)
        return Coalesce(Subquery(points.order_by("-primary", "id").values("value")[:1]), Value(""))

    rows = visible(viewer).filter(principal_id=principal_id).annotate(email=point("email"), phone=point("phone"))
    return [Known(c.pk, c.display_name, c.email, c.phone) for c in rows.order_by("id")[:limit]]
