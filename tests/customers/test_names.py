"""Names made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.customers.rules import names

NAMES = st.text(alphabet="abcdeéèçñœ'- ADLM", max_size=12)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Lefèvre", "LEFEVRE"),
        ("D’Arc-Noël", "D ARC NOEL"),
        ("  de  la  Tour ", "DE LA TOUR"),
        ("Œuvrard", "OEUVRARD"),
        ("Иванов", "ИВАНОВ"),
        ("", ""),
    ],
)
def test_key(typed: str, key: str) -> None:
    assert names.key(typed) == key


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("madame", "Mme"), ("Mlle", "Mme"), ("MR.", "M."), ("monsieur", "M."), ("docteur", ""), ("", "")],
)
def test_civility(typed: str, kept: str) -> None:
    assert names.civility(typed) == kept


def test_tidy_drops_what_cannot_be_shown() -> None:
    assert names.tidy("Anne\x00\u202e \t Lefe\u0300vre\n") == "Anne Lefèvre"


@given(NAMES, NAMES, NAMES)
def test_distance_is_a_distance(a: str, b: str, c: str) -> None:
    assert names.distance(a, b) == names.distance(b, a)
    assert (names.distance(a, b) == 0) == (a == b)
    assert names.distance(a, c) <= names.distance(a, b) + names.distance(b, c)


@given(NAMES, NAMES)
def test_alike_is_the_same_both_ways_and_between_0_and_1(a: str, b: str) -> None:
    assert 0 <= names.alike(a, b) <= 1
    assert names.alike(a, b) == names.alike(b, a)


@given(NAMES)
def test_a_key_is_its_own_key(text: str) -> None:
    assert names.key(names.key(text)) == names.key(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("JEAN PAUL", "JEAN", True),
        ("J", "JEAN", True),
        ("ANNE", "ANNA", False),
        ("MARIE", "PAUL", False),
        ("", "PAUL", False),
        ("STEPHANIE", "STEPHANE", True),
    ],
)
def test_same_first_name(one: str, other: str, same: bool) -> None:
    assert names.same_first_name(one, other) is same
    assert names.same_first_name(other, one) is same
