"""What a customer keys in to pay: the card's number, its expiry, its security code, one after the other. Pure.

The digits are here and nowhere else: whoever holds a `Keying` holds a card, in memory, for the time of the payment
(PCI DSS 4.0.1, 3.3.1). Its printed form says no digit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from ligne.channels.voice.ports import Card

NUMBER, EXPIRY, CODE = "number", "expiry", "code"
STEPS = (NUMBER, EXPIRY, CODE)
TRIES = 3  # at each step, then the payment is given up
SHORTEST, LONGEST = 12, 19  # digits of a card's number (ISO/IEC 7812)
EXPIRY_DIGITS = 4  # month, then the year's last two
CENTURY = 2000
YEARS_AHEAD = 20  # no card lasts longer: a wrong key
AMEX = ("34", "37")  # fifteen digits, and a code of four
SILENCE = "silence"
END_KEY = "#"


@dataclass(frozen=True, slots=True)
class Keying:
    """Where the customer is. `wrong` says why the last try was refused (a step's name, or "silence"), `tries` how many
    were at this step; `card` once everything is there; `given_up` after too many wrong tries."""

    step: str = NUMBER
    typed: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    expiry: str = field(default="", repr=False)
    wrong: str = ""
    tries: int = 0
    card: Card | None = field(default=None, repr=False)
    given_up: bool = False


def press(keying: Keying, key: str, today: date) -> Keying:
    """One more key; END_KEY ends a step, and so does the last digit that it can have. Other keys mean nothing."""
    if keying.card is not None or keying.given_up:
        return keying
    if key == END_KEY:
        return _check(keying, today) if keying.typed else keying
    if not (len(key) == 1 and key in "0123456789"):
        return keying
    keying = replace(keying, typed=keying.typed + key, wrong="")
    return _check(keying, today) if len(keying.typed) >= _longest(keying) else keying


def silence(keying: Keying, today: date) -> Keying:
    """Nothing was pressed for a while: what is there is taken as it is, if anything."""
    if keying.card is not None or keying.given_up:
        return keying
    return _check(keying, today) if keying.typed else _refuse(keying, SILENCE)


def is_card_number(digits: str) -> bool:
    """Whether this can be a card's number: its length, and its last digit by Luhn's rule (ISO/IEC 7812-1, annex B)."""
    if not (SHORTEST <= len(digits) <= LONGEST and digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def expires(digits: str, today: date) -> tuple[int, int] | None:
    """(year, month) of an expiry keyed as MMYY; None when it is no month, is past, or lies too far ahead."""
    if len(digits) != EXPIRY_DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    month, year = int(digits[:2]), CENTURY + int(digits[2:])
    if not 1 <= month <= 12 or year > today.year + YEARS_AHEAD:
        return None
    return (year, month) if (year, month) >= (today.year, today.month) else None


def holds_card_number(text: str) -> bool:
    """Whether somebody wrote a card's number in `text`, with or without blanks and dashes."""
    run = ""
    for sign in f"{text} \n":
        if sign.isdigit():
            run += sign
        elif sign not in " -." or len(run) > LONGEST:
            if is_card_number(run):
                return True
            run = ""
    return is_card_number(run)


def _longest(keying: Keying) -> int:
    """At how many digits a step is over by itself: where cards of a kind all have the same."""
    if keying.step == EXPIRY:
        return EXPIRY_DIGITS
    if keying.step == CODE:
        return 4 if keying.number.startswith(AMEX) else 3
    if keying.typed.startswith(AMEX):
        return 15
    mastercard = "51" <= keying.typed[:2] <= "55" or "2221" <= keying.typed[:4] <= "2720"
    return 16 if mastercard and len(keying.typed) >= 4 else LONGEST


def _check(keying: Keying, today: date) -> Keying:
    typed = keying.typed
    if keying.step == NUMBER:
        return _next(replace(keying, number=typed), EXPIRY) if is_card_number(typed) else _refuse(keying, NUMBER)
    if keying.step == EXPIRY:
        return _next(replace(keying, expiry=typed), CODE) if expires(typed, today) else _refuse(keying, EXPIRY)
    until = expires(keying.expiry, today)
    if len(typed) != _longest(keying) or until is None:
        return _refuse(keying, CODE)
    return replace(keying, typed="", card=Card(keying.number, until[0], until[1], typed))


def _next(keying: Keying, step: str) -> Keying:
    return replace(keying, step=step, typed="", wrong="", tries=0)


def _refuse(keying: Keying, why: str) -> Keying:
    tries = keying.tries + 1
    return replace(keying, typed="", wrong=why, tries=tries, given_up=tries >= TRIES)
