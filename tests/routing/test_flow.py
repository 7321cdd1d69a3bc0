"""From arrival to wrap-up through routing, on the real database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ligne.contacts import services as contacts
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, NotFound
from ligne.routing import reads, services
from ligne.routing.models import Offer, WorkItem
from ligne.staff import reads as staff
from tests.routing import house

pytestmark = pytest.mark.django_db


def test_a_contact_is_placed_offered_accepted_and_finished() -> None:
    bleuet = house.principal()
    nadia = house.person(bleuet)
    line = house.queue(bleuet, members=(nadia,))
    contact = house.arrive(line)
    assert contact.queue == line.slug
    assert services.tick() == 1

    contact.refresh_from_db()
    assert (contact.state, contact.advisor_id) == ("offered", nadia.user_id)
    (row,) = reads.my_work(nadia)
    assert row.state == "offered"
    assert row.contact_id == contact.pk
    assert row.seconds_left is not None
    assert 0 < row.seconds_left <= line.offer_s

    services.accept(nadia, item_id=row.item_id)
    contact.refresh_from_db()
    assert contact.state == "active"
    assert reads.my_work(nadia)[0].state == "active"
    assert Offer.objects.get().outcome == "accepted"

    contacts.end_exchange(nadia, contact_id=contact.pk)
    assert reads.my_work(nadia)[0].state == "wrap_up"
    contacts.wrap_up(nadia, contact_id=contact.pk, reason_id=_reason(contact), outcome="resolved", next_step="none")
    assert not WorkItem.objects.exists()
    assert reads.my_work(nadia) == []


def _reason(contact: object) -> int:
    from ligne.contacts.models import Reason

    return Reason.objects.create(principal_id=contact.principal_id, slug="autre", label="Autre").pk  # type: ignore[attr-defined]


def test_accepting_twice_is_accepting_once() -> None:
    bleuet = house.principal()
    nadia = house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.tick()
    item = house.item(contact)
    services.accept(nadia, item_id=item.pk)
    services.accept(nadia, item_id=item.pk)
    assert Offer.objects.filter(outcome="accepted").count() == 1


def test_an_unanswered_offer_goes_to_somebody_else_and_its_advisor_is_told() -> None:
    bleuet = house.principal()
    nadia, yanis = house.person(bleuet), house.person(bleuet)
    line = house.queue(bleuet, members=(nadia, yanis), offer_s=15)
    contact = house.arrive(line)
    services.tick()
    contact.refresh_from_db()
    first = contact.advisor_id
    with clock.at(clock.now() + timedelta(seconds=16)):
        services.tick()
    contact.refresh_from_db()
    assert contact.state == "offered"
    assert contact.advisor_id not in {None, first}
    assert first is not None
    assert staff.current(first).state == "not_answering"
    assert sorted(Offer.objects.values_list("outcome", flat=True)) == ["expired", "open"]


def test_declining_gives_it_to_others_and_keeps_its_place() -> None:
    bleuet = house.principal()
    nadia, yanis = house.person(bleuet), house.person(bleuet)
    line = house.queue(bleuet, members=(nadia, yanis))
    contact = house.arrive(line)
    services.tick()
    item = house.item(contact)
    entered = item.entered_at
    first, second = (nadia, yanis) if item.advisor_id == nadia.user_id else (yanis, nadia)
    services.decline(first, item_id=item.pk, reason="skill")
    assert Offer.objects.get(outcome="declined").reason == "skill"
    told = Entry.objects.get(kind="work.declined")
    assert (told.actor_id, told.data["reason"], told.data["contact_id"]) == (first.user_id, "skill", contact.pk)
    contact.refresh_from_db()
    assert contact.state == "waiting"
    services.tick()
    item.refresh_from_db()
    assert item.advisor_id == second.user_id
    assert item.entered_at == entered


def test_who_declined_alone_gets_it_again_after_a_rest() -> None:
    bleuet = house.principal()
    nadia = house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.tick()
    services.decline(nadia, item_id=house.item(contact).pk, reason="occupied")
    assert services.assign() == 0
    assert services.assign(clock.now() + timedelta(seconds=31)) == 1


def test_nobody_accepts_what_was_offered_to_somebody_else() -> None:
    bleuet, garance = house.principal(), house.principal("garance")
    nadia, stranger = house.person(bleuet), house.person(garance)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    yanis = house.person(bleuet)
    services.tick()
    item = house.item(contact)
    with pytest.raises(Conflict):
        services.accept(yanis, item_id=item.pk)
    with pytest.raises(NotFound):
        services.accept(stranger, item_id=item.pk)
    with pytest.raises(Forbidden):
        services.accept(house.person(bleuet, role="quality"), item_id=item.pk)
    item.refresh_from_db()
    assert (item.state, item.advisor_id) == ("offered", nadia.user_id)
