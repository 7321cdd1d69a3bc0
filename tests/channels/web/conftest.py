"""A company that can be asked to call back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ligne.kit import clock, throttle
from tests import world

# A Monday, 10:05 in Paris.
NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    throttle.forget()
    with clock.at(NOW):
        yield
    throttle.forget()


@pytest.fixture
def garance(db: None) -> world.Company:
    made = world.company("garance")
    queue = made.queues["voice"]
    queue.hours = WEEK
    queue.save()
    return made


@pytest.fixture
def bleuet(db: None) -> world.Company:
    return world.company("bleuet")
