"""Are these two the same? A score and its reasons, in words. Pure.

The score runs from 0 (nothing in common, or a contradiction) to 100. It says how much alike two descriptions are and is
the same whichever is asked first. It never decides alone: identification is certain only through an exact telephone
number or e-mail address (see `identification`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ligne.customers.rules import names
from ligne.kit.text import N_

PROBABLE = 70  # from here on two files are proposed as the same one
POSSIBLE = 45  # from here on they are worth a look


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of somebody; all of it may be empty.

    Names are keys (`names.key`), telephones E.164, e-mails lower case.
    """

    surname: str = ""
    first_name: str = ""
    company: str = ""
    siren: str = ""
    birth_date: date | None = None
    phones: frozenset[str] = field(default_factory=frozenset)
    emails: frozenset[str] = field(default_factory=frozenset)
    former: frozenset[str] = field(default_factory=frozenset)  # points of either kind no longer in use
    postcode: str = ""
    street: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against, as a sentence to translate. `weight` is what it added to the score."""

    code: str
    sentence: str
    weight: int


SENTENCES = {
    "phone": N_("same telephone"),
    "email": N_("same e-mail"),
    "former_point": N_("a former telephone or e-mail"),
    "siren": N_("same SIREN"),
    "company": N_("same company name"),
    "company_alike": N_("similar company name"),
    "surname": N_("same surname"),
    "surname_alike": N_("similar surname"),
    "first_name": N_("same first name"),
    "swapped": N_("first name and surname the other way round"),
    "birth_date": N_("same date of birth"),
    "postcode": N_("same postcode"),
    "street": N_("same street"),
    "reference": N_("same reference"),
    "first_name_differs": N_("another first name"),
    "birth_date_differs": N_("another date of birth"),
    "siren_differs": N_("another SIREN"),
    "surname_differs": N_("another surname"),
}
WEIGHTS = {
    "phone": 40,
    "email": 45,
    "former_point": 20,
    "siren": 60,
    "company": 30,
    "company_alike": 18,
    "surname": 22,
    "surname_alike": 14,
    "first_name": 18,
    "swapped": 30,
    "birth_date": 30,
    "postcode": 6,
    "street": 12,
    "reference": 60,
    "first_name_differs": -25,
    "birth_date_differs": -40,
    "siren_differs": -50,
    "surname_differs": -10,
}


@dataclass(frozen=True, slots=True)
class Score:
    """How alike, 0 to 100, and why, the strongest reason first."""

    value: int
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the reasons."""
        return frozenset(r.code for r in self.reasons)


def reason(code: str) -> Reason:
    """The reason called `code`."""
    return Reason(code, SENTENCES[code], WEIGHTS[code])


def compare(left: Facts, right: Facts) -> Score:
    """How much alike `left` and `right` are."""
    codes = [*_points(left, right), *_company(left, right), *_names(left, right), *_places(left, right)]
    if left.birth_date and right.birth_date:
        codes.append("birth_date" if left.birth_date == right.birth_date else "birth_date_differs")
    reasons = sorted((reason(c) for c in codes), key=lambda r: (-r.weight, r.code))
    value = sum(r.weight for r in reasons)
    return Score(max(0, min(100, value)), tuple(reasons))


def _points(left: Facts, right: Facts) -> list[str]:
    codes = []
    if left.phones & right.phones:
        codes.append("phone")
    if left.emails & right.emails:
        codes.append("email")
    now_left, now_right = left.phones | left.emails, right.phones | right.emails
    if left.former & (now_right | right.former) or right.former & now_left:
        codes.append("former_point")
    return codes


def _company(left: Facts, right: Facts) -> list[str]:
    codes = []
    if left.siren and right.siren:
        codes.append("siren" if left.siren == right.siren else "siren_differs")
    nearness = names.alike(left.company, right.company)
    if nearness == 1:
        codes.append("company")
    elif nearness >= 0.8:
        codes.append("company_alike")
    return codes


def _names(left: Facts, right: Facts) -> list[str]:
    if not left.surname or not right.surname:
        return []
    both_first = bool(left.first_name and right.first_name)
    if both_first and left.surname == right.first_name and left.first_name == right.surname:
        return ["swapped"] if left.surname != left.first_name else ["surname", "first_name"]
    nearness = names.alike(left.surname, right.surname)
    if nearness < 0.75:
        return ["surname_differs"]
    codes = ["surname" if nearness == 1 else "surname_alike"]
    if both_first:
        same = names.same_first_name(left.first_name, right.first_name)
        codes.append("first_name" if same else "first_name_differs")
    return codes


def _places(left: Facts, right: Facts) -> list[str]:
    if not left.postcode or left.postcode != right.postcode:
        return []
    street = left.street and names.alike(left.street, right.street) >= 0.85
    return ["postcode", "street"] if street else ["postcode"]
