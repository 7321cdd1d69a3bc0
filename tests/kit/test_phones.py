"""The quick ways of reading a telephone say what the library says."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.kit import phones
from ligne.kit.errors import Invalid

_DIGITS = st.text("0123456789", min_size=7, max_size=11)
_SPACES = st.sampled_from(["", " ", ".", "-"])


def by_library(text: str) -> str | None:
    """What `phones.parse` would say if it had no quick ways."""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(start=st.sampled_from(["0", "+33", "+330", "0033", "+32", ""]), digits=_DIGITS)
def test_as_kept_or_without_spaces(start: str, digits: str) -> None:
    assert phones.parse_or_none(start + digits) == by_library(start + digits)


@given(
    pairs=st.lists(st.text("0123456789", min_size=2, max_size=2), min_size=4, max_size=6),
    between=st.lists(_SPACES, min_size=6, max_size=6),
)
def test_in_pairs(pairs: list[str], between: list[str]) -> None:
    text = "".join(pair + space for pair, space in zip(pairs, between, strict=False)).rstrip(" .-")
    assert phones.parse_or_none(text) == by_library(text)


def test_a_kept_number_is_itself_wherever_one_is() -> None:
    assert phones.parse("+33612345678", "BE") == "+33612345678"
    with pytest.raises(Invalid):
        phones.parse("0612", "FR")
