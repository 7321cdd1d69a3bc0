"""SIREN and SIRET numbers of French businesses. Pure."""

from __future__ import annotations

import stdnum.exceptions
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from ligne.kit.errors import Invalid
from ligne.kit.text import N_


def siren(text: str) -> str:
    """Nine digits for what was typed ("732 829 320" -> "732829320"). Raises `Invalid`, saying what is wrong."""
    digits = _digits(text)
    if not digits.isdigit() or len(digits) != 9:
        raise Invalid(N_("A SIREN has 9 digits; “%(value)s” does not."), field="siren", value=text.strip())
    try:
        return str(siren_number.validate(digits))
    except stdnum.exceptions.ValidationError:
        raise Invalid(
            N_("“%(value)s” is not a SIREN: its check digit is wrong. Please read it again."),
            field="siren",
            value=text.strip(),
        ) from None


def siret(text: str) -> str:
    """Fourteen digits for what was typed. Raises `Invalid`, saying what is wrong."""
    digits = _digits(text)
    if not digits.isdigit() or len(digits) != 14:
        raise Invalid(N_("A SIRET has 14 digits; “%(value)s” does not."), field="siret", value=text.strip())
    try:
        return str(siret_number.validate(digits))
    except stdnum.exceptions.ValidationError:
        raise Invalid(
            N_("“%(value)s” is not a SIRET: its check digit is wrong. Please read it again."),
            field="siret",
            value=text.strip(),
        ) from None


def siren_of(siret_digits: str) -> str:
    """The business (SIREN) that an establishment (SIRET) belongs to."""
    return siret_digits[:9]


def valid_siren(text: str) -> bool:
    """Whether `text` is a SIREN with a right check digit."""
    try:
        siren(text)
    except Invalid:
        return False
    return True


def _digits(text: str) -> str:
    return "".join(text.replace(".", " ").replace("\u00a0", " ").replace("\u202f", " ").split())
