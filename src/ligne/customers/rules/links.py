"""Ties between customers, read from both ends. Pure.

A tie is kept once, in one direction: `from` is KIND of `to`. Seen from the other end it has the inverse's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from ligne.kit.errors import Invalid
from ligne.kit.text import N_


@dataclass(frozen=True, slots=True)
class LinkKind:
    """One kind of tie: its name, the name of its inverse (itself when the tie is mutual), the group it is shown in."""

    key: str
    inverse: str
    label: str
    group: str  # "family" | "company"


_ALL = [
    LinkKind("spouse", "spouse", N_("Spouse or partner"), "family"),
    LinkKind("sibling", "sibling", N_("Brother or sister"), "family"),
    LinkKind("parent", "child", N_("Parent"), "family"),
    LinkKind("child", "parent", N_("Child"), "family"),
    LinkKind("guardian", "ward", N_("Legal guardian"), "family"),
    LinkKind("ward", "guardian", N_("Person under guardianship"), "family"),
    LinkKind("employee_of", "employer_of", N_("Employee"), "company"),
    LinkKind("employer_of", "employee_of", N_("Employer"), "company"),
    LinkKind("manager_of", "managed_by", N_("Manager"), "company"),
    LinkKind("managed_by", "manager_of", N_("Managed company"), "company"),
    LinkKind("subsidiary_of", "parent_company_of", N_("Subsidiary"), "company"),
    LinkKind("parent_company_of", "subsidiary_of", N_("Parent company"), "company"),
]
KINDS = {kind.key: kind for kind in _ALL}
# The direction in which each tie is kept.
STORED = ("spouse", "sibling", "parent", "guardian", "employee_of", "manager_of", "subsidiary_of")


def canonical(kind: str, from_id: int, to_id: int) -> tuple[str, int, int]:
    """How the tie "`from_id` is `kind` of `to_id`" is kept, whichever end it was told from. Raises `Invalid`."""
    if kind not in KINDS:
        raise Invalid(N_("“%(value)s” is not a kind of tie."), field="kind", value=kind)
    if from_id == to_id:
        raise Invalid(N_("A customer cannot be tied to itself."), field="other")
    if KINDS[kind].inverse == kind:
        return kind, min(from_id, to_id), max(from_id, to_id)
    if kind in STORED:
        return kind, from_id, to_id
    return KINDS[kind].inverse, to_id, from_id


def seen_from(kind: str, from_id: int, customer_id: int) -> LinkKind:
    """What the OTHER end is to `customer_id`, for the tie kept as `kind` from `from_id`."""
    return KINDS[kind] if from_id != customer_id else KINDS[KINDS[kind].inverse]
