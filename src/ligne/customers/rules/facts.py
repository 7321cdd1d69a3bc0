"""What may stand in a customer's file, and how it is written there. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from ligne.customers.rules import business, names
from ligne.kit import phones
from ligne.kit.errors import Invalid
from ligne.kit.text import N_

KINDS = {"person": N_("Private person"), "business": N_("Business")}
STATUSES = {"customer": N_("Customer"), "prospect": N_("Prospect"), "former": N_("Former customer")}
PHONE_LABELS = {"mobile": N_("Mobile"), "home": N_("Landline"), "work": N_("At work"), "other": N_("Other")}
EMAIL_LABELS = {"personal": N_("Personal"), "work": N_("At work"), "other": N_("Other")}
ADDRESS_LABELS = {
    "main": N_("Main address"),
    "billing": N_("Billing address"),
    "delivery": N_("Delivery address"),
    "other": N_("Other"),
}
CHANNELS = {
    "voice": N_("Telephone"),
    "email": N_("E-mail"),
    "sms": N_("SMS"),
    "chat": N_("Chat"),
    "letter": N_("Letter"),
}
# How a segment's badge looks; its word is always written in it.
TONES = {"info": N_("Blue"), "ok": N_("Green"), "warn": N_("Amber"), "bad": N_("Red"), "mute": N_("Grey")}
# The eight groups of the national classification of occupations; two digits name a finer group.
CSP = {
    "1": N_("Farmers"),
    "2": N_("Craftspeople, shopkeepers, heads of business"),
    "3": N_("Managers and intellectual professions"),
    "4": N_("Intermediate professions"),
    "5": N_("Employees"),
    "6": N_("Manual workers"),
    "7": N_("Retired"),
    "8": N_("Others without occupation"),
}

_EMAIL = re.compile(r"[^@\s\"<>(),:;\\\[\]]{1,64}@(?:[^@\s.\"<>(),:;\\\[\]]{1,63}\.)+[^@\s.\"<>(),:;\\\[\]]{2,63}")


def clean(facts: dict[str, Any], today: date) -> dict[str, Any]:
    """`facts` as they are stored; only the fields given are returned, plus the SIREN that a SIRET implies.

    Raises `Invalid` naming the field. A name is never required.
    """
    cleaned = {}
    for field, value in facts.items():
        if field not in FIELDS:
            raise Invalid(N_("A customer's file has no “%(name)s”."), field=field, name=field)
        cleaned[field] = FIELDS[field](field, value, today)
    if cleaned.get("siret"):
        siren = business.siren_of(cleaned["siret"])
        if cleaned.setdefault("siren", siren) not in ("", siren):
            raise Invalid(N_("This SIRET belongs to another SIREN. Please read both again."), field="siret")
        cleaned["siren"] = siren
    return cleaned


def email(text: str) -> str:
    """An e-mail address as typed, trimmed; raises `Invalid` when it cannot be one."""
    address = names.tidy(text).removeprefix("mailto:")
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise Invalid(N_("“%(value)s” is not an e-mail address."), field="email", value=address[:80])
    return address


def point(kind: str, value: str) -> str:
    """A contact point's value as stored: E.164 for "phone", the address for "email". Raises `Invalid`."""
    if kind == "phone":
        return phones.parse(value)
    if kind == "email":
        return email(value)
    raise Invalid(N_("A contact point is a telephone number or an e-mail address."), field="kind")


