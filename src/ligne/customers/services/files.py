"""A customer's file: open it, change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from ligne.customers.errors import ReferenceTaken, StaleFile
from ligne.customers.events import CustomerCreated, CustomerUpdated, FileUnmasked
from ligne.customers.models import Customer
from ligne.customers.rules import facts as rules
from ligne.customers.services import doors, points
from ligne.kit import bus, clock
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, QUALITY, SUPERVISOR, Viewer


def create(
    viewer: Viewer,
    *,
    principal_id: int,
    phones: Iterable[str] = (),
    emails: Iterable[str] = (),
    address: Mapping[str, Any] | None = None,
    source: str = "desk",
    **facts: Any,
) -> Customer:
    """Open a file with any of `rules.facts.FIELDS`, telephones as typed, e-mails, one address; even with no name.

    Raises `Invalid` (naming the field), `ReferenceTaken`, `Forbidden`, `NotFound` (no such principal here).
    """
    doors.writer(viewer)
    doors.within(viewer, principal_id)
    now = clock.now()
    cleaned = rules.clean(facts, now.date())
    found = [*(("phone", p) for p in phones if p), *(("email", e) for e in emails if e)]
    values = list(dict.fromkeys((kind, rules.point(kind, value)) for kind, value in found))
    with transaction.atomic():
        _free_reference(principal_id, cleaned.get("external_ref", ""), own_id=None)
        customer = Customer(principal_id=principal_id, created_by_id=viewer.user_id, **cleaned)
        try:
            with transaction.atomic():
                customer.save(force_insert=True)
        except IntegrityError:
            # Somebody took the reference between our look and our write.
            _free_reference(principal_id, cleaned.get("external_ref", ""), own_id=None)
            raise
        doors.learn_names([customer.pk])
        bus.announce(
            CustomerCreated(
                subject_id=customer.pk,
                principal_id=principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                name=customer.display_name,
                source=source,
            )
        )
        for kind, value in values:
            points.add_point(viewer, customer_id=customer.pk, kind=kind, value=value)
        if address and any(str(v or "").strip() for k, v in address.items() if k not in ("country", "label")):
            points.add_address(viewer, customer_id=customer.pk, **address)
        customer.refresh_from_db()
    return customer


def update(viewer: Viewer, *, customer_id: int, version: int | None = None, **facts: Any) -> Customer:
    """Change the `facts` given, leave the others. `version` is the one the form was opened on (None: unconditional).

    Raises `StaleFile` when somebody saved meanwhile, `Invalid`, `ReferenceTaken`, `NotFound`; then nothing is changed.
    """
    doors.writer(viewer)
    cleaned = rules.clean(facts, clock.now().date())
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        if version is not None and version != customer.version:
            raise StaleFile(customer.version)
        changed = {name: value for name, value in cleaned.items() if getattr(customer, name) != value}
        if not changed:
            return customer
        if changed.get("external_ref"):
            _free_reference(customer.principal_id, changed["external_ref"], own_id=customer.pk)
        before = {name: getattr(customer, name) for name in changed}
        doors.touch(customer, **changed)
        if changed.keys() & {"last_name", "company_name", "kind"}:
            doors.learn_names([customer.pk])
        bus.announce(
            CustomerUpdated(
                subject_id=customer.pk,
                principal_id=customer.principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                changed=sorted(changed),
                before=_plain(before),
                after=_plain(changed),
            )
        )
    return customer


def unmask(viewer: Viewer, *, customer_id: int, reason: str, contact_id: int | None = None) -> Customer:
    """Note who looks at masked fields before identity is proven, and why. Raises `Invalid` without a reason."""
    doors.writer(viewer, ADVISOR, SUPERVISOR, QUALITY)
    why = " ".join(reason.split())
    if len(why) < 5:
        raise Invalid(
            N_("Say in a few words why you need to see this before the identity is proven. It is kept in the journal."),
            field="reason",
        )
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        bus.announce(
            FileUnmasked(
                subject_id=customer.pk,
                principal_id=customer.principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                reason=why[:300],
                contact_id=contact_id,
            )
        )
    return customer


def _free_reference(principal_id: int, reference: str, *, own_id: int | None) -> None:
    if not reference:
        return
    holder = Customer.objects.filter(principal_id=principal_id, external_ref=reference).first()
    if holder is not None and holder.pk != own_id:
        raise ReferenceTaken(reference, holder.merged_into_id or holder.pk)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Dates as text: events hold JSON values."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
