"""What the telephone asks of a payment provider. A provider is a file that satisfies `PaymentProvider` and one line in
`ligne.site.payments`; the conformance test runs over the registry. LIGNE_PAYMENT names the one in use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ligne.kit.money import Money
from ligne.kit.registry import Registry

ACCEPTED, DECLINED = "accepted", "declined"


@dataclass(frozen=True, slots=True)
class Card:
    """What the customer keyed in, for one request, in memory alone: never kept, never logged, never printed."""

    number: str = field(repr=False)
    expiry_year: int = field(repr=False)
    expiry_month: int = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Charge:
    """What is asked. `key` is ours, one for each payment: the provider charges once for it, however often it is asked.
    `reference` is what the customer pays (an invoice's number), to be written on their statement."""

    key: str
    amount: Money
    reference: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank said: ACCEPTED with the `receipt` by which it knows the payment, or DECLINED with the `reason` in
    one word: "funds", "expired", "stolen", "code", "limit", "closed", else "refused"."""

    state: str
    receipt: str = ""
    reason: str = ""


class Unreachable(Exception):
    """No answer: nobody knows whether the card was charged. `look_up` will tell."""


class PaymentProvider(Protocol):
    """The port. Both verbs may block for up to twenty seconds, then raise `Unreachable`."""

    label: str  # for people, in English, marked with `N_`

    def charge(self, charge: Charge, card: Card) -> Answer:
        """Charge the card, once for each key: asked again with the same key it answers the same and charges nothing."""
        ...

    def look_up(self, key: str) -> Answer | None:
        """What became of it. None: nothing was charged, and nothing ever will be under this key."""
        ...


providers: Registry[PaymentProvider] = Registry("payment providers")
