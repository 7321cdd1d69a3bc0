"""How often one source may do one thing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ligne.kit import clock, throttle
from ligne.kit.errors import TooMany

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    throttle.forget()
    yield
    throttle.forget()


def knock(seconds: float, source: str = "203.0.113.7", what: str = "door") -> None:
    with clock.at(NOW + timedelta(seconds=seconds)):
        throttle.check(what, source, times=2, seconds=10)


def test_past_its_share_a_source_waits_until_its_window_moves_on() -> None:
    knock(0)
    knock(4)
    with pytest.raises(TooMany) as refusal:
        knock(5)
    assert refusal.value.retry_after == 5
    knock(10)
    with pytest.raises(TooMany):
        knock(11)


def test_sources_and_doors_are_counted_apart() -> None:
    for second in (0, 1):
        knock(second)
        knock(second, source="203.0.113.8")
        knock(second, what="window")


def test_the_machine_itself_is_not_counted() -> None:
    for second in range(5):
        knock(second, source="")
