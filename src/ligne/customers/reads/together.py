"""Who are they? `identify` for many at once: what a telephone or an e-mail settles takes the same few queries however
many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ligne.customers.reads.matching import MOST, Identification, _asked, _candidate, _facts_of, identify
from ligne.customers.reads.scope import visible
from ligne.customers.rules import identification, matching, names
from ligne.kit import phones, sql
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Caller:
    """What a channel knows of one who gets in touch."""

    phone: str = ""
    email: str = ""
    name: str = ""


def identify_many(viewer: Viewer, *, principal_id: int, callers: Sequence[Caller]) -> list[Identification]:
    """`identify` of each, in the same order. Whom no telephone or e-mail settles is looked for by name, one by one."""
    if not viewer.sees(principal_id):
        raise NotFound
    phone_of = [phones.parse_or_none(c.phone[:40]) if c.phone else None for c in callers]
    email_of = [names.tidy(c.email).lower()[:254] for c in callers]
    holders, former = _holders(viewer, principal_id, {p for p in phone_of if p}, {e for e in email_of if e})
    decided: list[identification.Decision | None] = []
    for caller, phone, email in zip(callers, phone_of, email_of, strict=True):
        exact = {"phone": holders.get(("phone", phone), set()), "email": holders.get(("email", email), set())}
        settled = any(exact.values()) or not (caller.name or ("phone", phone) in former or ("email", email) in former)
        decided.append(identification.decide(exact, ()) if settled else None)
    candidates_of_all = {pk for one in decided if one for pk in one.candidates}
    people = _facts_of(candidates_of_all) if candidates_of_all else {}
    found = []
    for caller, phone, email, one in zip(callers, phone_of, email_of, decided, strict=True):
        if one is None:
            found.append(
                identify(viewer, principal_id=principal_id, phone=caller.phone, email=caller.email, name=caller.name)
            )
            continue
        asked = _asked(phone, email, caller.name)
        candidates = [
            _candidate(customer, matching.compare(asked, facts))
            for customer, facts in (people[pk] for pk in one.candidates if pk in people)
        ]
        candidates.sort(key=lambda c: (-c.score, c.customer_id))
        found.append(Identification(one.state, one.customer_id, candidates[:MOST]))
    return found


Held = tuple[str, str | None]

_PHONES = """
SELECT kind, value, customer_id, valid_to FROM customers_contactpoint
 WHERE principal_id = %(principal)s AND kind = 'phone' AND value = ANY (%(phones)s)
"""
_EMAILS = """
SELECT kind, email_key, customer_id, valid_to FROM customers_contactpoint
 WHERE principal_id = %(principal)s AND kind = 'email' AND email_key = ANY (%(emails)s)
"""


def _holders(
    viewer: Viewer, principal_id: int, phone_numbers: set[str], emails: set[str]
) -> tuple[dict[Held, set[int]], set[Held]]:
    """({fact: ids of the living who use it now}, facts that somebody used to have)."""
    rows: list[tuple[Any, ...]] = []
    if phone_numbers:
        rows += sql.rows(_PHONES, {"principal": principal_id, "phones": list(phone_numbers)}, planned=False)
    if emails:
        rows += sql.rows(_EMAILS, {"principal": principal_id, "emails": list(emails)}, planned=False)
    alive: set[int] = set()
    if rows:
        living = visible(viewer).filter(principal_id=principal_id, pk__in={pk for _, _, pk, _ in rows})
        alive = set(living.values_list("pk", flat=True))
    now: dict[Held, set[int]] = {}
    former: set[Held] = set()
    for kind, value, pk, end in rows:
        if end is not None:
            former.add((kind, value))
        elif pk in alive:
            now.setdefault((kind, value), set()).add(pk)
    return now, former