def address(facts: dict[str, Any]) -> dict[str, str]:
    """A postal address as stored; raises `Invalid` when nothing is in it or the country is not two letters."""
    wide = {"line1": 200, "line2": 200, "postcode": 12, "city": 120}
    stored = {name: _text(name, facts.get(name), size) for name, size in wide.items()}
    country = _text("country", facts.get("country"), 60).upper() or "FR"
    country = {"FRANCE": "FR", "BELGIQUE": "BE", "SUISSE": "CH", "LUXEMBOURG": "LU"}.get(country, country)
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise Invalid(N_("Write the country as two letters (FR, BE, CH)."), field="country")
    if not any(stored.values()):
        raise Invalid(N_("An address needs at least a town."), field="city")
    if country == "FR" and stored["postcode"] and not re.fullmatch(r"\d{5}", stored["postcode"]):
        raise Invalid(
            N_("A French postcode has 5 digits; “%(value)s” does not."), field="postcode", value=stored["postcode"]
        )
    label = str(facts.get("label") or "main")
    return stored | {"country": country, "label": label if label in ADDRESS_LABELS else "other"}


def day(field: str, value: Any) -> date | None:
    """A date, or None when empty: a `date`, "2026-11-23", "23/11/2026" or "23.11.2026". Raises `Invalid`."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value if type(value) is date else value.date()  # type: ignore[attr-defined]
    text = str(value).strip()
    french = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text)
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1]))
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid(N_("“%(value)s” is not a date; write it 23/11/2026."), field=field, value=text[:40]) from None


def _text(field: str, value: Any, size: int) -> str:
    text = names.tidy("" if value is None else str(value))
    if len(text) > size:
        raise Invalid(N_("This is too long: %(size)s characters at most."), field=field, size=size)
    return text


def _line(size: int) -> Callable[[str, Any, date], str]:
    return lambda field, value, today: _text(field, value, size)


def _choice(options: dict[str, str]) -> Callable[[str, Any, date], str]:
    def check(field: str, value: Any, today: date) -> str:
        if value not in options:
            raise Invalid(
                N_("“%(value)s” is not possible here; choose one of: %(options)s."),
                field=field,
                value=str(value)[:40],
                options=", ".join(options),
            )
        return str(value)

    return check


def _past(field: str, value: Any, today: date) -> date | None:
    when = day(field, value)
    if when and not date(1880, 1, 1) <= when <= today:
        raise Invalid(N_("This date must lie in the past."), field=field)
    return when


def _zone(field: str, value: Any, today: date) -> str:
    zone = _text(field, value, 64)
    if zone and zone not in available_timezones():
        raise Invalid(N_("“%(value)s” is not a time zone; write Europe/Paris for example."), field=field, value=zone)
    return zone


def _csp(field: str, value: Any, today: date) -> str:
    code = _text(field, value, 2)
    if code and not re.fullmatch(r"[1-8]\d?", code):
        raise Invalid(N_("A socio-professional category is a digit from 1 to 8, or two digits."), field=field)
    return code


def _language(field: str, value: Any, today: date) -> str:
    code = (_text(field, value, 5) or "fr").replace("_", "-").lower()
    if not re.fullmatch(r"[a-z]{2}(-[a-z]{2})?", code):
        raise Invalid(N_("Write the language as two letters (fr, en)."), field=field)
    return code


def _long(field: str, value: Any, today: date) -> str:
    text = str(value or "").replace("\r\n", "\n").replace("\x00", "").strip()
    if len(text) > 10_000:
        raise Invalid(N_("This is too long: %(size)s characters at most."), field=field, size=10_000)
    return text


FIELDS: dict[str, Callable[[str, Any, date], Any]] = {
    "kind": _choice(KINDS),
    "civility": lambda field, value, today: names.civility(str(value or "")),
    "first_name": _line(100),
    "last_name": _line(100),
    "company_name": _line(200),
    "siren": lambda field, value, today: business.siren(str(value)) if value else "",
    "siret": lambda field, value, today: business.siret(str(value)) if value else "",
    "birth_date": _past,
    "language": _language,
    "zone": _zone,
    "segment": _line(40),
    "csp": _csp,
    "fragile": lambda field, value, today: bool(value),
    "status": _choice(STATUSES),
    "external_ref": _line(60),
    "since": _past,
    "notes": _long,
}
PERSONAL = ("civility", "first_name", "last_name", "company_name", "siren", "siret", "birth_date", "csp", "notes")
