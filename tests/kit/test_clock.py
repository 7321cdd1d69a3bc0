"""The one clock follows the database's, whatever the machine's own says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ligne.kit import clock, heartbeats


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = clock._anchor
    yield
    clock._anchor = before


def test_a_wrong_clock_is_not_followed() -> None:
    right = datetime.now(UTC) - timedelta(minutes=5)
    clock.follow(right, time.monotonic())
    assert abs(clock.now() - right) < timedelta(seconds=5)
    assert clock.machine() - clock.now() > timedelta(minutes=4)


def test_the_way_to_the_database_does_not_make_it_tremble() -> None:
    clock.follow(datetime.now(UTC), time.monotonic())
    anchor = clock._anchor
    clock.follow(clock.following() + timedelta(milliseconds=50), time.monotonic())
    assert clock._anchor == anchor


@pytest.mark.django_db
def test_a_sign_of_life_sets_the_clock() -> None:
    clock.follow(datetime.now(UTC) + timedelta(hours=2), time.monotonic())
    ahead = heartbeats.set_clock()
    assert ahead is not None
    assert abs(ahead) < heartbeats.WRONG_S
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
