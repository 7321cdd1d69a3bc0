"""Filling a reply template from the customer's file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ligne.kit.text import N_

_SLOT = re.compile(r"\{\{\s*([a-zéèêàçù_]{1,40})\s*\}\}", re.IGNORECASE)
_BRACES = re.compile(r"\{\{.*?\}\}|\{\{[^\n]*|[^\s]*\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a template may ask for: its name between braces, what stands there, an example."""

    name: str
    meaning: str
    example: str

    @property
    def written(self) -> str:
        """As one writes it in a template."""
        return f"{{{{ {self.name} }}}}"


SLOTS = (
    Slot("client", N_("The customer’s full name"), "Mme Anne Lefèvre"),
    Slot("civilite", N_("The customer’s title"), "Mme"),
    Slot("prenom", N_("The customer’s first name"), "Anne"),
    Slot("nom", N_("The customer’s last name, or company"), "Lefèvre"),
    Slot("conseiller", N_("The advisor who answers"), "Nadia Ferrand"),
    Slot("societe", N_("The company served"), "Bleuet Télécom"),
    Slot("numero", N_("The number of the exchange"), "48213"),
)
EXAMPLE = {slot.name: slot.example for slot in SLOTS}


def parts(text: str, facts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """`text` in pieces, each with what it is: "text" as written, "fact" filled in, "gap" for one that is missing."""
    at = 0
    for match in _SLOT.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], "text"
        fact = facts.get(match.group(1).lower(), "")
        yield (fact, "fact") if fact else (f"[{match.group(1)}]", "gap")
        at = match.end()
    if at < len(text):
        yield text[at:], "text"


def fill(text: str, facts: Mapping[str, str]) -> str:
    """`text` with each «{{ name }}» replaced by its fact; an unknown or empty one becomes a visible «[name]»."""
    return "".join(piece for piece, _ in parts(text, facts))


def misspelt(text: str) -> list[str]:
    """What stands between double braces in `text`, or has lost one pair, and is no slot: it would never be filled."""
    found = []
    for match in _BRACES.finditer(text):
        slot = _SLOT.fullmatch(match.group())
        if slot is None or slot.group(1).lower() not in EXAMPLE:
            found.append(match.group().strip())
    return found
