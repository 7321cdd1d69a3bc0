"""The search box, the list of customers, and what programs ask."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.utils.translation import gettext

from ligne.customers.models import ContactPoint
from ligne.customers.ports import finders
from ligne.customers.reads import lines, lookup, named
from ligne.customers.reads.lines import Summary
from ligne.customers.reads.scope import key_of, visible
from ligne.customers.rules import names, typed
from ligne.kit import phones, sql
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

WHY = {
    typed.PHONE: N_("telephone"),
    typed.PHONE_START: N_("beginning of a telephone"),
    typed.PHONE_END: N_("end of a telephone"),
    typed.EMAIL: N_("e-mail"),
    typed.SIREN: N_("SIREN"),
    typed.SIRET: N_("SIRET"),
    typed.REFERENCE: N_("reference"),
    typed.ID: N_("file number"),
    typed.NAME: N_("name"),
}
# (named as typed, living where the text says)
WHY_NAMED = {
    (True, True): N_("name and town"),
    (True, False): N_("name"),
    (False, True): N_("similar name, same town"),
    (False, False): N_("similar name"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers in order of name; `next` continues the list (None: that was all)."""

    items: list[Summary] = field(default_factory=list)
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Who fits what was typed, best first, and what was understood of it ("telephone 06 39 98 22 90"), in words."""

    items: list[Summary]
    understood: list[str]


def look(viewer: Viewer, q: str, limit: int = 10, *, principal_id: int | None = None) -> Found:
    """What the text in the search box finds, and how it was read. See `rules.typed` for what may be typed.

    `principal_id` keeps to one of the viewer's companies.
    """
    if principal_id is not None:
        viewer = replace(viewer, principals=viewer.principals & {principal_id})
    found: dict[int, str] = {}
    used: list[typed.Meaning] = []
    for meaning in typed.understand(q):
        hits = _meant(viewer, meaning, limit)
        if hits or meaning.kind == typed.NAME:
            used.append(meaning)
        for pk, why in hits:
            found.setdefault(pk, why)
        if found and meaning.kind in typed.SURE:
            break
    for reference in _references(q):
        for finder in finders:
            found = dict(finder(viewer, reference, limit)) | found
    items = summaries(viewer, list(found)[: limit * 3], why=found)[:limit]
    return Found(items, [_told(meaning) for meaning in used])


def search(viewer: Viewer, q: str, limit: int = 10, *, principal_id: int | None = None) -> list[Summary]:
    """The customers of `look`."""
    return look(viewer, q, limit, principal_id=principal_id).items


def _references(q: str) -> list[str]:
    """What other apps may know by its number, such as a contract: with digits in it, as typed or as one word."""
    text = names.tidy(q)[:60]
    if len(text) < 3 or not any(c.isdigit() for c in text):
        return []
    told = [m.value for m in typed.understand(q) if m.kind == typed.REFERENCE]
    return list(dict.fromkeys([text, *told]))


def _told(meaning: typed.Meaning) -> str:
    value = phones.display(meaning.value) if meaning.kind == typed.PHONE else meaning.value
    told = f"{gettext(WHY[meaning.kind])} {value}"
    return f"{told}, {gettext('postcode')} {meaning.postcode}" if meaning.postcode else told


def find(viewer: Viewer, *, phone: str = "", email: str = "", q: str = "", after: str = "", limit: int = 50) -> Page:
    """What a program asks for: an exact telephone (as typed), an exact e-mail, a search, or everything by pages.

    Several of them together must all fit. Raises `Invalid` on an unreadable telephone.
    """
    limit = max(1, min(limit, 200))
    number, address = exact(phone, email)
    if q:
        ranked = [s.id for s in search(viewer, q, limit)]
        return Page(_lines(viewer, among=ranked, phone=number, email=address))
    if number or address:
        return Page(_lines(viewer, phone=number, email=address)[:limit])
    return page(viewer, after=after, limit=limit)


def exact(phone: str, email: str) -> tuple[str, str]:
    """A telephone and an e-mail as typed, as they are kept. Raises `Invalid` on an unreadable telephone."""
    return phones.parse(phone) if phone else "", names.tidy(email).lower()


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
    """These customers as lines, in the order given, those the viewer may not see left out: one query."""
    return _lines(viewer, among=list(dict.fromkeys(ids)), why=why)


def _lines(
    viewer: Viewer,
    *,
    among: list[int] | None = None,
    phone: str = "",
    email: str = "",
    why: dict[int, str] | None = None,
) -> list[Summary]:
    """Customers in the order of `among`, else by number, who hold the telephone and the e-mail when they are given."""
    if among is not None and not among:
        return []
    asked = lines.statement(among=among is not None, phone=bool(phone), email=bool(email))
    given = {"principals": sorted(viewer.principals), "among": among, "phone": phone, "email": email}
    found = {row[0]: lines.line(row, (why or {}).get(row[0], "")) for row in sql.rows(asked, given)}
    return [found[pk] for pk in (among if among is not None else sorted(found)) if pk in found]


def _meant(viewer: Viewer, meaning: typed.Meaning, limit: int) -> list[tuple[int, str]]:
    """(customer, why it is one of those meant), best first."""
    if meaning.kind == typed.NAME:
        hits = named.by_name(viewer.principals, meaning.value, limit=limit, postcode=meaning.postcode)
        return [(hit.id, gettext(WHY_NAMED[hit.exact, hit.placed])) for hit in hits]
    why = gettext(WHY[meaning.kind])
    return [(pk, why) for pk in _numbered(viewer, meaning.kind, meaning.value, limit)]


def _numbered(viewer: Viewer, kind: str, value: str, limit: int) -> list[int]:
    partly = {
        typed.PHONE_START: lookup.by_phone_start,
        typed.PHONE_END: lookup.by_phone_end,
        typed.EMAIL: lookup.by_email,
    }
    if kind in partly:
        return partly[kind](viewer.principals, value, limit=limit)
    if kind == typed.REFERENCE:
        return lookup.by_reference(viewer.principals, value)
    if kind == typed.PHONE:
        return sorted(_holders(viewer, kind="phone", value=value))[:limit]
    column = {typed.ID: "pk", typed.SIREN: "siren", typed.SIRET: "siret"}[kind]
    return list(visible(viewer).filter(**{column: value}).values_list("pk", flat=True)[:limit])


def _holders(viewer: Viewer, **point: str) -> set[int]:
    rows = ContactPoint.objects.filter(principal_id__in=viewer.principals, valid_to__isnull=True, **point)
    return set(rows.values_list("customer_id", flat=True)[:200])


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
