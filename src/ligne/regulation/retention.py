"""How long a thing may be kept: act "retention". Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ligne.kit.text import N_
from ligne.regulation import situation as facts
from ligne.regulation.calendar import METROPOLITAN, months_later
from ligne.regulation.engine import ALLOW, BLOCK, Finding, Objection, Verdict


@dataclass(frozen=True, slots=True)
class Term:
    """A rule that says how many `months` a thing may be kept, and how it is told."""

    id: str
    source: str
    months: int
    sentence: str


TERMS = {
    "recording": Term("53", "CNIL", 6, N_("A recording is kept 6 months at most; the last day was %(last_day)s.")),
    "evaluation": Term("53", "CNIL", 12, N_("An evaluation is kept 1 year at most; the last day was %(last_day)s.")),
    "prospect": Term(
        "56",
        "CNIL",
        36,
        N_("A prospect’s data is kept 3 years after their last sign of life; the last day was %(last_day)s."),
    ),
    "consent_proof": Term(
        "6", "C. conso R223-2", 36, N_("The proof of a consent is archived 3 years; the last day was %(last_day)s.")
    ),
}


def last_day(what: str, since: date) -> date:
    """The last day on which a thing kept `since` may still be kept. Raises KeyError for what has no term."""
    return months_later(since, TERMS[what].months)


def kept_since(what: str, today: date) -> date:
    """The earliest `since` that may still be kept `today`: what is older has to go."""
    months = TERMS[what].months
    since = months_later(today, -months)
    # 31 August + 6 months is 28 February: the days between were already over.
    while last_day(what, since) < today:
        since = since.fromordinal(since.toordinal() + 1)
    return since


def check(situation: Mapping[str, Any], now: datetime) -> Verdict:
    """Whether `what`, kept `since`, may still be kept `at` (now when absent). Raises `WrongField`."""
    given = facts.Facts(situation)
    what = given.choice("what", tuple(TERMS))
    since = given.instant("since", METROPOLITAN)
    if since is None:
        raise facts.WrongField("since", "must be an instant or a date")
    at = given.instant("at", METROPOLITAN) or now
    last = last_day(what, since.astimezone(METROPOLITAN).date())
    if at.astimezone(METROPOLITAN).date() <= last:
        return Verdict(ALLOW, [])
    term = TERMS[what]
    over = Objection(term.sentence, told={"last_day": f"{last:%d/%m/%Y}"})
    return Verdict(BLOCK, [Finding(term.id, BLOCK, term.source, over)])
