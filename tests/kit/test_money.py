"""Amounts as people type and read them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.kit import money
from ligne.kit.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("89,90", 8990), ("89.9", 8990), ("89", 8900), ("0,05", 5), ("1 234,56 €", 123456), ("1.234,56", 123456),
        ("1,234.56", 123456), ("€12", 1200), (" 12 eur ", 1200), ("12 euros", 1200), ("1\u202f234,5", 123450),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(typed: str, cents: int) -> None:
    assert money.parse(typed).cents == cents


@pytest.mark.parametrize(
    "typed",
    ["", "rien", "0", "0,00", "-5", "1,234", "1.234", "1.2.3", "12,345,6", "1.234.56", "9" * 12, "١٢", "12,5,", "1e3"],
)
def test_what_cannot_be_or_could_be_two_things_is_refused_in_words(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        money.parse(typed, field="price")
    assert refusal.value.field == "price"


@given(st.integers(1, money.LARGEST_CENTS), st.booleans())
def test_what_is_written_is_read_back(cents: int, french: bool) -> None:
    assert money.parse(money.written(cents, french=french)).cents == cents


@given(st.text(max_size=20))
def test_any_text_gives_an_amount_or_a_refusal(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert 0 < money.parse(text).cents <= money.LARGEST_CENTS
