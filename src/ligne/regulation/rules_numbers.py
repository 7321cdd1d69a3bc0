"""Which number may be shown to the person called (rules 21 to 24)."""

from __future__ import annotations

from datetime import date

from ligne.kit.text import N_
from ligne.regulation.engine import Objection, Rule
from ligne.regulation.situation import Contact

AUTOMATED = frozenset({"progressive", "predictive"})
FOR_AUTOMATA = ("0162", "0163", "0270", "0271", "0377", "0378", "0424", "0425", "0568", "0569", "0948", "0949")
OVERSEAS_FOR_AUTOMATA = ("09475", "09476", "09477", "09478", "09479")
ORDINARY = ("01", "02", "03", "04", "05", "06", "07", "09")


def national(number: str) -> str:
    """A French number as it is dialled at home ("+33162000000" -> "0162000000"); others unchanged."""
    return f"0{number[3:]}" if number.startswith("+33") else number


def _automated(contact: Contact) -> bool:
    return contact.channel == "voice" and contact.mode in AUTOMATED and bool(contact.caller_id)


def _for_automata(contact: Contact) -> bool:
    return national(contact.caller_id or "").startswith(FOR_AUTOMATA + OVERSEAS_FOR_AUTOMATA)


def _ordinary(contact: Contact) -> Objection | None:
    if _for_automata(contact) or not national(contact.caller_id or "").startswith(ORDINARY):
        return None
    return Objection(N_("An automated calling system may not show an ordinary geographic or mobile number."))


def _foreign_to_automata(contact: Contact) -> Objection | None:
    if national(contact.caller_id or "").startswith(ORDINARY):
        return None  # allowed by this rule, or refused by the one before
    return Objection(N_("An automated calling system shows a number of the ranges reserved for it."))


def _mobile(contact: Contact) -> Objection | None:
    if not national(contact.caller_id or "").startswith(("06", "07")):
        return None
    return Objection(N_("A contact centre may not show a mobile number."))


def _authorised(contact: Contact) -> Objection | None:
    if contact.caller_id_authorised is True:
        return None
    if contact.caller_id_authorised is None and not contact.prospecting:
        return None
    return Objection(N_("The number shown is not known to be assigned to us or lent by agreement."))


RULES = [
    Rule("21", "Arcep 2018-0881", "S1", date(2019, 8, 1), _automated, _ordinary),
    Rule("22", "Arcep, plan de numérotation", "S2", date(2023, 1, 1), _automated, _foreign_to_automata),
    Rule(
        "23",
        "Arcep, plan de numérotation",
        "S1",
        date(2023, 1, 1),
        lambda c: c.channel == "voice" and bool(c.caller_id),
        _mobile,
    ),
    Rule(
        "24",
        "CPCE L44",
        "S1",
        date(2023, 7, 25),
        lambda c: c.channel == "voice" or (c.channel == "sms" and c.caller_id is not None),
        _authorised,
    ),
]
