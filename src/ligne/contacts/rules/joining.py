"""When exchanges may be merged, split or linked. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ligne.contacts.words import CLOSED
from ligne.kit.errors import Conflict, Invalid
from ligne.kit.text import N_


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the rules ask of an exchange. `live`: somebody waits at the other end now. `advisor_id`: who has it."""

    id: int
    principal_id: int
    customer_id: int | None
    channel: str
    live: bool
    state: str
    advisor_id: int | None = None


def check_merge(into: Exchange, other: Exchange, *, user_id: int | None) -> None:
    """Raise `Invalid` or `Conflict` unless `other` may become part of `into`; `user_id` is who asks for it."""
    check_pair(into, other)
    if into.customer_id is None or other.customer_id != into.customer_id:
        raise Invalid(
            N_("Only exchanges of the same customer become one: choose who it is first, or link them."), field="other"
        )
    if into.channel != other.channel or into.live:
        raise Invalid(
            N_("Only two exchanges written on the same channel become one: link these instead. Nothing was changed."),
            field="other",
        )
    if CLOSED in {into.state, other.state}:
        raise Conflict(N_("A closed exchange stays as it is: link them instead. Nothing was changed."))
    if other.advisor_id not in {None, user_id}:
        raise Conflict(N_("That exchange is with a colleague: link them, or mention the colleague in a note."))


def check_pair(one: Exchange, other: Exchange) -> None:
    """Raise `Invalid` unless these are two exchanges of one company."""
    if one.id == other.id:
        raise Invalid(N_("This is the exchange itself: choose another one."), field="other")
    if one.principal_id != other.principal_id:
        raise Invalid(N_("That exchange belongs to another company. Nothing was changed."), field="other")


def check_split(exchange: Exchange, *, is_customers: bool, others: int) -> None:
    """Raise `Invalid` unless a message may leave `exchange`. `is_customers`: the customer wrote it; `others`: how many
    more they wrote there."""
    if exchange.live:
        raise Invalid(N_("A conversation that goes on live stays together. Nothing was changed."), field="message")
    if not is_customers:
        raise Invalid(N_("Only what the customer wrote can be split off. Nothing was changed."), field="message")
    if others < 1:
        raise Invalid(
            N_("This is all that the customer wrote here: there is nothing to split it from."), field="message"
        )
