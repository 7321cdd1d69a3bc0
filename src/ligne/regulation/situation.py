"""The facts of a planned contact, read strictly from the shape of `ligne rules check`. Pure.

What is absent is unknown (None), never a guess; each rule says what an unknown fact means to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.regulation.calendar import METROPOLITAN

CHANNELS = ("voice", "sms", "email", "letter", "chat")
PURPOSES = ("prospecting", "service", "contract", "collection", "survey", "appointment")
MODES = ("manual", "preview", "progressive", "predictive")
KINDS = ("consumer", "business")
_MISSING = object()


class WrongField(Invalid):
    """A field of the situation does not fit; `field` is its path ("customer.zone")."""

    sentence = N_("%(path)s: %(problem)s")

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(field=path, path=path, problem=problem)


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent to be prospected by one channel; instants in UTC, None where unknown."""

    channel: str
    given_at: datetime | None
    proof: bool | None
    items: int | None
    expires_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """What is known of the message to be sent."""

    promotional: bool | None
    opt_out: bool | None
    brand_first: bool | None
    sender: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact about to be made: act "contact"."""

    at: datetime
    channel: str
    purpose: str
    mode: str
    consumer: bool  # an unknown kind of customer is protected as a consumer
    zone: ZoneInfo | None
    opposed: frozenset[str]
    over_indebted: bool | None
    sector: str
    consents: tuple[Consent, ...]
    contract_in_force: bool | None
    contract_related: bool | None
    attempts: tuple[datetime, ...] | None
    refused_at: datetime | None
    appointment_at: datetime | None
    requested_call_back_at: datetime | None
    caller_id: str | None
    caller_id_authorised: bool | None
    message: Message
    similar_product: bool | None
    profession_related: bool | None
    plan_kept: bool | None

    @property
    def prospecting(self) -> bool:
        return self.purpose == "prospecting"

    @property
    def local(self) -> datetime:
        """The hour at the person's; in metropolitan France while their zone is unknown."""
        return self.at.astimezone(self.zone or METROPOLITAN)

    @property
    def zone_name(self) -> str:
        return (self.zone or METROPOLITAN).key

    @property
    def exempt_by_contract(self) -> bool:
        """Rule 8: a contract in force to which the call is related."""
        return self.contract_in_force is True and self.contract_related is True


