"""The columns of a file of customers: what each is called, how a line is understood. Pure.

One table serves import and export, so that what was exported can be imported again. Headers are compared without
accents, case or punctuation; French and English names are accepted, whichever language the person works in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ligne.customers.rules import facts, names
from ligne.kit import phones
from ligne.kit.errors import Invalid
from ligne.kit.text import N_


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, its French and English header (used on export), other headers accepted on import."""

    key: str
    fr: str
    en: str
    also: tuple[str, ...] = ()


COLUMNS = [
    Column("id", "Numéro de fiche", "File number", ("fiche",)),
    Column(
        "external_ref", "Référence", "Reference", ("ref", "external ref", "id client", "numéro client", "customer id")
    ),
    Column("kind", "Type", "Kind", ("type de client", "customer type")),
    Column("civility", "Civilité", "Title", ("civility", "genre")),
    Column("last_name", "Nom", "Last name", ("nom de famille", "surname", "family name")),
    Column("first_name", "Prénom", "First name", ("given name",)),
    Column("company_name", "Raison sociale", "Company", ("société", "entreprise", "company name")),
    Column("siren", "SIREN", "SIREN"),
    Column("siret", "SIRET", "SIRET"),
    Column("birth_date", "Date de naissance", "Birth date", ("né le", "date of birth", "birthdate")),
    Column("phone", "Téléphone", "Phone", ("tel", "telephone 1", "portable", "mobile", "phone 1", "phone number")),
    Column("phone2", "Téléphone 2", "Phone 2", ("tel 2", "fixe", "téléphone fixe", "landline")),
    Column("email", "Courriel", "E-mail", ("email", "mail", "adresse e-mail", "adresse mail", "courriel 1", "email 1")),
    Column("email2", "Courriel 2", "E-mail 2", ("email 2", "mail 2")),
    Column("line1", "Adresse", "Address", ("rue", "adresse 1", "street", "address line 1")),
    Column("line2", "Complément d’adresse", "Address line 2", ("adresse 2", "complement", "bâtiment")),
    Column("postcode", "Code postal", "Postcode", ("cp", "zip", "zip code", "postal code")),
    Column("city", "Ville", "City", ("commune", "town")),
    Column("country", "Pays", "Country"),
    Column("segment", "Segment", "Segment"),
    Column("status", "Statut", "Status"),
    Column("csp", "CSP", "CSP", ("catégorie socioprofessionnelle",)),
    Column("since", "Client depuis", "Customer since", ("since", "depuis")),
    Column("language", "Langue", "Language"),
    Column("fragile", "Fragile", "Fragile"),
    Column("notes", "Notes", "Notes", ("commentaire", "remarques", "comments")),
    Column("opposed", "Opposition", "Opposition", ("oppositions", "ne pas contacter", "do not contact")),
    Column("consent_voice", "Accord téléphone", "Phone consent", ("consentement téléphone",)),
    Column("consent_email", "Accord courriel", "E-mail consent", ("consentement courriel", "email consent")),
    Column("consent_sms", "Accord SMS", "SMS consent", ("consentement sms",)),
]
_BY_HEADER = {names.key(h): c.key for c in COLUMNS for h in (c.key.replace("_", " "), c.fr, c.en, *c.also)}

_KINDS = {
    "PARTICULIER": "person", "PERSONNE": "person", "PERSON": "person", "CONSUMER": "person", "P": "person",
    "ENTREPRISE": "business", "PROFESSIONNEL": "business", "PRO": "business", "SOCIETE": "business",
    "BUSINESS": "business", "COMPANY": "business", "E": "business",
}  # fmt: skip
_STATUSES = {
    "CLIENT": "customer", "CUSTOMER": "customer", "PROSPECT": "prospect",
    "ANCIEN": "former", "ANCIEN CLIENT": "former", "FORMER": "former", "FORMER CUSTOMER": "former",
}  # fmt: skip
_YES = {"OUI", "YES", "1", "TRUE", "VRAI", "X", "O", "Y"}
_CHANNELS = {
    "TOUS": "", "TOUT": "", "ALL": "", "OUI": "", "YES": "", "X": "", "1": "",
    "TELEPHONE": "voice", "TEL": "voice", "VOICE": "voice", "PHONE": "voice",
    "COURRIEL": "email", "E MAIL": "email", "EMAIL": "email", "MAIL": "email",
    "SMS": "sms", "CHAT": "chat", "COURRIER": "letter", "LETTRE": "letter", "LETTER": "letter",
}  # fmt: skip
_FACTS = ("civility", "last_name", "first_name", "company_name", "siren", "siret", "birth_date", "segment", "csp",
          "since", "language", "notes", "external_ref")  # fmt: skip


