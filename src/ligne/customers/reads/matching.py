"""Who is it, and who is there twice?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from ligne.customers.models import Address, ContactPoint, Customer, NotDuplicate
from ligne.customers.reads import lookup, named
from ligne.customers.reads.scope import get, visible
from ligne.customers.rules import identification, matching, names
from ligne.kit import phones
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer

MOST = 8  # candidates shown


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody it could be: `score` 0 to 100, `reasons` as words for the person ("same telephone")."""

    customer_id: int
    display_name: str
    score: int
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Identification:
    """`state` "certain" (then `customer_id`), "candidates" or "unknown"; candidates best first."""

    state: str
    customer_id: int | None
    candidates: list[Candidate]


_BY_PHONE = Prepared(
    lambda house, value: ContactPoint.objects.filter(principal_id=house, kind="phone", value=value).values_list(
        "customer_id", "valid_to"
    )[:200]
)
_BY_EMAIL = Prepared(
    lambda house, value: ContactPoint.objects.filter(principal_id=house, kind="email", email_key=value).values_list(
        "customer_id", "valid_to"
    )[:200]
)
_ALIVE = Prepared(
    lambda house, numbers: Customer.objects.filter(
        principal_id=house, pk__in=numbers, merged_into__isnull=True, erased_at__isnull=True
    ).values_list("pk", flat=True)
)
_NUMBERED = Prepared(lambda number: Customer.objects.filter(pk=number))


def identify(
    viewer: Viewer, *, principal_id: int, phone: str = "", email: str = "", name: str = "", reference: str = ""
) -> Identification:
    """Who gets in touch, from what a channel knows. Never raises on strange input: what cannot be read is ignored.

    Certain only when every telephone or e-mail that somebody holds points to one living customer; a reference or a
    name proposes, it does not decide.
    """
    if not viewer.sees(principal_id):
        raise NotFound
    e164 = phones.parse_or_none(phone[:40]) if phone else None
    address = names.tidy(email).lower()[:254]
    living = visible(viewer).filter(principal_id=principal_id)
    exact, former = _holders(principal_id, e164, address)
    named = {*exact["phone"], *exact["email"], *former}
    alive = set(_ALIVE.all(house=principal_id, numbers=named)) if named else set()
    exact = {fact: ids & alive for fact, ids in exact.items()}
    own = [principal_id]
    by_reference = set(lookup.by_reference(own, names.tidy(reference)[:60]) if reference else [])
    # A name only proposes: it is not looked for when somebody holds the telephone or the e-mail.
    alike = _named(own, names.tidy(name)[:200], MOST) if name and not any(exact.values()) else []
    found = identification.decide(exact, {*by_reference, *alike, *(former & alive)})
    asked = _asked(e164, address, name)
    if found.customer_id is not None:
        people = _known_by(found.customer_id, asked, exact)
    else:
        people = _facts_of(living.filter(pk__in=found.candidates).values_list("pk", flat=True))
    candidates = [
        _candidate(customer, matching.compare(asked, facts), also=["reference"] if pk in by_reference else [])
        for pk, (customer, facts) in people.items()
    ]
    candidates.sort(key=lambda c: (-c.score, c.customer_id))
    return Identification(found.state, found.customer_id, candidates[:MOST])


def propose_duplicates(viewer: Viewer, customer_id: int, *, least: int = matching.POSSIBLE) -> list[Candidate]:
    """Other files of the same principal that may be the same customer, best first; pairs told apart are left out."""
    own = get(viewer, customer_id)
    (_, mine) = _facts_of([own.pk])[own.pk]
    living = visible(viewer).filter(principal_id=own.principal_id).exclude(pk=own.pk)
    near: set[int] = set()
    points = ContactPoint.objects.filter(principal_id=own.principal_id, valid_to__isnull=True)
    near |= set(points.filter(kind="phone", value__in=mine.phones).values_list("customer_id", flat=True)[:50])
    near |= set(points.filter(kind="email", email_key__in=mine.emails).values_list("customer_id", flat=True)[:50])
    if own.siren:
        near |= set(living.filter(siren=own.siren).values_list("pk", flat=True)[:50])
    near |= set(_named([own.principal_id], own.company_name or f"{own.first_name} {own.last_name}", 30))
    near -= {own.pk, *_told_apart(own.pk)}
    alive = list(living.filter(pk__in=near).values_list("pk", flat=True))
    scored = [_candidate(c, matching.compare(mine, facts)) for c, facts in _facts_of(alive).values()]
    return sorted((c for c in scored if c.score >= least), key=lambda c: (-c.score, c.customer_id))[:MOST]


