"""Calls become contacts that wait, and what a fault left behind is found and put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ligne.channels.voice.invariants import INVARIANTS
from ligne.channels.voice.models import VoiceCall
from ligne.channels.voice.rules.flow import CUSTOMER, Call, Leg, Phase, Plan
from ligne.channels.voice.rules.keeping import Kept, kept_now
from ligne.channels.voice.services import keeping, placing, tidying
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.journal.models import Entry
from ligne.kit import clock
from tests.world import Company

pytestmark = pytest.mark.django_db


def kept(bleuet: Company, name: str, number: str = "+33612345678", **facts: object) -> Kept:
    """A call of that name, as it is now."""
    plan = Plan(bleuet.principal.pk, "+33199000001", "bleuet-voice")
    call = Call(name, plan, phase=Phase.WAITING, queue="bleuet-voice", legs=(Leg(name, CUSTOMER, number=number),))
    return kept_now(replace(call, **facts), "pbx", clock.now())  # type: ignore[arg-type]


def wanted(bleuet: Company, name: str, number: str = "+33612345678", **facts: object) -> placing.Placing:
    """It is to wait."""
    return placing.Placing(kept(bleuet, name, number, **facts), "bleuet-voice", {"number": number, "name": ""})


def broken(name: str) -> int:
    """How many contradict a promise."""
    return sum(1 for one in INVARIANTS if one.name == name for _ in one.find(clock.now()))


def test_many_calls_are_placed_at_once_each_with_its_row(bleuet: Company) -> None:
    numbers = placing.place([wanted(bleuet, f"c{n}", f"+3361234560{n}") for n in range(5)])
    assert len(set(numbers)) == 5
    rows = dict(VoiceCall.objects.values_list("pk", "contact_id"))
    assert rows == {f"c{n}": number for n, number in enumerate(numbers)}
    assert set(Contact.objects.values_list("state", "queue")) == {("waiting", "bleuet-voice")}
    assert Entry.objects.filter(kind="call.began").count() == 5


def test_a_call_asked_to_be_placed_twice_is_one_contact(bleuet: Company) -> None:
    [first] = placing.place([wanted(bleuet, "c1")])
    assert placing.place([wanted(bleuet, "c1")]) == [first]
    assert Entry.objects.filter(kind="call.began").count() == 1


def test_a_transfer_that_nobody_answered_waits_as_another_contact(bleuet: Company) -> None:
    [first] = placing.place([wanted(bleuet, "c1")])
    contacts.abandon(bleuet.system, contact_id=first, cause="transferred")
    [second] = placing.place([wanted(bleuet, "c1", serial=4)])
    assert second != first
    assert Contact.objects.get(pk=second).previous_id == first
    assert VoiceCall.objects.get().contact_id == second


def test_whoever_calls_under_whatever_number_is_placed(bleuet: Company) -> None:
    numbers = placing.place([wanted(bleuet, f"c{n}", shown) for n, shown in enumerate(("", "12", "9" * 60))])
    found = dict(Contact.objects.values_list("pk", "from_phone"))
    assert [found[number] for number in numbers] == ["", "12", "9" * 20]
    assert set(Contact.objects.values_list("customer_id", flat=True)) == {None}


def test_what_is_over_stays_as_it_was(bleuet: Company) -> None:
    [number] = placing.place([wanted(bleuet, "c1")])
    over = kept(bleuet, "c1", phase=Phase.ENDED, contact_id=number, ended_by="customer", legs=())
    keeping.keep([over])
    keeping.keep([kept(bleuet, "c1", contact_id=number)])
    row = VoiceCall.objects.get()
    assert (row.phase, row.ended_by, row.ended_at is not None) == ("ended", "customer", True)
    assert Entry.objects.filter(kind="call.ended").count() == 1


def test_an_exchange_that_outlived_its_call_is_found_and_settled(bleuet: Company) -> None:
    [number] = placing.place([wanted(bleuet, "c1")])
    keeping.keep([kept(bleuet, "c1", phase=Phase.ENDED, contact_id=number, ended_by="customer", legs=())])
    assert not broken("nobody_is_kept_by_a_call_that_is_over"), "a moment is allowed"
    ago = clock.now() - timedelta(minutes=2)
    Contact.objects.update(arrived_at=ago - timedelta(minutes=1))
    VoiceCall.objects.update(ended_at=ago)
    assert broken("nobody_is_kept_by_a_call_that_is_over") == 1
    assert tidying.settle() == 1
    assert set(Contact.objects.values_list("state", "outcome")) == {("closed", "abandoned")}
    assert not broken("nobody_is_kept_by_a_call_that_is_over")


def test_a_call_that_nobody_leads_is_found(bleuet: Company) -> None:
    placing.place([wanted(bleuet, "c1")])
    assert not broken("calls_are_led"), "a moment is allowed"
    VoiceCall.objects.update(started_at=clock.now() - timedelta(minutes=2))
    assert broken("calls_are_led") == 1
