"""What may no longer be kept goes, a few files at a time; nobody at a desk waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from ligne.contracts.models import Contract
from ligne.customers import services
from ligne.customers.models import Customer
from ligne.customers.services.retention import Progress, term
from ligne.kit import clock
from tests.world import Company, company

OLD = timedelta(days=4 * 366)


def prospect(bleuet: Company, age: timedelta = OLD, **facts: object) -> Customer:
    """Somebody collected that long ago."""
    made = bleuet.customer(**{"status": "prospect"} | facts)
    Customer.objects.filter(pk=made.pk).update(created_at=clock.now() - age)
    return made


def left(*made: Customer) -> list[bool]:
    """Which of them are still there."""
    gone = set(Customer.objects.filter(erased_at__isnull=False).values_list("pk", flat=True))
    return [customer.pk not in gone for customer in made]


@pytest.mark.django_db
def test_prospects_go_three_years_after_their_last_sign_of_life(bleuet: Company, garance: Company) -> None:
    silent, young = prospect(bleuet), prospect(bleuet, timedelta(days=900))
    customer, other = prospect(bleuet, status="customer"), prospect(garance)
    wrote, held = prospect(bleuet), prospect(bleuet)
    bleuet.arrival(customer_id=wrote.pk)
    Contract.objects.create(principal=bleuet.principal, customer=held, number="B1", start=date(2020, 1, 1))
    seen: list[int] = []
    done = services.let_go(bleuet.principal, clock.now(), size=2, pause_s=0, told=lambda p: seen.append(p.looked))
    assert left(silent, young, customer, other, wrote, held) == [False, True, True, True, True, True]
    assert (done.erased, done.held, done.busy) == (1, 2, 0)
    assert seen
    assert services.let_go_everywhere(clock.now())[bleuet.principal.pk] == Progress(looked=2, held=2)


@pytest.mark.django_db
def test_a_principal_keeps_less_and_never_longer(bleuet: Company) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert term(bleuet.principal, now).date() == date(2023, 11, 23)
    bleuet.principal.policies = {"retention": {"prospect_days": 365}}
    assert term(bleuet.principal, now).date() == date(2025, 11, 23)
    bleuet.principal.policies = {"retention": {"prospect_days": 5000}}
    assert term(bleuet.principal, now).date() == date(2023, 11, 23)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Company]:
    """A company whose rows other sessions see."""
    yield company("bleuet")
    connection.close()


def test_a_desk_writes_while_many_files_go(committed: Company) -> None:
    """A desk that waits for no lock longer than 50 ms writes all along; a file it has in hand is passed over."""
    gone = [prospect(committed) for _ in range(30)]
    stays, in_hand = committed.customer(), prospect(committed)
    begun, ended = threading.Event(), threading.Event()
    failures: list[Exception] = []
    writes = 0

    def desk() -> None:
        nonlocal writes
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM customers_customer WHERE id = %s FOR UPDATE", [in_hand.pk])
                begun.set()
                while not ended.is_set() or not writes:
                    cursor.execute("SET LOCAL lock_timeout = '50ms'")
                    cursor.execute("UPDATE customers_customer SET notes = 'vu' WHERE id = %s", [stays.pk])
                    committed.customer(last_name="Nouveau")
                    writes += 1
        except Exception as problem:
            failures.append(problem)
            begun.set()
        finally:
            connection.close()

    thread = threading.Thread(target=desk)
    thread.start()
    begun.wait(30)
    try:
        done = services.let_go(committed.principal, clock.now(), size=10, pause_s=0.01)
    finally:
        ended.set()
        thread.join(30)
    assert failures == []
    assert writes
    assert (done.erased, done.busy) == (30, 1)
    assert left(*gone, in_hand, stays) == [False] * 30 + [True, True]
    # What was busy goes the next night.
    assert services.let_go(committed.principal, clock.now(), pause_s=0).erased == 1
