"""What did they type into the search box? Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ligne.customers.rules import business, names
from ligne.kit import phones

ID, PHONE, PHONE_END, EMAIL, SIREN, SIRET, REFERENCE, NAME = (
    "id",
    "phone",
    "phone_end",
    "email",
    "siren",
    "siret",
    "reference",
    "name",
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing the text can mean: `kind` and the value to look up."""

    kind: str
    value: str


def understand(text: str) -> list[Meaning]:
    """Everything `text` can mean, the likeliest first; [] for nothing to look for.

    "06 39 98 22 90" is a telephone number, "9822 90" the end of one, "anne@ex" the beginning of an e-mail address,
    "n° 12" a file's number, "GAR-00012" a reference, the rest a name.
    """
    typed = names.tidy(text)[:200]
    if not typed:
        return []
    number = re.fullmatch(r"(?:n°|nº|#)\s*(\d{1,18})", typed, re.IGNORECASE)
    if number:
        return [Meaning(ID, number[1])]
    if "@" in typed:
        return [Meaning(EMAIL, typed.lower())]
    compact = re.sub(r"[\s.\-/()]", "", typed)
    if re.fullmatch(r"\+?\d{3,20}", compact):
        return _digits(compact)
    found = []
    if any(c.isdigit() for c in typed) and " " not in typed:
        found.append(Meaning(REFERENCE, typed))
    if names.key(typed):
        found.append(Meaning(NAME, typed))
    return found


def _digits(compact: str) -> list[Meaning]:
    found = []
    bare = compact.lstrip("+")
    complete = compact.startswith(("0", "+")) and len(bare) >= 10
    e164 = phones.parse_or_none(compact) if complete else None
    if e164:
        found.append(Meaning(PHONE, e164))
    if len(bare) == 14:
        found.append(Meaning(SIRET, bare))
    if len(bare) == 9 and business.valid_siren(bare):
        found.append(Meaning(SIREN, bare))
    if not e164 and 4 <= len(bare) <= 12:
        found.append(Meaning(PHONE_END, bare))
    found.append(Meaning(REFERENCE, bare))
    return found
