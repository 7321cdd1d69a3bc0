"""What the customer agreed to, and the moment they no longer do."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from ligne.customers.events import ConsentGiven, ConsentWithdrawn
from ligne.customers.models import Consent
from ligne.customers.rules import consents as rules
from ligne.customers.rules import facts
from ligne.customers.services import doors, proofs
from ligne.kit import bus, clock
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


def consent(
    viewer: Viewer,
    *,
    customer_id: int,
    channel: str,
    purpose: str = "prospecting",
    source: str = "oral",
    given_at: datetime | None = None,
    expires_at: datetime | None = None,
    items: int = 0,
    proof: str = "",
    file: proofs.ProofFile | None = None,
) -> Consent:
    """Keep an agreement to be contacted on `channel` for `purpose`, with its proof.

    `items` counts the mentions of R223-1 that the request carried (0 to 5); `proof` the words and the answer;
    `file` the document that proves it. A telephone prospecting consent ends after a year at the latest.
    Raises `Invalid`, `NotFound`; then nothing is kept.
    """
    doors.writer(viewer)
    now = clock.now()
    given = given_at or now
    _check(channel, purpose, source, items)
    if given > now:
        raise Invalid(N_("A consent cannot be given in the future."), field="given_at")
    if file is not None:
        proofs.check(file)
    until = rules.expiry(channel, purpose, given, expires_at)
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        row = Consent.objects.create(
            principal_id=customer.principal_id,
            customer=customer,
            channel=channel,
            purpose=purpose,
            given_at=given,
            expires_at=until,
            source=source,
            items=items,
            proof=proof.strip()[:10_000],
            recorded_by_id=viewer.user_id,
        )
        bus.announce(
            ConsentGiven(
                subject_id=customer.pk,
                principal_id=customer.principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                consent_id=row.pk,
                channel=channel,
                purpose=purpose,
                given_at=given.isoformat(),
                expires_at=until.isoformat() if until else None,
                source=source,
                items=items,
            )
        )
        if file is not None:
            proofs.keep(viewer, row, file)
    return row


def withdraw(
    viewer: Viewer, *, customer_id: int, channel: str = "", purpose: str = "", source: str = "oral"
) -> list[Consent]:
    """Withdraw, at once and in one act, every consent in force ("": of any channel, of any purpose).

    Returns those that were in force; withdrawing again changes nothing.
    """
    doors.writer(viewer)
    _check(channel or "voice", purpose or "prospecting", source, 0)
    now = clock.now()
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        in_force = Consent.objects.filter(customer=customer, withdrawn_at__isnull=True).filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        )
        in_force = in_force.filter(**{k: v for k, v in (("channel", channel), ("purpose", purpose)) if v})
        rows = list(in_force)
        if rows:
            for row in rows:
                row.withdrawn_at, row.withdrawal_source = now, source
            Consent.objects.bulk_update(rows, ["withdrawn_at", "withdrawal_source"])
            bus.announce(
                ConsentWithdrawn(
                    subject_id=customer.pk,
                    principal_id=customer.principal_id,
                    customer_id=customer.pk,
                    actor_id=viewer.user_id,
                    consent_ids=[row.pk for row in rows],
                    channels=sorted({row.channel for row in rows}),
                    source=source,
                )
            )
    return rows


def _check(channel: str, purpose: str, source: str, items: int) -> None:
    known = (
        ("channel", channel, facts.CHANNELS),
        ("purpose", purpose, rules.PURPOSES),
        ("source", source, rules.SOURCES),
    )
    for field, value, options in known:
        if value not in options:
            raise Invalid(
                N_("“%(value)s” is not possible here; choose one of: %(options)s."),
                field=field,
                value=value,
                options=", ".join(options),
            )
    if not 0 <= items <= rules.ITEMS:
        raise Invalid(N_("A request for consent carries 0 to 5 mentions."), field="items")
