"""What did they type into the search box? Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ligne.customers.rules import business, names
from ligne.kit import phones

ID, PHONE, PHONE_START, PHONE_END, EMAIL, SIREN, SIRET, REFERENCE, NAME = (
    "id",
    "phone",
    "phone_start",
    "phone_end",
    "email",
    "siren",
    "siret",
    "reference",
    "name",
)
# Found by one of these there is nothing left to guess.
SURE = frozenset({ID, PHONE, SIREN, SIRET})

_WHOLE_PHONE = re.compile(r"(?<!\w)(?:\+\d|00\d|0\d)(?:[ .\-/]?\d){8,13}(?!\w)")
_ADDRESS = re.compile(r"\S+@\S*")
_POSTCODE = re.compile(r"(?<!\S)(\d{5}|\d{2})(?!\S)")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing the text can mean: `kind` and the value to look up.

    A name may come with a `postcode`, whole or its first two digits.
    """

    kind: str
    value: str
    postcode: str = ""


def understand(text: str) -> list[Meaning]:
    """Everything `text` can mean, the likeliest first; [] for nothing to look for.

    "06 39 98 22 90" is a telephone number, "0639" the beginning and "9822 90" the end of one, "anne@ex" the beginning
    of an e-mail address, "n° 12" a file's number, "GAR-00012" or "CB 000 012" a reference, "dupont 69003" a name and a
    postcode, "anne lefèvre 06 39 98 22 90" a telephone number and a name, the rest a name.
    """
    typed = names.tidy(text)[:200]
    if not typed:
        return []
    number = re.fullmatch(r"(?:n°|nº|#)\s*(\d{1,18})", typed, re.IGNORECASE)
    if number:
        return [Meaning(ID, number[1])]
    compact = re.sub(r"[\s.\-/()]", "", typed)
    if re.fullmatch(r"\+?\d{3,20}", compact):
        return _digits(compact)
    return _words(typed)


def _words(typed: str) -> list[Meaning]:
    found = []
    for kind, pattern in ((EMAIL, _ADDRESS), (PHONE, _WHOLE_PHONE)):
        part = pattern.search(typed)
        value = _value(kind, part[0]) if part else None
        if part and value:
            found.append(Meaning(kind, value))
            typed = f"{typed[: part.start()]} {typed[part.end() :]}".strip()
    if any(c.isdigit() for c in typed):
        found += [Meaning(REFERENCE, reference) for reference in _references(typed)]
    postcode = _POSTCODE.search(typed)
    if postcode and names.key(_without(typed, postcode)):
        found.append(Meaning(NAME, names.tidy(_without(typed, postcode)), postcode[1]))
    elif names.key(typed):
        found.append(Meaning(NAME, typed))
    return found


def _value(kind: str, text: str) -> str | None:
    return text.lower() if kind == EMAIL else phones.parse_or_none(text)


def _without(typed: str, part: re.Match[str]) -> str:
    return f"{typed[: part.start()]} {typed[part.end() :]}"


def _references(typed: str) -> list[str]:
    """As typed when it is one word; without its spaces when a few letters lead a number ("CB 000 012")."""
    if " " not in typed:
        return [typed]
    compact = typed.replace(" ", "")
    return [compact] if re.fullmatch(r"[A-Za-z]{1,5}[\-/]?\d{3,15}", compact) else []


def _digits(compact: str) -> list[Meaning]:
    found = []
    bare = compact.lstrip("+")
    leads = compact.startswith(("0", "+"))
    e164 = phones.parse_or_none(compact) if leads and len(bare) >= 10 else None
    if e164:
        found.append(Meaning(PHONE, e164))
    if len(bare) == 14:
        found.append(Meaning(SIRET, bare))
    if len(bare) == 9 and business.valid_siren(bare):
        found.append(Meaning(SIREN, bare))
    if not e164 and 4 <= len(bare) <= 12:
        found.append(Meaning(PHONE_END, bare))
    if not e164 and leads and 4 <= len(bare) <= 11:
        found.append(Meaning(PHONE_START, f"+{bare}" if compact.startswith("+") else f"+33{bare[1:]}"))
    found.append(Meaning(REFERENCE, bare))
    return found
