"""How often one source may do one thing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from ligne.kit import clock, throttle
from ligne.kit.errors import TooMany
from ligne.kit.models import Pace

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


# -- counted by all processes ----------------------------------------------------------------------------------------


def another_process() -> None:
    """What the next try meets: a process that remembers nothing of what this one counted."""
    throttle.forget()


def try_door(seconds: float, source: str = "203.0.113.7") -> None:
    with clock.at(NOW + timedelta(seconds=seconds)):
        throttle.check_everywhere("door", source, times=2, seconds=10)


@pytest.mark.django_db
def test_all_processes_count_together_and_the_window_moves_on() -> None:
    try_door(0)
    another_process()
    try_door(4)
    another_process()
    with pytest.raises(TooMany) as refusal:
        try_door(5)
    assert refusal.value.retry_after == 5
    try_door(5, source="203.0.113.8")
    another_process()
    try_door(10)
    with pytest.raises(TooMany):
        try_door(11)


@pytest.mark.django_db
def test_a_flood_already_refused_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    for second in (0, 1):
        try_door(second)
    with pytest.raises(TooMany):
        try_door(2)
    with django_assert_num_queries(0):
        for _ in range(20):
            with pytest.raises(TooMany):
                try_door(3)
    try_door(10)


@pytest.mark.django_db
def test_the_table_keeps_no_address(django_assert_num_queries: Any) -> None:
    try_door(0)
    (row,) = Pace.objects.all()
    assert "203.0.113.7" not in row.key
    with clock.at(NOW + timedelta(seconds=11)):
        assert throttle.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_are_not_counted_twice_nor_forgotten() -> None:
    def knocks() -> int:
        passed = 0
        for _ in range(10):
            try:
                throttle.check_everywhere("race", "203.0.113.7", times=15, seconds=600)
            except TooMany:
                continue
            passed += 1
        connection.close()
        return passed

    with ThreadPoolExecutor(4) as pool:
        assert sum(found.result() for found in [pool.submit(knocks) for _ in range(4)]) == 15


def lease(seconds: float) -> None:
    with clock.at(NOW + timedelta(seconds=seconds)):
        throttle.check_leased("api", "7", times=20, seconds=60, lease=5)


@pytest.mark.django_db
def test_shares_are_spent_in_memory_and_the_common_count_holds(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        for _ in range(5):
            lease(0)
    another_process()
    for _ in range(15):
        lease(1)
    another_process()
    with pytest.raises(TooMany):
        lease(2)
    lease(60)
