"""Customers as rows of a file, in the columns that an import understands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from ligne.customers.models import Address, Consent, ContactPoint, Customer, Opposition
from ligne.customers.reads.scope import visible
from ligne.customers.rules import columns
from ligne.kit import phones
from ligne.kit.viewer import Viewer

CHUNK = 1000
_WORDS = {
    "fr": {
        "person": "particulier", "business": "entreprise", "customer": "client", "prospect": "prospect",
        "former": "ancien client", "": "tous", "voice": "téléphone", "email": "courriel", "sms": "SMS",
        "chat": "chat", "letter": "courrier", "yes": "oui",
    },
    "en": {
        "person": "person", "business": "company", "customer": "customer", "prospect": "prospect",
        "former": "former customer", "": "all", "voice": "phone", "email": "email", "sms": "SMS",
        "chat": "chat", "letter": "letter", "yes": "yes",
    },
}  # fmt: skip


def count(viewer: Viewer, principal_id: int) -> int:
    """How many customers an export holds."""
    return visible(viewer).filter(principal_id=principal_id).count()


def rows(viewer: Viewer, principal_id: int) -> Iterator[list[str]]:
    """The header, then a row per living customer in order of file number, read a thousand at a time."""
    language = "fr" if viewer.language.startswith("fr") else "en"
    yield [columns.title(c, language) for c in columns.COLUMNS]
    last = 0
    living = (
        visible(viewer)
        .filter(principal_id=principal_id)
        .prefetch_related(
            Prefetch("points", ContactPoint.objects.filter(valid_to__isnull=True).order_by("-primary", "id")),
            Prefetch("addresses", Address.objects.filter(valid_to__isnull=True, label="main")),
            Prefetch("oppositions", Opposition.objects.filter(lifted_at__isnull=True)),
            Prefetch("consents", Consent.objects.filter(withdrawn_at__isnull=True, purpose="prospecting")),
        )
    )
    while chunk := list(living.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        for customer in chunk:
            cells = _cells(customer, _WORDS[language])
            yield [columns.protected(str(cells.get(c.key) or "")) for c in columns.COLUMNS]
        last = chunk[-1].pk


def _cells(customer: Customer, words: dict[str, str]) -> dict[str, Any]:
    numbers = [phones.display(p.value) for p in customer.points.all() if p.kind == "phone"]
    emails = [p.value for p in customer.points.all() if p.kind == "email"]
    home = next(iter(customer.addresses.all()), None)
    given = {c.channel: timezone.localtime(c.given_at).date().isoformat() for c in customer.consents.all()}
    plain = ("external_ref", "civility", "last_name", "first_name", "company_name", "siren", "siret", "segment",
             "csp", "language", "notes")  # fmt: skip
    cells: dict[str, Any] = {name: getattr(customer, name) for name in plain}
    cells |= {"id": customer.pk, "kind": words[customer.kind], "status": words.get(customer.status, "")}
    cells |= {"birth_date": customer.birth_date, "since": customer.since}
    cells |= {"fragile": words["yes"] if customer.fragile else ""}
    cells |= dict(zip(("phone", "phone2"), numbers, strict=False)) | dict(
        zip(("email", "email2"), emails, strict=False)
    )
    if home is not None:
        cells |= {name: getattr(home, name) for name in ("line1", "line2", "postcode", "city", "country")}
    cells["opposed"] = ", ".join(words[o.channel] for o in customer.oppositions.all())
    return cells | {f"consent_{channel}": day for channel, day in given.items()}
