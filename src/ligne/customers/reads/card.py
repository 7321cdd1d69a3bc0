"""The file of one customer: identity, alerts, points, consents, ties, history. A constant number of queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from ligne.customers.models import (
    Address,
    Consent,
    ContactPoint,
    Customer,
    Link,
    MergeRecord,
    Opposition,
    Segment,
)
from ligne.customers.ports import Alert, TimelineEntry, alert_sources, timeline_sources
from ligne.customers.reads.scope import get, visible
from ligne.customers.rules import consents as consent_rules
from ligne.customers.rules import facts, links
from ligne.kit import clock
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer

HIDDEN = "••••"


@dataclass(frozen=True, slots=True)
class Tie:
    """Somebody tied to the customer; `label` says what they are to the customer ("Parent"), translated."""

    link_id: int
    customer_id: int
    display_name: str
    label: str
    group: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """A customer's file as shown. When `masked`, sensitive fields were never put in: they cannot leak from a page."""

    id: int
    version: int
    principal_id: int
    principal: str
    kind: str
    display_name: str
    status: str
    since: date | None
    segment: str
    segment_tone: str
    external_ref: str
    language: str
    fragile: bool
    masked: bool
    birth_date: date | None
    siren: str
    siret: str
    csp: str
    notes: str
    city: str
    phones: list[ContactPoint]
    emails: list[ContactPoint]
    former_points: list[ContactPoint]
    addresses: list[Address]
    alerts: list[Alert]
    opposed: list[str] = field(default_factory=list)  # channels; "" is all of them


_POINTS = Prepared(lambda customer: ContactPoint.objects.filter(customer_id=customer))
_HOMES = Prepared(lambda customer: Address.objects.filter(customer_id=customer, valid_to__isnull=True))
_OPPOSED = Prepared(
    lambda customer: Opposition.objects.filter(customer_id=customer, lifted_at__isnull=True).values_list(
        "channel", flat=True
    )
)


def card(viewer: Viewer, customer_id: int, *, masked: bool = False) -> Card:
    """The identity part of the file. `masked`: without birth date, numbers, street, notes, former points.

    Raises `NotFound`.
    """
    customer = get(viewer, customer_id)
    points = _POINTS.all(customer=customer.pk)
    homes = _HOMES.all(customer=customer.pk)
    opposed = _OPPOSED.all(customer=customer.pk)
    segments = Segment.objects.filter(principal_id=customer.principal_id, slug=customer.segment)
    segment = segments.first() if customer.segment else None
    living = [p for p in points if p.valid_to is None]
    return Card(
        id=customer.pk,
        version=customer.version,
        principal_id=customer.principal_id,
        principal=customer.principal.name,
        kind=customer.kind,
        display_name=customer.display_name,
        status=gettext(facts.STATUSES.get(customer.status, customer.status)),
        since=customer.since,
        segment=segment.label if segment else customer.segment,
        segment_tone=segment.tone if segment else "info",
        external_ref=customer.external_ref,
        language=customer.language,
        fragile=customer.fragile,
        masked=masked,
        birth_date=None if masked else customer.birth_date,
        siren="" if masked else customer.siren,
        siret="" if masked else customer.siret,
        csp="" if masked or not customer.csp else gettext(facts.CSP.get(customer.csp[:1], customer.csp)),
        notes="" if masked else customer.notes,
        city=homes[0].city if homes else "",
        phones=[_masked(p) if masked else p for p in living if p.kind == "phone"],
        emails=[_masked(p) if masked else p for p in living if p.kind == "email"],
        former_points=[] if masked else [p for p in points if p.valid_to is not None],
        addresses=[] if masked else homes,
        alerts=_alerts(viewer, customer, opposed),
        opposed=opposed,
    )


def timeline(viewer: Viewer, customer_id: int, before: datetime | None = None, limit: int = 30) -> list[TimelineEntry]:
    """The customer's history, newest first, from every app that has some. Raises `NotFound`."""
    get(viewer, customer_id)
    entries = [e for _, source in timeline_sources.items() for e in source(viewer, customer_id, before, limit)]
    return sorted(entries, key=lambda e: e.at, reverse=True)[:limit]


def consents(viewer: Viewer, customer_id: int) -> list[dict[str, Any]]:
    """Every consent, newest first: {"row": Consent, "state", "label", "tone", "proven"}."""
    now = clock.now()
    tones = {consent_rules.GIVEN: "ok", consent_rules.EXPIRED: "mute", consent_rules.WITHDRAWN: "bad"}
    rows = Consent.objects.filter(customer__in=visible(viewer).filter(pk=customer_id)).select_related("recorded_by")
    found = []
    for row in rows:
        state = consent_rules.state(row.expires_at, row.withdrawn_at, now)
        found.append(
            {
                "row": row,
                "state": state,
                "label": gettext(consent_rules.STATES[state]),
                "tone": tones[state],
                "channel": gettext(facts.CHANNELS.get(row.channel, row.channel)),
                "purpose": gettext(consent_rules.PURPOSES.get(row.purpose, row.purpose)),
                "source": gettext(consent_rules.SOURCES.get(row.source, row.source)),
                "proven": consent_rules.proven(row.items, row.proof, row.attachment),
            }
        )
    return found


