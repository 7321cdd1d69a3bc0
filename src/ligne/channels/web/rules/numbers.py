"""Which telephone numbers we call back. Pure."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberType

_BILLED = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN})


# Numbers that the regulator (Arcep) keeps for works of fiction: nobody has them, demos and trainings use them.
_FICTION = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")


def callable_back(e164: str) -> bool:
    """Whether a person can be behind this number and calling it costs no more than a call."""
    number = phonenumbers.parse(e164, None)
    if e164.startswith(_FICTION):
        return True
    return phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) not in _BILLED
