"""The search box, the list of customers, and what programs ask."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.utils.translation import gettext

from ligne.customers.models import Address, ContactPoint
from ligne.customers.ports import finders
from ligne.customers.reads import lookup
from ligne.customers.reads.scope import key_of, visible
from ligne.customers.rules import names, typed
from ligne.kit import phones
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

WHY = {
    typed.PHONE: N_("telephone"),
    typed.PHONE_END: N_("end of a telephone"),
    typed.EMAIL: N_("e-mail"),
    typed.SIREN: N_("SIREN"),
    typed.SIRET: N_("SIRET"),
    typed.REFERENCE: N_("reference"),
    typed.ID: N_("file number"),
    typed.NAME: N_("name"),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A customer on one line: points in use, main ones first; `why` it was found, in the person's language."""

    id: int
    principal_id: int
    principal: str
    kind: str
    display_name: str
    phones: list[str]
    emails: list[str]
    city: str
    segment: str
    status: str
    external_ref: str
    why: str = ""

    @property
    def customer_id(self) -> int:
        """The same as `id`, as candidates call it."""
        return self.id


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers in order of name; `next` continues the list (None: that was all)."""

    items: list[Summary] = field(default_factory=list)
    next: str | None = None


def search(viewer: Viewer, q: str, limit: int = 10, *, principal_id: int | None = None) -> list[Summary]:
    """What the text in the search box finds: telephone, end of one, e-mail, SIREN, reference, contract, name.

    `principal_id` keeps to one of the viewer's companies.
    """
    if principal_id is not None:
        viewer = replace(viewer, principals=viewer.principals & {principal_id})
    found: dict[int, str] = {}
    for meaning in typed.understand(q):
        for pk in _meant(viewer, meaning, limit):
            found.setdefault(pk, gettext(WHY[meaning.kind]))
        if found and meaning.kind in (typed.PHONE, typed.SIREN, typed.SIRET, typed.ID):
            break
    text = names.tidy(q)[:60]
    if len(text) >= 3:
        for finder in finders:
            found = dict(finder(viewer, text, limit)) | found
    return summaries(viewer, list(found)[: limit * 3], why=found)[:limit]


def find(viewer: Viewer, *, phone: str = "", email: str = "", q: str = "", after: str = "", limit: int = 50) -> Page:
    """What a program asks for: an exact telephone (as typed), an exact e-mail, a search, or everything by pages.

    Several of them together must all fit. Raises `Invalid` on an unreadable telephone.
    """
    limit = max(1, min(limit, 200))
    wanted: set[int] | None = None
    if phone:
        wanted = _and(wanted, _holders(viewer, kind="phone", value=phones.parse(phone)))
    if email:
        wanted = _and(wanted, _holders(viewer, kind="email", email_key=names.tidy(email).lower()))
    if q:
        ranked = [s.id for s in search(viewer, q, limit)]
        kept = [pk for pk in ranked if wanted is None or pk in wanted]
        return Page(summaries(viewer, kept))
    if wanted is not None:
        return Page(summaries(viewer, sorted(wanted)[:limit]))
    return page(viewer, after=after, limit=limit)


def page(
    viewer: Viewer,
    *,
    principal_id: int | None = None,
    kind: str = "",
    status: str = "",
    segment: str = "",
    name: str = "",
    after: str = "",
    limit: int = 50,
) -> Page:
    """The list in order of name, filtered; `after` is the former page's `next`. Costs the same at any depth."""
    rows = visible(viewer)
    exact = {"principal_id": principal_id, "kind": kind, "status": status, "segment": segment}
    rows = rows.filter(**{k: v for k, v in exact.items() if v})
    if name:
        start = key_of(name)
        rows = rows.filter(surname_key__gte=start, surname_key__lt=start + "\U0010ffff")
    if after:
        surname, first, pk = _cursor(after)
        rows = rows.filter(
            Q(surname_key__gt=surname)
            | Q(surname_key=surname, first_key__gt=first)
            | Q(surname_key=surname, first_key=first, pk__gt=pk),
            surname_key__gte=surname,
        )
    rows = rows.order_by("surname_key", "first_key", "pk").only("pk", "surname_key", "first_key")
    found = list(rows[: limit + 1])
    more = found[limit - 1] if len(found) > limit else None
    following = _as_cursor(more.surname_key, more.first_key, more.pk) if more else None
    return Page(summaries(viewer, [c.pk for c in found[:limit]]), following)


def summaries(viewer: Viewer, ids: Iterable[int], why: dict[int, str] | None = None) -> list[Summary]:
    """These customers as lines, in the order given, those the viewer may not see left out: three queries."""
    order = list(dict.fromkeys(ids))
    people = {c.pk: c for c in visible(viewer).filter(pk__in=order).select_related("principal")}
    points: dict[int, dict[str, list[str]]] = {pk: {"phone": [], "email": []} for pk in people}
    for point in ContactPoint.objects.filter(customer_id__in=people, valid_to__isnull=True):
        points[point.customer_id][point.kind].append(point.value)
    homes = Address.objects.filter(customer_id__in=people, valid_to__isnull=True).order_by("-pk")
    cities = {a.customer_id: a.city for a in homes}
    return [
        Summary(
            id=pk,
            principal_id=people[pk].principal_id,
            principal=people[pk].principal.name,
            kind=people[pk].kind,
            display_name=people[pk].display_name,
            phones=points[pk]["phone"],
            emails=points[pk]["email"],
            city=cities.get(pk, ""),
            segment=people[pk].segment,
            status=people[pk].status,
            external_ref=people[pk].external_ref,
            why=(why or {}).get(pk, ""),
        )
        for pk in order
        if pk in people
    ]


def _meant(viewer: Viewer, meaning: typed.Meaning, limit: int) -> list[int]:
    kind, value = meaning.kind, meaning.value
    ranked = {typed.NAME: lookup.by_name, typed.PHONE_END: lookup.by_phone_end, typed.EMAIL: lookup.by_email}
    if kind in ranked:
        return ranked[kind](viewer.principals, value, limit=limit)
    if kind == typed.REFERENCE:
        return lookup.by_reference(viewer.principals, value)
    if kind == typed.PHONE:
        return sorted(_holders(viewer, kind="phone", value=value))[:limit]
    column = {typed.ID: "pk", typed.SIREN: "siren", typed.SIRET: "siret"}[kind]
    return list(visible(viewer).filter(**{column: value}).values_list("pk", flat=True)[:limit])


def _holders(viewer: Viewer, **point: str) -> set[int]:
    rows = ContactPoint.objects.filter(principal_id__in=viewer.principals, valid_to__isnull=True, **point)
    return set(rows.values_list("customer_id", flat=True)[:200])


def _and(known: set[int] | None, more: set[int]) -> set[int]:
    return more if known is None else known & more


def _as_cursor(surname: str, first: str, pk: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([surname, first, pk]).encode()).decode().rstrip("=")


def _cursor(text: str) -> tuple[str, str, int]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        surname, first, pk = json.loads(raw)
    except (ValueError, TypeError, RecursionError):
        surname = first = pk = None
    if not (isinstance(surname, str) and isinstance(first, str) and isinstance(pk, int) and 0 < pk < 2**63):
        raise Invalid(N_("This page of the list does not exist; start from the first."), field="after")
    return _storable(surname), _storable(first), pk


def _storable(text: str) -> str:
    """What PostgreSQL can be asked about."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