@dataclass(slots=True)
class Line:
    """A line understood: only what the file says; an empty cell says nothing."""

    facts: dict[str, Any] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    address: dict[str, str] | None = None
    opposed: list[str] = field(default_factory=list)
    consents: dict[str, date] = field(default_factory=dict)
    id: int | None = None

    @property
    def reference(self) -> str:
        """The principal's own reference of this customer, or ""."""
        return str(self.facts.get("external_ref", ""))

    @property
    def name(self) -> tuple[str, str]:
        """(surname or company, first name) as keys; ("", "") for nobody in particular."""
        company = self.facts.get("company_name", "")
        if company and self.facts.get("kind", "business") == "business":
            return names.key(company), ""
        return names.key(self.facts.get("last_name", "")), names.key(self.facts.get("first_name", ""))

    @property
    def fingerprint(self) -> str:
        """What a line without a reference is known by when the same file comes again."""
        told = [self.facts, self.phones, self.emails, self.address, self.opposed, self.consents]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:32]


def known(header: Sequence[str]) -> dict[int, str]:
    """{position: column key} of the headers we know; the first of two columns with one meaning counts."""
    found: dict[int, str] = {}
    for position, text in enumerate(header):
        key = _BY_HEADER.get(names.key(names.tidy(text)))
        if key and key not in found.values():
            found[position] = key
    return found


def understand(cells: dict[str, str], today: date) -> Line | None:
    """What a line says, from {column key: text}; None for an empty line. Raises `Invalid` naming the column."""
    told = {key: _unquoted(text) for key, text in cells.items()}
    told = {key: text for key, text in told.items() if text}
    if not told:
        return None
    line = Line(facts=facts.clean(_facts(told), today))
    line.phones = _points(told, "phone", "phone2")
    line.emails = _points(told, "email", "email2")
    home: dict[str, str] = {key: told[key] for key in ("line1", "line2", "postcode", "city", "country") if key in told}
    if home.keys() - {"country"}:
        line.address = facts.address(home | {"postcode": _postcode(home)})
    line.opposed = _opposed(told.get("opposed", ""))
    for channel in ("voice", "email", "sms"):
        given = facts.day(f"consent_{channel}", told.get(f"consent_{channel}"))
        if given and given > today:
            raise Invalid(N_("This date must lie in the past."), field=f"consent_{channel}")
        if given:
            line.consents[channel] = given
    line.id = _number(told.get("id", ""))
    if not (line.id or line.reference or any(line.name) or line.phones or line.emails):
        raise Invalid(N_("Nothing here names a customer: no name, no telephone, no e-mail, no reference."))
    return line


def title(column: Column, language: str) -> str:
    """The header of `column` in `language`."""
    return column.fr if language.startswith("fr") else column.en


def label_of(key: str, language: str) -> str:
    """What a column is called, by its key; the key itself when it is none of ours."""
    return next((title(c, language) for c in COLUMNS if c.key == key), key)


# What a spreadsheet begins a formula with, or passes over before one; the wide signs are those of Asian keyboards.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def protected(text: str) -> str:
    """`text` for a cell that a spreadsheet must not take for a formula; `understand` takes the mark off again."""
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    return text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA[:4])


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:] if text[:1] == "'" and _is_formula(text[1:]) else text


def _facts(told: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {key: told[key] for key in _FACTS if key in told}
    if "kind" in told:
        found["kind"] = _one_of("kind", told["kind"], _KINDS)
    elif "company_name" in told and "last_name" not in told:
        found["kind"] = "business"
    if "status" in told:
        found["status"] = _one_of("status", told["status"], _STATUSES)
    if "fragile" in told:
        found["fragile"] = names.key(told["fragile"]) in _YES
    return found


def _one_of(key: str, text: str, options: dict[str, str]) -> str:
    meant = options.get(names.key(text))
    if meant is None:
        raise Invalid(
            N_("“%(value)s” is not possible here; choose one of: %(options)s."),
            field=key,
            value=text[:40],
            options=", ".join(sorted({o.lower() for o in options if len(o) > 2})),
        )
    return meant


def _points(told: dict[str, str], *keys: str) -> list[str]:
    found = []
    for key in keys:
        if key not in told:
            continue
        try:
            if key.startswith("phone"):
                digits = told[key].replace(" ", "").removesuffix(".0")
                # A spreadsheet that took the number for a figure dropped its leading zero.
                bare = f"0{digits}" if len(digits) == 9 and digits.isdigit() and digits[0] != "0" else told[key]
                found.append(phones.parse(bare))
            else:
                found.append(facts.email(told[key]))
        except Invalid as wrong:
            wrong.field = key
            raise
    return list(dict.fromkeys(found))


def _postcode(home: dict[str, str]) -> str:
    code = home.get("postcode", "").replace(" ", "").removesuffix(".0")
    french = home.get("country", "FR").upper() in ("FR", "FRANCE")
    return code.zfill(5) if french and len(code) == 4 and code.isdigit() else home.get("postcode", "") and code


def _opposed(text: str) -> list[str]:
    if names.key(text) in ("", "NON", "NO", "0"):
        return []
    parts = [part for part in text.replace(";", ",").replace("|", ",").split(",") if part.strip()]
    return sorted({_one_of("opposed", part, _CHANNELS) for part in parts})


def _number(text: str) -> int | None:
    digits = text.removesuffix(".0").removeprefix("n°").strip()
    if not digits:
        return None
    if not digits.isdigit() or len(digits) > 18:
        raise Invalid(N_("“%(value)s” is not a file number."), field="id", value=text[:40])
    return int(digits)
