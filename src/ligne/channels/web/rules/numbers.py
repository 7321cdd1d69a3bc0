"""Which telephone numbers we call back. Pure."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberType

_BILLED = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN})


def callable_back(e164: str) -> bool:
    """Whether a person can be behind this number and calling it costs no more than a call."""
    number = phonenumbers.parse(e164, None)
    return phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) not in _BILLED
