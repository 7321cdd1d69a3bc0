"""Several at once, on real connections: one wins, the others are told, nothing happens twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections

from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.kit import clock
from ligne.kit.errors import DomainError
from ligne.kit.viewer import Viewer
from ligne.routing import services
from ligne.routing.models import Offer, WorkItem
from tests.routing import house

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], object]) -> list[object]:
    """Run `acts` at the same moment, each on its own connection; what they returned or raised, in their order."""
    start = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(number: int) -> None:
        try:
            start.wait(10)
            results[number] = acts[number]()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def refusals(results: list[object]) -> int:
    unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, DomainError)]
    assert not unexpected
    return sum(isinstance(r, DomainError) for r in results)


def test_two_who_take_the_same_thing_at_once_one_has_it() -> None:
    bleuet = house.principal()
    people = [house.person(bleuet) for _ in range(4)]
    line = house.queue(bleuet, members=tuple(people))
    for _ in range(5):
        contact = house.arrive(line)
        item_id = house.item(contact).pk
        results = together(*(partial(services.take, who, item_id=item_id) for who in people))
        assert refusals(results) == len(people) - 1
        item = WorkItem.objects.get(pk=item_id)
        contact.refresh_from_db()
        assert contact.advisor_id == item.advisor_id
        assert Offer.objects.filter(contact=contact, outcome="accepted").count() == 1
        Contact.objects.filter(pk=contact.pk).update(state="closed", outcome="resolved")
        services.sweep(clock.now())


def test_one_person_clicking_on_two_things_stays_within_capacity() -> None:
    bleuet = house.principal()
    nadia = house.person(bleuet, role="supervisor")
    house.limit(nadia, "chat", 1)
    line = house.queue(bleuet, members=(nadia,))
    items = [house.item(house.arrive(line)).pk for _ in range(3)]
    results = together(*(partial(services.take, nadia, item_id=i) for i in items))
    assert refusals(results) == 2
    assert WorkItem.objects.filter(state="taken").count() == 1


def test_accepting_while_the_offer_expires_is_one_or_the_other() -> None:
    bleuet = house.principal()
    nadia, yanis = house.person(bleuet), house.person(bleuet)
    line = house.queue(bleuet, members=(nadia, yanis))
    for _ in range(5):
        contact = house.arrive(line)
        services.assign()
        item = house.item(contact)
        who = nadia if item.advisor_id == nadia.user_id else yanis
        results = together(
            partial(services.accept, who, item_id=item.pk),
            lambda: services.expire(clock.now() + timedelta(seconds=60)),
        )
        contact.refresh_from_db()
        item.refresh_from_db()
        if refusals(results):
            assert (contact.state, item.state, item.advisor_id) == ("waiting", "waiting", None)
        else:
            assert (contact.state, item.state) == ("active", "taken")
        house.come(who)
        contacts.abandon(Viewer.system(bleuet.pk), contact_id=contact.pk)
        WorkItem.objects.all().delete()


def test_accepting_while_the_customer_leaves_ends_consistently() -> None:
    bleuet = house.principal()
    nadia = house.person(bleuet)
    house.limit(nadia, "chat", 20)
    line = house.queue(bleuet, members=(nadia,))
    for _ in range(5):
        contact = house.arrive(line)
        services.assign()
        item = house.item(contact)
        results = together(
            partial(services.accept, nadia, item_id=item.pk),
            partial(contacts.abandon, Viewer.system(bleuet.pk), contact_id=contact.pk),
        )
        refusals(results)
        services.sweep(clock.now())
        contact.refresh_from_db()
        left = WorkItem.objects.filter(pk=item.pk).first()
        if contact.state == "closed":
            assert left is None
        else:
            assert contact.state == "wrap_up"
            assert left is not None
            assert left.state == "taken"


def test_two_routers_by_mistake_make_no_double_offer() -> None:
    bleuet = house.principal()
    people = tuple(house.person(bleuet) for _ in range(3))
    line = house.queue(bleuet, members=people)
    for _ in range(8):
        house.arrive(line)
    results = together(*[services.assign] * 4)
    assert refusals(results) == 0
    assert Offer.objects.filter(outcome="open").count() == 3
    assert WorkItem.objects.filter(state="offered").values("advisor_id").distinct().count() == 3
    assert Contact.objects.filter(state="offered").count() == 3


def test_the_table_itself_refuses_a_second_open_offer() -> None:
    from django.db import IntegrityError

    bleuet = house.principal()
    nadia = house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.assign()
    offer = Offer.objects.get()
    offer.pk = None
    with pytest.raises(IntegrityError):
        offer.save()
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute("UPDATE routing_workitem SET advisor_id = NULL WHERE contact_id = %s", [contact.pk])
