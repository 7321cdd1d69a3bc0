"""Money: integer cents with a currency. Never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ligne.kit.errors import Invalid
from ligne.kit.text import N_

NBSP, THIN = "\u00a0", "\u202f"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
LARGEST_CENTS = 100_000_000  # what a person types by mistake is above it
_BLANKS = re.compile(r"[\s\u00a0\u202f]")
# Thousands apart or not, then at most two decimals after a comma or a point.
_AMOUNT = re.compile(r"(?P<whole>\d+|\d{1,3}(?:[.,]\d{3})+)(?:[.,](?P<rest>\d{1,2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`cents` hundredths of `currency` (ISO 4217)."""

    cents: int
    currency: str = "EUR"

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.cents - other.cents, self.currency)

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


def parse(text: str, *, field: str = "amount", currency: str = "EUR") -> Money:
    """An amount as people type it ("1 234,56 €", "1234.5", "89"), in `currency`. Raises `Invalid` naming `field`.

    What could be two things ("1,234": a thousand or one and a bit) is refused, never guessed.
    """
    bare = _BLANKS.sub("", text).removeprefix(SIGNS.get(currency, currency)).upper()
    bare = bare.removesuffix(SIGNS.get(currency, currency)).removesuffix(currency).removesuffix("EUROS")
    found = _AMOUNT.fullmatch(bare)
    if found is None or not bare.isascii():
        raise Invalid(N_("“%(value)s” is not an amount: write it as 89,90. Nothing was done."), field=field, value=text)
    whole, rest = found["whole"], found["rest"] or ""
    separators = {sign for sign in whole if not sign.isdigit()}
    if separators and (not rest or bare[len(whole)] in separators or len(separators) > 1):
        raise Invalid(
            N_("“%(value)s” can be read in two ways: write it as 1234,56. Nothing was done."), field=field, value=text
        )
    cents = int(re.sub(r"\D", "", whole)) * 100 + int(rest.ljust(2, "0"))
    if cents == 0:
        raise Invalid(N_("The amount is nothing at all. Nothing was done."), field=field)
    if cents > LARGEST_CENTS:
        raise Invalid(N_("The amount is too large. Nothing was done."), field=field)
    return Money(cents, currency)


def written(cents: int, currency: str = "EUR", *, french: bool = True) -> str:
    """Cents as people write them: 1 234,56 € in French, €1,234.56 in English."""
    sign = SIGNS.get(currency, currency)
    minus, whole, rest = "-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100
    if french:
        return f"{minus}{whole:,}".replace(",", THIN) + f",{rest:02d}{NBSP}{sign}"
    return f"{minus}{sign}{whole:,}.{rest:02d}"
