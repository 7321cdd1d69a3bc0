"""Reminding debtors (rules 44, 49, 50)."""

from __future__ import annotations

from datetime import date, timedelta

from ligne.kit.text import N_
from ligne.regulation.engine import Objection, Rule
from ligne.regulation.situation import Contact

MOST_A_WEEK = 3


def _reminds(contact: Contact) -> bool:
    return contact.purpose == "collection"


def _repetition(contact: Contact) -> Objection | None:
    since = contact.at - timedelta(days=7)
    made = sum(since < attempt <= contact.at for attempt in contact.attempts or ())
    if made < MOST_A_WEEK:
        return None
    return Objection(N_("Already %(made)s reminders in a week; three are the limit of the house."), told={"made": made})


def _over_indebted(contact: Contact) -> Objection | None:
    if contact.over_indebted is not True:
        return None
    return Objection(
        N_("This person's over-indebtedness file was admitted: no reminder, no plan; turn to the commission.")
    )


def _plan(contact: Contact) -> Objection | None:
    if contact.plan_kept is not True:
        return None
    return Objection(N_("The instalment plan is being kept: no reminder goes out."))


RULES = [
    Rule("44", "Politique de la maison", "P", date(2000, 1, 1), _reminds, _repetition),
    Rule("49", "C. conso L722-2", "S2", date(2016, 7, 1), lambda c: _reminds(c) and c.consumer, _over_indebted),
    Rule("50", "C. civ. 1343-5", "R", date(2016, 10, 1), _reminds, _plan),
]
