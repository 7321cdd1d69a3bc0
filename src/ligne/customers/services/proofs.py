"""Files that prove consents: kept as they were given, for as long as the law asks, and no longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Least

from ligne import regulation
from ligne.customers.events import ProofAttached, ProofsPurged
from ligne.customers.models import Consent
from ligne.customers.services import doors
from ligne.kit import bus, clock, files
from ligne.kit.errors import Conflict, Invalid, NotFound, TooLarge
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

BATCH = 500


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A file as it was chosen, in memory until it is kept."""

    filename: str
    content: bytes


def attach_proof(viewer: Viewer, *, customer_id: int, consent_id: int, file: ProofFile) -> Consent:
    """Keep `file` as the proof of a consent that has none. What proves is never replaced.

    Raises `Invalid`, `TooLarge`, `Conflict`, `NotFound`; then nothing is kept.
    """
    doors.writer(viewer)
    check(file)
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        row = Consent.objects.filter(pk=consent_id, customer=customer).first()
        if row is None:
            raise NotFound
        if row.attachment:
            raise Conflict(N_("This consent has its proof already. Nothing was replaced."), field="file")
        keep(viewer, row, file)
    return row


def check(file: ProofFile) -> None:
    """Raise `Invalid` or `TooLarge` unless the file can be kept."""
    if not file.content:
        raise Invalid(N_("This file is empty. Nothing was kept."), field="file")
    if len(file.content) > settings.MAX_UPLOAD:
        raise TooLarge(field="file")


def keep(viewer: Viewer, row: Consent, file: ProofFile) -> None:
    """Write the checked file beside the locked consent and leave a trace of its content."""
    row.attachment = files.store(file.content)
    row.attachment_name = "".join(c for c in file.filename if c.isprintable()).strip()[-200:] or "preuve"
    row.save(update_fields=["attachment", "attachment_name"])
    bus.announce(
        ProofAttached(
            subject_id=row.customer_id,
            principal_id=row.principal_id,
            customer_id=row.customer_id,
            actor_id=viewer.user_id,
            consent_id=row.pk,
            sha256=row.attachment,
            filename=row.attachment_name,
        )
    )


def purge_proofs(now: datetime | None = None) -> int:
    """Delete the proofs that need no longer be kept: 3 years after the consent ended (C. conso R223-2).

    It ends when it is withdrawn or expires, whichever comes first; the proof of one in force is kept. That it was
    given, when and how stays. Returns how many lost their proof; again, there is nothing left to do.
    """
    zone = regulation.METROPOLITAN
    first = regulation.kept_since("consent_proof", (now or clock.now()).astimezone(zone).date())
    over = (
        Consent.objects.alias(ended=Least("withdrawn_at", "expires_at"))
        .filter(ended__lt=datetime.combine(first, time(), zone))
        .exclude(Q(proof="") & Q(attachment=""))
        .order_by("pk")
    )
    purged = 0
    while batch := list(over.values_list("pk", flat=True)[:BATCH]):
        purged += _purge(batch)
    return purged


@transaction.atomic
def _purge(ids: list[int]) -> int:
    rows = list(Consent.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    digests = {row.attachment for row in rows if row.attachment}
    Consent.objects.filter(pk__in=ids).update(proof="", attachment="", attachment_name="")
    for principal_id in sorted({row.principal_id for row in rows}):
        bus.announce(
            ProofsPurged(
                subject_id=principal_id,
                principal_id=principal_id,
                consents=[row.pk for row in rows if row.principal_id == principal_id],
            )
        )
    transaction.on_commit(lambda: files.discard(digests), robust=True)
    return len(rows)
