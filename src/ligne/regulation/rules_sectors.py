"""Sectors in which prospecting is banned whatever the consent (rules 10 and 12)."""

from __future__ import annotations

from datetime import date

from ligne.kit.text import N_
from ligne.regulation.engine import Objection, Rule
from ligne.regulation.rules_voice import within_requested_call_back
from ligne.regulation.situation import Contact

HOME_WORKS = frozenset({"energy_renovation", "renewable_energy", "home_adaptation"})


def promotes(contact: Contact) -> bool:
    """Whether the contact seeks a sale: prospecting, or a message declared promotional."""
    return contact.prospecting or contact.message.promotional is True


def _home_works(contact: Contact) -> bool:
    return contact.sector in HOME_WORKS and contact.consumer and promotes(contact)


def _by_call(contact: Contact) -> Objection | None:
    if contact.contract_in_force is True or within_requested_call_back(contact):
        return None
    return Objection(N_("In this sector consumers may not be called for prospecting, even with their consent."))


def _by_message(contact: Contact) -> Objection | None:
    if contact.contract_in_force is True:
        return None
    return Objection(N_("In this sector consumers may not be prospected by message, even with their consent."))


def _training(contact: Contact) -> Objection | None:
    return Objection(N_("Prospecting about the personal training account is banned on every channel."))


RULES = [
    Rule(
        "10",
        "C. conso L223-1",
        "S1",
        date(2020, 7, 26),
        lambda c: _home_works(c) and c.channel == "voice",
        _by_call,
    ),
    Rule(
        "10",
        "C. conso L223-8",
        "S1",
        date(2025, 7, 2),
        lambda c: _home_works(c) and c.channel != "voice",
        _by_message,
    ),
    Rule(
        "12",
        "C. trav. L6323-8-1",
        "R",
        date(2022, 12, 21),
        lambda c: c.sector == "training_account" and promotes(c),
        _training,
    ),
]
