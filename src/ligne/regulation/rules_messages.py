"""E-mails, SMS and letters that promote something (rules 26 to 31, opposition by 57)."""

from __future__ import annotations

import re
from datetime import date, time

from ligne.kit.text import N_
from ligne.regulation import consents
from ligne.regulation.calendar import is_holiday
from ligne.regulation.engine import WARN, Objection, Rule
from ligne.regulation.situation import Contact

SMS_HOURS = (time(8), time(21, 30))
SENDER_MOST = 11
IN_FORCE = date(2004, 6, 22)
SMS_CHARTER = date(2026, 3, 1)

# A functional text with an offer in it is promotional (rule 29).
_OFFER = re.compile(
    r"[-−–]\s?\d{1,3}(?:[.,]\d+)?\s?%|\d{1,3}\s?%\s+(?:de\s+)?(?:remise|réduction|rabais)|\bpromo(?:tion|s|tions)?\b|"
    r"\bsoldes\b|\bremises?\b|\bcode\s+promo|\bbons?\s+d['’e]\s?(?:achat|réduction)|"
    r"\boffres?\s+(?:spéciales?|exclusives?|exceptionnelles?|limitées?|flash)|\bventes?\s+(?:flash|privées?)",
    re.IGNORECASE,
)


def promotional(contact: Contact) -> bool:
    """Prospecting, declared promotional, or an SMS whose text holds an offer."""
    if contact.prospecting or contact.message.promotional is True:
        return True
    return contact.channel == "sms" and bool(_OFFER.search(contact.message.text))


def _written(contact: Contact) -> bool:
    return contact.channel in {"email", "sms"} and promotional(contact)


def _to_consumer(contact: Contact) -> bool:
    return _written(contact) and contact.consumer


def _consent(contact: Contact) -> Objection | None:
    if contact.channel in contact.opposed:
        return Objection(N_("This person objected to messages of this kind."))
    consent = consents.latest(contact)
    valid = (
        consent is not None
        and consent.proof is True
        and not consents.withdrawn(consent, contact.at)
        and not consents.expired(consent, contact, years=None)
    )
    if valid or contact.similar_product is True:
        return None
    return Objection(N_("This person did not agree to promotional messages on this channel."))


def _own_customer(contact: Contact) -> Objection | None:
    if contact.message.opt_out is True:
        return None
    return Objection(N_("A message to our own customer about a similar product must offer a way to refuse the next."))


def _opt_out(contact: Contact) -> Objection | None:
    if contact.message.opt_out is True:
        return None
    return Objection(N_("A promotional message carries a valid way to refuse the next; this one is not known to."))


def _sms_form(contact: Contact) -> Objection | None:
    message = contact.message
    if message.opt_out is not True:
        return Objection(N_("A promotional SMS carries STOP, free and immediate."))
    if message.brand_first is not True:
        return Objection(N_("A promotional SMS begins with the brand."))
    if not message.sender or len(message.sender) > SENDER_MOST:
        return Objection(N_("The sender's name of a promotional SMS has 1 to 11 characters."))
    return None


def _sms_hours(contact: Contact) -> Objection | None:
    if contact.zone is None:
        return Objection(N_("The time zone of this person is unknown, and so is whether this is a permitted hour."))
    local = contact.local
    if not SMS_HOURS[0] <= local.time() <= SMS_HOURS[1]:
        return Objection(
            N_("It is %(hour)s where this person lives; promotional SMS leave from 08:00 to 21:30."),
            told={"hour": local.strftime("%H:%M")},
        )
    if local.weekday() == 6 or is_holiday(local.date(), contact.zone_name):
        return Objection(N_("Promotional SMS are better not sent on Sundays and public holidays."), WARN)
    return None


def _profession(contact: Contact) -> Objection | None:
    if contact.channel in contact.opposed:
        return Objection(N_("This business objected to messages of this kind."))
    if contact.profession_related is not True:
        return Objection(N_("A message to a professional must be related to their profession; that is not known here."))
    return None


def _opposition(contact: Contact) -> Objection | None:
    if contact.channel not in contact.opposed:
        return None
    return Objection(N_("This person objected to being addressed this way."))


RULES = [
    Rule("26", "CPCE L34-5", "S1", IN_FORCE, _to_consumer, _consent),
    Rule("27", "CPCE L34-5", "S2", IN_FORCE, lambda c: _to_consumer(c) and c.similar_product is True, _own_customer),
    Rule("28", "CPCE L34-5", "S1", IN_FORCE, _written, _opt_out),
    Rule("29", "Charte af2m", "S1", SMS_CHARTER, lambda c: c.channel == "sms" and promotional(c), _sms_form),
    Rule("30", "Charte af2m", "S1", SMS_CHARTER, lambda c: c.channel == "sms" and promotional(c), _sms_hours),
    Rule(
        "31",
        "CNIL, prospection des professionnels",
        "S1",
        date(2018, 5, 25),
        lambda c: _written(c) and not c.consumer,
        _profession,
    ),
    Rule(
        "57",
        "RGPD art. 21",
        "R",
        date(2018, 5, 25),
        lambda c: c.purpose == "survey" or (c.channel in {"letter", "chat"} and promotional(c)),
        _opposition,
    ),
]
