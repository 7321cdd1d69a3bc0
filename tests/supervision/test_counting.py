"""Counters follow what happens, and counting again from the contacts gives the same."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from ligne.kit import clock
from ligne.supervision import reads, services
from ligne.supervision.models import AdvisorCount, ContactFact, CountDelta, DayCount
from ligne.supervision.rules.counting import MEASURES, PERSONAL
from tests.supervision.conftest import NOON, Floor, later

DAY = date(2026, 11, 23)


def _counts() -> dict[tuple[object, ...], tuple[int, ...]]:
    rows = DayCount.objects.values_list("queue__slug", "channel", "day", "slot", *MEASURES)
    own = AdvisorCount.objects.values_list("advisor__email", "channel", "day", "hour", *PERSONAL)
    return {row[:4]: row[4:] for row in [*rows, *own] if any(row[4:])}


def _chat(floor: Floor) -> dict[str, int]:
    services.fold()
    row = DayCount.objects.filter(queue=floor.chat, day=DAY).values(*MEASURES).get()
    return {measure: value for measure, value in row.items() if value}


def test_an_exchange_is_counted_as_it_moves(floor: Floor) -> None:
    contact = floor.arrive(NOON)
    assert _chat(floor) == {"offered": 1}
    floor.answer(later(seconds=25), contact)
    assert _chat(floor) == {"offered": 1, "answered": 1, "in_target": 1, "wait_s": 25}
    floor.close(later(minutes=5, seconds=25), contact)
    assert _chat(floor)["handle_s"] == 300
    services.recount(contact.pk)
    assert not CountDelta.objects.exists()  # again: nothing changes


def test_giving_up(floor: Floor) -> None:
    floor.abandon(later(seconds=10), floor.arrive(NOON))
    floor.abandon(later(seconds=50), floor.arrive(NOON))
    assert _chat(floor) == {"offered": 2, "abandoned": 2, "abandoned_in_target": 1}


def test_an_exchange_counts_where_it_was_last_placed(floor: Floor) -> None:
    contact = floor.arrive(NOON)
    floor.answer(later(seconds=5), contact)
    floor.step(later(seconds=60), contact, "requeue", queue="courriel")
    services.fold()
    assert [key[0] for key in _counts()] == ["courriel"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counting_again_gives_the_same(floor: Floor, seed: int) -> None:
    rng = random.Random(seed)
    for index in range(25):
        at = later(hours=rng.uniform(-20, 10))
        contact = floor.arrive(at, rng.choice([floor.chat, floor.mail, floor.elsewhere]), f"Client {index}")
        fate = rng.choice(["wait", "abandon", "active", "transfer", "closed", "spam"])
        if fate == "abandon":
            floor.abandon(at + timedelta(seconds=rng.uniform(1, 100)), contact)
        if fate in ("active", "transfer", "closed", "spam"):
            at += timedelta(seconds=rng.uniform(1, 100))
            floor.answer(at, contact)
        if fate == "transfer" and contact.principal_id == floor.principal.pk:
            floor.step(at + timedelta(minutes=1), contact, "requeue", queue="chat")
        if fate in ("closed", "spam"):
            floor.close(at + timedelta(hours=rng.uniform(0, 8)), contact, "spam" if fate == "spam" else "resolved")
        if rng.random() < 0.2:
            services.fold()
    services.fold()
    incremental = _counts()
    facts = sorted(ContactFact.objects.values_list())
    DayCount.objects.all().delete()
    AdvisorCount.objects.all().delete()
    ContactFact.objects.all().delete()
    with clock.at(later(hours=30)):
        services.rebuild_all()
        assert _counts() == incremental
        assert sorted(ContactFact.objects.values_list()) == facts
        services.rebuild(DAY)
    assert _counts() == incremental
    assert not CountDelta.objects.exists()


def test_what_waits_to_be_added_is_read_all_the_same(floor: Floor) -> None:
    floor.arrive(NOON)
    assert CountDelta.objects.exists()
    with clock.at(later(minutes=1)):
        before = [row.today for row in reads.queue_rows(floor.viewer("claire"))]
        services.fold()
        assert [row.today for row in reads.queue_rows(floor.viewer("claire"))] == before
    assert sum(counts.offered for counts in before) == 1


def test_days_are_the_sites(floor: Floor) -> None:
    floor.arrive(NOON.replace(hour=23, minute=10))  # 0 h 10 the next day in Paris
    services.fold()
    assert DayCount.objects.get().day == DAY + timedelta(days=1)
    assert DayCount.objects.get().slot == 0
    assert timezone.get_default_timezone_name() == "Europe/Paris"