class Facts:
    """A mapping read field by field, with its path for the error."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self.values, self.path = values, path

    def wrong(self, name: str, problem: str) -> WrongField:
        return WrongField(f"{self.path}{name}", problem)

    def _get(self, name: str) -> Any:
        value = self.values.get(name, _MISSING)
        return None if value is _MISSING else value

    def flag(self, name: str) -> bool | None:
        value = self._get(name)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(name, "must be true, false or null")

    def text(self, name: str) -> str | None:
        value = self._get(name)
        if value is None or isinstance(value, str):
            return value
        raise self.wrong(name, "must be text")

    def whole(self, name: str) -> int | None:
        value = self._get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self.wrong(name, "must be a whole number")

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name)
        if value is None and default is not None:
            return default
        if value is None or value not in choices:
            raise self.wrong(name, f"must be one of {', '.join(choices)}")
        return value

    def part(self, name: str) -> Facts:
        value = self._get(name)
        if value is None:
            return Facts({}, f"{self.path}{name}.")
        if isinstance(value, Mapping):
            return Facts(value, f"{self.path}{name}.")
        raise self.wrong(name, "must be an object")

    def list(self, name: str) -> list[Any] | None:
        value = self._get(name)
        if value is None or isinstance(value, list):
            return value
        raise self.wrong(name, "must be a list")

    def instant(self, name: str, zone: ZoneInfo) -> datetime | None:
        return instant(self._get(name), f"{self.path}{name}", zone)


def instant(value: Any, path: str, zone: ZoneInfo) -> datetime | None:
    """An instant written as ISO 8601 with its offset; a date alone means its first moment in `zone`."""
    if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
        return value
    if not isinstance(value, str):
        raise WrongField(path, "must be an instant as ISO 8601 text")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise WrongField(path, "must be an instant as ISO 8601, as in 2026-11-24T10:30:00+01:00") from None
    if not 1900 <= moment.year <= 2200:
        raise WrongField(path, "must lie between 1900 and 2200")
    if len(value) == 10:
        return datetime.combine(moment.date(), time(), zone).astimezone(UTC)
    if moment.tzinfo is None:
        raise WrongField(path, "must carry its offset, as in 2026-11-24T10:30:00+01:00")
    return moment.astimezone(UTC)


def contact(values: Mapping[str, Any], now: datetime) -> Contact:
    """Read the facts of an act "contact". Raises `WrongField` with the path of the first field that does not fit."""
    facts = Facts(values)
    customer, contract = facts.part("customer"), facts.part("contract")
    zone = _zone(customer)
    local = zone or METROPOLITAN
    return Contact(
        at=facts.instant("at", local) or now,
        channel=facts.choice("channel", CHANNELS),
        purpose=facts.choice("purpose", PURPOSES),
        mode=facts.choice("mode", MODES, "manual"),
        consumer=customer.choice("kind", KINDS, "consumer") == "consumer",
        zone=zone,
        opposed=_opposed(customer),
        over_indebted=customer.flag("over_indebted"),
        sector=facts.text("sector") or "",
        consents=tuple(_consents(facts, local)),
        contract_in_force=contract.flag("in_force"),
        contract_related=contract.flag("related"),
        attempts=_attempts(facts, local),
        refused_at=facts.instant("refused_at", local),
        appointment_at=facts.instant("appointment_at", local),
        requested_call_back_at=facts.instant("requested_call_back_at", local),
        caller_id=facts.text("caller_id"),
        caller_id_authorised=facts.flag("caller_id_authorised"),
        message=_message(facts.part("message")),
        similar_product=facts.flag("similar_product"),
        profession_related=facts.flag("profession_related"),
        plan_kept=facts.part("instalment_plan").flag("kept"),
    )


def _zone(customer: Facts) -> ZoneInfo | None:
    name = customer.text("zone")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise customer.wrong("zone", "is not a time zone, as in Europe/Paris") from None


def _opposed(customer: Facts) -> frozenset[str]:
    opposed = customer.list("opposed") or []
    for index, channel in enumerate(opposed):
        if channel not in CHANNELS:
            raise customer.wrong(f"opposed[{index}]", f"must be one of {', '.join(CHANNELS)}")
    return frozenset(opposed)


def _attempts(facts: Facts, zone: ZoneInfo) -> tuple[datetime, ...] | None:
    listed = facts.list("attempts")
    if listed is None:
        return None
    read = [instant(value, f"attempts[{index}]", zone) for index, value in enumerate(listed)]
    if None in read:
        raise facts.wrong(f"attempts[{read.index(None)}]", "must be an instant")
    return tuple(moment for moment in read if moment is not None)


def _consents(facts: Facts, zone: ZoneInfo) -> list[Consent]:
    read = []
    for index, value in enumerate(facts.list("consents") or []):
        if not isinstance(value, Mapping):
            raise facts.wrong(f"consents[{index}]", "must be an object")
        one = Facts(value, f"consents[{index}].")
        read.append(
            Consent(
                channel=one.choice("channel", CHANNELS),
                given_at=one.instant("given_at", zone),
                proof=one.flag("proof"),
                items=one.whole("items"),
                expires_at=one.instant("expires_at", zone),
                withdrawn_at=one.instant("withdrawn_at", zone),
            )
        )
    return read


def _message(facts: Facts) -> Message:
    return Message(
        promotional=facts.flag("promotional"),
        opt_out=facts.flag("opt_out"),
        brand_first=facts.flag("brand_first"),
        sender=facts.text("sender"),
        text=facts.text("text") or "",
    )
