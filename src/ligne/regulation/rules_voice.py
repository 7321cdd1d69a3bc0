"""Calls to prospect: consent, exemptions, hours, count, opposition (rules 1-4, 7-9, 11, 13-15, 20)."""

from __future__ import annotations

from datetime import date, time, timedelta

from ligne.kit.text import N_
from ligne.regulation import consents
from ligne.regulation.calendar import is_holiday, jours_ouvrables_after
from ligne.regulation.engine import Objection, Rule
from ligne.regulation.situation import Contact

REFORM = date(2026, 8, 11)
HOURS = ((time(10), time(13)), (time(14), time(20)))
MOST_ATTEMPTS, WINDOW_DAYS = 4, 30
REFUSAL_DAYS = 60
CALL_BACK_DAYS = 5


def to_consumer(contact: Contact) -> bool:
    """A call to prospect a consumer."""
    return contact.channel == "voice" and contact.prospecting and contact.consumer


def needs_consent(contact: Contact) -> bool:
    """… that no exemption covers: a related contract (rule 8), the press (9), a requested call-back (11)."""
    return (
        to_consumer(contact)
        and not contact.exempt_by_contract
        and contact.sector != "press"
        and not within_requested_call_back(contact)
    )


def within_requested_call_back(contact: Contact) -> bool:
    """Rule 11: the person asked to be called back, at most five *jours ouvrables* ago."""
    asked = contact.requested_call_back_at
    if asked is None or asked > contact.at:
        return False
    last = jours_ouvrables_after(asked.astimezone(contact.local.tzinfo).date(), CALL_BACK_DAYS, contact.zone_name)
    return contact.local.date() <= last


def _no_consent(contact: Contact) -> Objection | None:
    consent = consents.latest(contact)
    if consent is None:
        return Objection(N_("This person never agreed to be called for prospecting."))
    worthless = (
        consent.proof is not True
        or consent.items is None
        or consent.items < consents.ITEMS
        or consents.expired(consent, contact, years=1)
        or consents.withdrawn(consent, contact.at)
    )
    return Objection(N_("No consent of this person to be called is valid at that moment.")) if worthless else None


def _no_proof(contact: Contact) -> Objection | None:
    consent = consents.latest(contact)
    if consent is None or consent.proof is True:
        return None
    return Objection(N_("The consent to be called has no readable proof."))


def _incomplete(contact: Contact) -> Objection | None:
    consent = consents.latest(contact)
    if consent is None or (consent.items is not None and consent.items >= consents.ITEMS):
        return None
    return Objection(N_("The request for consent is not known to have carried its five mentions."))


def _too_old(contact: Contact) -> Objection | None:
    consent = consents.latest(contact)
    if consent is None or not consents.expired(consent, contact, years=1):
        return None
    return Objection(N_("The consent to be called is over: it lasts one year at most, without tacit renewal."))


def _withdrawn(contact: Contact) -> Objection | None:
    consent = consents.latest(contact)
    if "voice" in contact.opposed or (consent is not None and consents.withdrawn(consent, contact.at)):
        return Objection(N_("This person withdrew their consent to be called, or objected to calls."))
    return None


def _hours(contact: Contact) -> Objection | None:
    if _at_the_appointment(contact):
        return None
    if contact.zone is None:
        return Objection(N_("The time zone of this person is unknown, and so is whether this is a permitted hour."))
    local = contact.local
    if local.weekday() >= 5 or is_holiday(local.date(), contact.zone_name):
        return Objection(N_("Prospecting calls are made from Monday to Friday, not on public holidays."))
    if any(start <= local.time() < end for start, end in HOURS):
        return None
    return Objection(
        N_("It is %(hour)s where this person lives; prospecting calls are made from 10 to 13 and from 14 to 20."),
        told={"hour": local.strftime("%H:%M")},
    )


def _at_the_appointment(contact: Contact) -> bool:
    """Within the hour that the person expressly accepted; ten minutes early is still that appointment."""
    if contact.appointment_at is None:
        return False
    return timedelta(minutes=-10) <= contact.at - contact.appointment_at < timedelta(hours=1)


def _count(contact: Contact) -> Objection | None:
    if contact.attempts is None:
        return Objection(N_("Earlier attempts to call this person are unknown, so their limit cannot be kept."))
    zone = contact.local.tzinfo
    today = contact.local.date()
    first = today - timedelta(days=WINDOW_DAYS - 1)
    made = sum(first <= a.astimezone(zone).date() <= today and a <= contact.at for a in contact.attempts)
    if made < MOST_ATTEMPTS:
        return None
    return Objection(
        N_("Already %(made)s attempts to call this person in 30 days; four are the limit."), told={"made": made}
    )


def _refused(contact: Contact) -> Objection | None:
    if contact.refused_at is None or contact.refused_at > contact.at:
        return None
    if contact.at >= contact.refused_at + timedelta(days=REFUSAL_DAYS):
        return None
    return Objection(N_("This person refused less than 60 days ago."))


def _objected_or_masked(contact: Contact) -> Objection | None:
    if "voice" in contact.opposed:
        return Objection(N_("This person objected to calls; they are never called again."))
    if not contact.caller_id:
        return Objection(N_("The number shown to this person must be known and never masked."))
    return None


def _late_call_back(contact: Contact) -> Objection | None:
    if contact.requested_call_back_at is None or within_requested_call_back(contact):
        return None
    return Objection(N_("A call-back that was asked for is made within five working days of the request."))


def _profession(contact: Contact) -> Objection | None:
    if "voice" in contact.opposed:
        return Objection(N_("This business objected to calls."))
    if contact.profession_related is not True:
        return Objection(N_("A call to a professional must be related to their profession; that is not known here."))
    return None


RULES = [
    Rule("1", "C. conso L223-1", "S1", REFORM, needs_consent, _no_consent),
    Rule("2", "C. conso L223-1", "S1", REFORM, needs_consent, _no_proof),
    Rule("3", "C. conso R223-1", "S1", REFORM, needs_consent, _incomplete),
    Rule("4", "C. conso R223-1", "S1", REFORM, needs_consent, _too_old),
    Rule("7", "C. conso R223-3", "S1", REFORM, to_consumer, _withdrawn),
    Rule("11", "C. conso R223-4", "S1", REFORM, to_consumer, _late_call_back),
    Rule("13", "C. conso D223-9", "S1", REFORM, to_consumer, _hours),
    Rule("14", "C. conso D223-9", "S1", REFORM, to_consumer, _count),
    Rule("14b", "Politique de la maison (ancien D223-9)", "P", date(2023, 3, 1), to_consumer, _refused),
    Rule("15", "C. conso L221-16, L221-17", "S2", date(2016, 7, 1), to_consumer, _objected_or_masked),
    Rule(
        "20",
        "CNIL, prospection des professionnels",
        "S2",
        date(2018, 5, 25),
        lambda c: c.channel == "voice" and c.prospecting and not c.consumer,
        _profession,
    ),
]