def proof(viewer: Viewer, customer_id: int, consent_id: int) -> Consent:
    """A consent that a file proves. Raises `NotFound`."""
    living = visible(viewer).filter(pk=customer_id)
    found = Consent.objects.filter(pk=consent_id, customer__in=living).exclude(attachment="").first()
    if found is None:
        raise NotFound
    return found


def proofs_held(digests: Collection[str]) -> set[str]:
    """Those of these digests that prove a consent, whoever's; registered in `kit.files.holders`."""
    return set(Consent.objects.filter(attachment__in=digests).values_list("attachment", flat=True))


def segments(viewer: Viewer, principal_id: int) -> list[Segment]:
    """A principal's segments by name, those retired last."""
    if not viewer.sees(principal_id):
        raise NotFound
    return list(Segment.objects.filter(principal_id=principal_id).order_by("-active", "label"))


def segment(viewer: Viewer, segment_id: int) -> Segment:
    """One segment with its principal. Raises `NotFound`."""
    seen = Segment.objects.filter(principal_id__in=viewer.principals).select_related("principal")
    found = seen.filter(pk=segment_id).first()
    if found is None:
        raise NotFound
    return found


def oppositions(viewer: Viewer, customer_id: int) -> list[Opposition]:
    """Every opposition, those lifted too, newest first."""
    return list(Opposition.objects.filter(customer__in=visible(viewer).filter(pk=customer_id)))


def ties(viewer: Viewer, customer_id: int) -> list[Tie]:
    """Who the customer is tied to, family first: people the viewer may see only."""
    rows = Link.objects.filter(
        Q(from_customer_id=customer_id) | Q(to_customer_id=customer_id),
        ended_at__isnull=True,
        principal_id__in=viewer.principals,
    ).select_related("from_customer", "to_customer")
    found = []
    for row in rows:
        own_from = row.from_customer_id == customer_id
        own, other = (row.from_customer, row.to_customer) if own_from else (row.to_customer, row.from_customer)
        if any(c.merged_into_id or c.erased_at for c in (own, other)):
            continue
        kind = links.seen_from(row.kind, row.from_customer_id, customer_id)
        found.append(Tie(row.pk, other.pk, other.display_name, gettext(kind.label), kind.group, row.since))
    return sorted(found, key=lambda t: (t.group != "family", t.label, t.display_name))


def merges(viewer: Viewer, customer_id: int) -> list[MergeRecord]:
    """The merges into this file that stand, newest first: what can be undone."""
    rows = MergeRecord.objects.filter(
        survivor__in=visible(viewer).filter(pk=customer_id), undone_at__isnull=True
    ).select_related("absorbed", "merged_by")
    return list(rows)


def law_facts(viewer: Viewer, customer_id: int) -> dict[str, Any]:
    """What the regulation looks at: {"customer": {"kind", "zone", "opposed"}, "consents": […]} (7-interfaces).

    An opposition to every channel is told as one to each. Raises `NotFound`.
    """
    customer = get(viewer, customer_id)
    opposed = set(_OPPOSED.all(customer=customer.pk))
    business = customer.kind == Customer.Kind.BUSINESS
    return {
        "customer": {
            "kind": "business" if business else "consumer",
            "zone": customer.zone or customer.principal.zone,
            "opposed": sorted(facts.CHANNELS) if "" in opposed else sorted(opposed),
        },
        "consents": [
            {
                "channel": c.channel,
                "given_at": c.given_at.isoformat(),
                "proof": bool(c.proof or c.attachment),
                "items": c.items,
                "expires_at": c.expires_at.isoformat() if c.expires_at else None,
                "withdrawn_at": c.withdrawn_at.isoformat() if c.withdrawn_at else None,
            }
            for c in Consent.objects.filter(customer=customer, purpose="prospecting")
        ],
    }


def _alerts(viewer: Viewer, customer: Customer, opposed: list[str]) -> list[Alert]:
    own = []
    if customer.fragile:
        own.append(Alert(gettext("Handle with care"), "warn", "info-circle"))
    if "" in opposed:
        own.append(Alert(gettext("No solicitation at all"), "bad", "hand-stop"))
    elif opposed:
        words = ", ".join(gettext(facts.CHANNELS.get(c, c)).lower() for c in sorted(opposed))
        own.append(Alert(gettext("No solicitation by: %(channels)s") % {"channels": words}, "warn", "hand-stop"))
    return own + [alert for _, source in alert_sources.items() for alert in source(viewer, customer.pk)]


def _masked(point: ContactPoint) -> ContactPoint:
    """A copy, never saved, that shows just enough to be recognised: ·· 90, a••••@exemple.test."""
    if point.kind == "phone":
        shown = f"{HIDDEN} {point.value[-2:]}"
    else:
        name, _, domain = point.value.partition("@")
        shown = f"{name[:1]}{HIDDEN}@{domain}"
    return ContactPoint(pk=point.pk, kind=point.kind, label=point.label, primary=point.primary, value=shown)
