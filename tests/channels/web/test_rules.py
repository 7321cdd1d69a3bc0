"""The pure rules of call-back requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ligne.channels.web.rules import numbers, windows
from ligne.kit import colours

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+33612345678", True),
        ("+33320123456", True),
        ("+33801020304", True),
        ("+32471234567", True),
        ("+33899123456", False),
        ("+33123", False),
    ],
)
def test_only_numbers_of_people_are_called(number: str, expected: bool) -> None:
    assert numbers.callable_back(number) is expected


def test_as_soon_as_possible_is_half_an_hour() -> None:
    assert windows.soon(NOW) == (NOW, NOW + timedelta(minutes=30))


def test_a_window_is_chosen_by_its_start_alone() -> None:
    hour = timedelta(hours=1)
    offered = [(NOW + hour, NOW + 2 * hour), (NOW + 2 * hour, NOW + 3 * hour)]
    assert windows.choose(NOW + 2 * hour, offered) == offered[1]
    assert windows.choose(NOW, offered) is None


@pytest.mark.parametrize(
    ("given", "kept", "ink"),
    [
        ("#b3261e", "#b3261e", "#ffffff"),
        ("#ffd54a", "#ffd54a", "#14161c"),
        ("red; } body { display: none", colours.HOUSE, "#ffffff"),
    ],
)
def test_a_colour_is_a_colour_and_can_be_read_upon(given: str, kept: str, ink: str) -> None:
    assert colours.colour_or_house(given) == kept
    assert colours.ink_on(kept) == ink