def _holders(principal_id: int, phone: str | None, email: str) -> tuple[dict[str, set[int]], set[int]]:
    """({"phone": ids, "email": ids} of those who use them now, ids of those who used to)."""
    rows: list[tuple[str, int, object]] = []
    if phone:
        rows += [("phone", pk, end) for pk, end in _BY_PHONE.all(house=principal_id, value=phone)]
    if email:
        rows += [("email", pk, end) for pk, end in _BY_EMAIL.all(house=principal_id, value=email)]
    exact: dict[str, set[int]] = {"phone": set(), "email": set()}
    for kind, pk, end in rows:
        if end is None:
            exact[kind].add(pk)
    return exact, {pk for _, pk, end in rows if end is not None}


def _named(principals: list[int], name: str, limit: int) -> list[int]:
    return [hit.id for hit in named.by_name(principals, name, limit=limit)]


def _asked(phone: str | None, email: str, name: str) -> matching.Facts:
    words = [w for w in names.key(name).split() if w not in ("MME", "M", "MR", "MONSIEUR", "MADAME", "MLLE")]
    return matching.Facts(
        surname=words[-1] if words else "",
        first_name=" ".join(words[:-1]),
        company=" ".join(words),
        phones=frozenset([phone] if phone else []),
        emails=frozenset([email] if email else []),
    )


def _facts_of(customer_ids: Iterable[int]) -> dict[int, tuple[Customer, matching.Facts]]:
    """The customers and what they are compared by: three queries however many."""
    people = {c.pk: c for c in Customer.objects.filter(pk__in=list(customer_ids))}
    phone_of: dict[int, set[str]] = {pk: set() for pk in people}
    email_of: dict[int, set[str]] = {pk: set() for pk in people}
    former_of: dict[int, set[str]] = {pk: set() for pk in people}
    for point in ContactPoint.objects.filter(customer_id__in=people):
        held = phone_of if point.kind == "phone" else email_of
        (held if point.valid_to is None else former_of)[point.customer_id].add(point.value.lower())
    homes = {a.customer_id: a for a in Address.objects.filter(customer_id__in=people, valid_to__isnull=True)}
    return {
        pk: (
            customer,
            matching.Facts(
                surname=names.key(customer.last_name),
                first_name=names.key(customer.first_name),
                company=names.key(customer.company_name),
                siren=customer.siren,
                birth_date=customer.birth_date,
                phones=frozenset(phone_of[pk]),
                emails=frozenset(email_of[pk]),
                former=frozenset(former_of[pk]),
                postcode=homes[pk].postcode if pk in homes else "",
                street=names.key(homes[pk].line1) if pk in homes else "",
            ),
        )
        for pk, customer in people.items()
    }


def _known_by(
    customer_id: int, asked: matching.Facts, exact: dict[str, set[int]]
) -> dict[int, tuple[Customer, matching.Facts]]:
    """Somebody certain, compared by their name and by what they were recognised by: one query."""
    customer = _NUMBERED.one(number=customer_id)
    if customer is None:
        raise NotFound
    facts = matching.Facts(
        surname=names.key(customer.last_name),
        first_name=names.key(customer.first_name),
        company=names.key(customer.company_name),
        phones=asked.phones if customer_id in exact["phone"] else frozenset(),
        emails=asked.emails if customer_id in exact["email"] else frozenset(),
    )
    return {customer_id: (customer, facts)}


def _told_apart(customer_id: int) -> set[int]:
    pairs = NotDuplicate.objects.filter(first_id=customer_id).values_list("second_id", flat=True)
    return {*pairs, *NotDuplicate.objects.filter(second_id=customer_id).values_list("first_id", flat=True)}


def _candidate(customer: Customer, score: matching.Score, also: list[str] | None = None) -> Candidate:
    extra = [matching.reason(code) for code in also or []]
    value = min(100, score.value + sum(r.weight for r in extra))
    words = [gettext(r.sentence) for r in (*extra, *score.reasons)]
    return Candidate(customer.pk, customer.display_name, value, words)
