"""The right to be forgotten (GDPR 17): what is personal goes, what the law has us keep stays and is said."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from ligne.customers.events import CustomerErased
from ligne.customers.models import Address, Consent, ContactPoint, Customer, ImportedLine, Link, MergeRecord
from ligne.customers.ports import erasers
from ligne.customers.rules import facts
from ligne.customers.services import doors, oppositions
from ligne.journal import services as journal
from ligne.kit import bus, clock, locks
from ligne.kit.viewer import Viewer


def erase(viewer: Viewer, *, customer_id: int, reason: str = "") -> list[str]:
    """Erase the personal data of a customer and of every file merged into it. Cannot be undone.

    Kept: hashes of opposed points (so that nobody solicits them again), consents with their proof (3 years, C. conso
    R223-2), the journal's entries without their personal fields. Returns the names of what was kept.
    Only supervisors and administrators. Raises `Forbidden`, `NotFound`.
    """
    doors.writer(viewer, *doors.KEEPERS)
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        family = [customer, *_absorbed(customer)]
        kept = {"journal"}
        for file in family:
            if oppositions.keep(file):
                kept.add("oppositions")
            if Consent.objects.filter(customer=file).exists():
                kept.add("consent_proofs")
            _blank(file)
            blanked = [subject for eraser in erasers for subject in eraser(file.pk)]
            # By what was theirs as well: an entry made while the file was merged names the other one.
            journal.forget(file.pk, subjects=blanked, principal_id=file.principal_id, actor_id=viewer.user_id)
        bus.announce(
            CustomerErased(
                subject_id=customer.pk,
                principal_id=customer.principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                reason=reason[:40],
                kept=sorted(kept),
            )
        )
    return sorted(kept)


def _absorbed(customer: Customer) -> list[Customer]:
    """Every file merged into this one, at any depth, locked."""
    found: list[Customer] = []
    wave = [customer.pk]
    while wave:
        wave = list(Customer.objects.filter(merged_into_id__in=wave).order_by("pk").values_list("pk", flat=True))
        found += [locks.row(Customer, pk=pk) for pk in wave]
    return found


def _blank(customer: Customer) -> None:
    """Empty the personal columns; the row stays as a number, for the history of others' work."""
    now = clock.now()
    empty = {name: None if name == "birth_date" else "" for name in facts.PERSONAL}
    empty |= {"external_ref": "", "zone": "", "segment": "", "postcode": ""}
    doors.touch(customer, **empty, fragile=False, since=None, erased_at=now)
    Consent.objects.filter(customer=customer, withdrawn_at__isnull=True).update(
        withdrawn_at=now, withdrawal_source="erasure"
    )
    ContactPoint.objects.filter(customer=customer).delete()
    Address.objects.filter(customer=customer).delete()
    ImportedLine.objects.filter(customer=customer).delete()
    Link.objects.filter(Q(from_customer=customer) | Q(to_customer=customer)).delete()
    # The memory of a merge holds the fields it changed.
    for record in MergeRecord.objects.filter(Q(survivor=customer) | Q(absorbed=customer)):
        record.moved = record.moved | {"fields": {}}
        record.save(update_fields=["moved"])
