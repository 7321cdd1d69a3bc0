"""Called back instead of waiting: the place in the line is the one they had."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.channels.voice.rules.flow import CUSTOMER, Call, Leg, Phase, Plan, words
from ligne.channels.voice.services import spine
from ligne.contacts import services as contacts
from ligne.contacts.models import CallBack, Contact
from ligne.contacts.ports import Sender
from ligne.kit import clock
from ligne.kit.viewer import Viewer
from ligne.routing import services
from ligne.routing.models import Queue
from ligne.routing.rules import promises
from ligne.routing.rules.eligibility import turn
from ligne.routing.rules.facts import Item, Policy
from tests.routing import house

NOW = clock.now()


def calls(line: Queue, name: str, minutes_ago: float) -> Contact:
    """Somebody calls, so long ago."""
    with clock.at(NOW - timedelta(minutes=minutes_ago)):
        return contacts.arrive(
            Viewer.system(line.principal_id),
            principal_id=line.principal_id,
            channel="voice",
            sender=Sender(name=name, phone=f"+3361200000{len(name)}"),
            queue=line.slug,
            external_id=f"call:{name}",
        )


def prefers_a_call_back(line: Queue, contact: Contact) -> None:
    """They press the key: what the controller does then."""
    call = Call(
        f"c{contact.pk}", Plan(line.principal_id, "", line.slug), phase=Phase.WAITING, contact_id=contact.pk,
        legs=(Leg("ch", CUSTOMER, number=contact.from_phone),), queue=line.slug,
    )  # fmt: skip
    spine.do(call, words.PromiseCallBack(), {"number": contact.from_phone})


def handled_in_turn(advisor: Viewer, how_many: int) -> list[str]:
    """Who is offered to the one advisor, one after the other, by the number they are called or call from."""
    found = []
    for _ in range(how_many):
        services.tick()
        offered = Contact.objects.get(state="offered")
        found.append(offered.from_phone)
        services.accept(advisor, item_id=house.item(offered).pk)
        contacts.end_exchange(advisor, contact_id=offered.pk)
        contacts.abandon(advisor, contact_id=offered.pk, cause="tested")
        Contact.objects.filter(pk=offered.pk).update(state="closed", outcome="resolved")
        offered.work_item.delete()
        house.come(advisor)
    return found


@pytest.mark.django_db
def test_the_one_who_is_called_back_is_offered_between_those_who_stayed() -> None:
    bleuet = house.principal()
    line = house.queue(bleuet)
    first, second, third = (calls(line, name, ago) for name, ago in (("a", 6), ("bb", 5), ("ccc", 4)))
    prefers_a_call_back(line, second)
    second.refresh_from_db()
    assert (second.state, second.outcome) == ("closed", "abandoned")
    promise = CallBack.objects.get()
    assert promise.place_since == NOW - timedelta(minutes=5)
    services.tick()
    calls(line, "dddd", 0)
    back = Contact.objects.get(direction="out")
    assert house.item(back).entered_at == promise.place_since
    advisor = house.person(bleuet)
    line.members.add(advisor.user_id or 0)
    numbers = [first.from_phone, second.from_phone, third.from_phone, "+33612000004"]
    assert handled_in_turn(advisor, 4) == numbers
    promise.refresh_from_db()
    assert promise.contact_id == back.pk


@pytest.mark.django_db
def test_no_flood_of_newcomers_passes_in_front_of_it() -> None:
    bleuet = house.principal()
    line = house.queue(bleuet)
    waited = calls(line, "a", 20)
    prefers_a_call_back(line, waited)
    for number in range(30):
        calls(line, "n" * (number % 9 + 1) + str(number), 19 - number / 2)
    advisor = house.person(bleuet)
    line.members.add(advisor.user_id or 0)
    services.tick()
    offered = Contact.objects.get(state="offered")
    assert (offered.direction, offered.from_phone) == ("out", waited.from_phone)


MOMENTS = st.lists(st.integers(0, 3000), min_size=2, max_size=8, unique=True)


@given(MOMENTS, st.sets(st.integers(0, 7)), st.data())
def test_any_of_them_may_be_called_back_and_the_order_is_the_same(
    moments: list[int], called_back: set[int], data: st.DataObject
) -> None:
    priorities = [data.draw(st.integers(-1, 2)) for _ in moments]
    begun = datetime(2026, 11, 23, 9, tzinfo=NOW.tzinfo)

    def item(place: int, *, back: bool) -> Item:
        facts = {"priority": priorities[place], "entered_at": begun + timedelta(seconds=moments[place])}
        if back:  # a new item, made later, that keeps the place
            facts = promises.place(facts["entered_at"], priorities[place])  # type: ignore[arg-type]
        return Item(id=place + (100 if back else 0), queue_id=1, principal_id=1, channel="voice", live=True, **facts)

    def order(backs: set[int]) -> list[int]:
        items = [item(place, back=place in backs) for place in range(len(moments))]
        return [one.id % 100 for one in sorted(items, key=lambda one: turn(one, Policy()))]

    assert order(called_back) == order(set())
