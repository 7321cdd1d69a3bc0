"""Contacts that arrive together are what they would be one by one: placed, counted, journalled, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ligne.contacts import services as contacts
from ligne.contacts.models import Contact, Message
from ligne.contacts.ports import Sender
from ligne.contacts.services import Arrival
from ligne.customers import services as customers
from ligne.journal.models import Entry, EntryPersonal
from ligne.kit import clock
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.viewer import Viewer
from ligne.routing.models import WorkItem
from ligne.staff.models import Principal
from ligne.supervision import services as supervision
from ligne.supervision.models import ContactFact, CountDelta
from tests.routing import house

pytestmark = pytest.mark.django_db


def arrival(number: int, **facts: Any) -> Arrival:
    told: dict[str, Any] = {
        "channel": "chat",
        "sender": Sender(name="", email=f"a{number}@exemple.test"),
        "subject": f"Demande {number}",
        "text": "Bonjour",
        "external_id": f"x{number}",
    }
    return Arrival(**(told | facts))


def known(bleuet: Principal, email: str) -> int:
    viewer = Viewer.system(bleuet.pk)
    made = customers.create(viewer, principal_id=bleuet.pk, first_name="Anne", last_name="Petit")
    customers.add_point(viewer, customer_id=made.pk, kind="email", value=email)
    return made.pk


# What differs from one run, or one principal, to the next.
OWN = {"id", "contact_id", "subject_id", "item_id", "principal_id", "queue_id", "xid", "preferred_id", "advisor_id"}
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in row.items() if k not in OWN}
    if "identification" in kept and isinstance(kept["identification"], dict):
        kept["identification"] = sorted(kept["identification"])
    return kept | {"customer_id": bool(row.get("customer_id")), "preferred": bool(row.get("preferred_id"))}


def traces(of: Principal) -> list[Any]:
    """Everything that was written, to compare two ways of writing it."""
    found: list[Any] = []
    for table in (Contact, Message, WorkItem, ContactFact):
        found += [table.__name__, *(plain(row) for row in table.objects.filter(principal=of).order_by("pk").values())]
    entries = Entry.objects.filter(principal_id=of.pk, subject_type="contact").order_by("kind", "subject_id", "pk")
    found += [(kind, plain(data)) for kind, data in entries.values_list("kind", "data")]
    kept = EntryPersonal.objects.filter(entry_id__in=entries.values("pk")).order_by("entry_id")
    found += [sorted(fields.items()) for fields in kept.values_list("fields", flat=True)]
    counted: dict[Any, int] = {}
    for d in CountDelta.objects.filter(principal=of):
        counted[d.queue.slug, d.channel] = counted.get((d.queue.slug, d.channel), 0) + d.offered
    return [*found, sorted(counted.items())]


def test_together_is_as_one_by_one() -> None:
    with clock.at(NOON):
        _together_is_as_one_by_one()


def _together_is_as_one_by_one() -> None:
    written = []
    for slug, together in (("bleuet", True), ("garance", False)):
        principal = house.principal(slug)
        house.queue(principal, f"{slug}-a", channels=["chat"])
        house.queue(principal, f"{slug}-b")
        customer = known(principal, "a2@exemple.test")
        arrivals = [
            arrival(1),
            arrival(2),
            arrival(3, queue=f"{slug}-b", channel="email", sender=Sender(name="Jean Roy", phone="06 12 34 56 78")),
            arrival(4, external_id="", text=""),
        ]
        viewer = Viewer.system(principal.pk)
        if together:
            made = contacts.arrive_many(viewer, principal_id=principal.pk, arrivals=arrivals)
        else:
            facts = [{f: getattr(a, f) for f in Arrival.__dataclass_fields__} for a in arrivals]
            made = [contacts.arrive(viewer, principal_id=principal.pk, **f).pk for f in facts]
        assert [Contact.objects.get(pk=pk).customer_id for pk in made] == [None, customer, None, None]
        written.append(repr(traces(principal)).replace(slug, "x"))
    assert written[0] == written[1]


PEOPLE = [
    Sender(),
    Sender(name="Jean Roy", phone="06 12 34 56 78"),
    Sender(email="A2@exemple.test", name="Anne\x00 Petit"),  # of a file, and had an advisor
    Sender(email="deux@exemple.test"),  # of two files
    Sender(name="Anne Petit"),
]
TEXTS = st.sampled_from(["", "Bonjour", "\x00 œuf 🙂", "x" * 400])
ARRIVALS = st.builds(
    Arrival,
    channel=st.sampled_from(["chat", "email", "voice"]),
    sender=st.sampled_from(PEOPLE),
    subject=TEXTS,
    text=TEXTS,
    html=TEXTS,
    quoted=TEXTS,
    external_id=st.sampled_from(["", "", "x1", "x2"]),
    thread=st.sampled_from(["", "fil"]),
    queue=st.sampled_from(["", "a", "b", "inconnue"]),
    message_external_id=st.sampled_from(["", "m1"]),
)


def _one_who_knows(principal: Principal) -> None:
    """A house where somebody had a customer a while ago, and two files share an address."""
    nadia = house.person(principal)
    for slug, facts in (("a", {"channels": ["chat"], "target_s": 60}), ("b", {"target_s": 3600})):
        house.queue(principal, f"{principal.slug}-{slug}", members=(nadia,), **facts)
    customer = known(principal, "a2@exemple.test")
    for _ in range(2):
        known(principal, "deux@exemple.test")
    Contact.objects.create(
        principal=principal,
        channel="chat",
        customer_id=customer,
        advisor_id=nadia.user_id,
        state="closed",
        outcome="resolved",
        arrived_at=NOON - timedelta(days=1),
        wrapped_up_at=NOON - timedelta(days=1),
    )


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(arrivals=st.lists(ARRIVALS, max_size=6))
def test_whatever_arrives_together_is_as_one_by_one(arrivals: list[Arrival]) -> None:
    written = []
    with transaction.atomic(), clock.at(NOON):
        for slug in ("bleuet", "garance"):
            principal = house.principal(slug)
            _one_who_knows(principal)
            viewer = Viewer.system(principal.pk)
            mine = [replace(a, queue=f"{slug}-{a.queue}" if a.queue else "") for a in arrivals]
            if slug == "bleuet":
                made = contacts.arrive_many(viewer, principal_id=principal.pk, arrivals=mine)
            else:
                facts = [{f: getattr(a, f) for f in Arrival.__dataclass_fields__} for a in mine]
                made = [contacts.arrive(viewer, principal_id=principal.pk, **f).pk for f in facts]
            order = [sorted(set(made)).index(pk) for pk in made]
            written.append(repr([order, traces(principal)]).replace(slug, "x"))
        transaction.set_rollback(True)
    assert written[0] == written[1]


def test_counting_again_adds_nothing() -> None:
    bleuet = house.principal()
    house.queue(bleuet, channels=["chat"])
    made = contacts.arrive_many(
        Viewer.system(bleuet.pk), principal_id=bleuet.pk, arrivals=[arrival(n) for n in range(5)]
    )
    facts = sorted(ContactFact.objects.values_list())
    assert sum(CountDelta.objects.values_list("offered", flat=True)) == 5
    deltas = CountDelta.objects.count()
    supervision.count_placed(made)
    for pk in made:
        supervision.recount(pk)
    assert sorted(ContactFact.objects.values_list()) == facts
    assert CountDelta.objects.count() == deltas


def test_the_same_twice_is_one_contact() -> None:
    bleuet = house.principal()
    house.queue(bleuet)
    viewer = Viewer.system(bleuet.pk)
    first = contacts.arrive(viewer, principal_id=bleuet.pk, channel="chat", sender=Sender(), external_id="x2")
    one, two, three, four = contacts.arrive_many(
        viewer, principal_id=bleuet.pk, arrivals=[arrival(1), arrival(2), arrival(1, text="Encore"), arrival(3)]
    )
    assert two == first.pk
    assert one == three != four
    assert Contact.objects.count() == WorkItem.objects.count() == ContactFact.objects.count() == 3
    assert Message.objects.filter(contact_id=one).count() == 1
    assert contacts.arrive_many(viewer, principal_id=bleuet.pk, arrivals=[]) == []


def test_a_refusal_leaves_nothing() -> None:
    bleuet = house.principal()
    with pytest.raises(Invalid):
        contacts.arrive_many(
            Viewer.system(bleuet.pk), principal_id=bleuet.pk, arrivals=[arrival(1), arrival(2, channel="fumée")]
        )
    with pytest.raises(NotFound):
        contacts.arrive_many(Viewer.system(bleuet.pk + 1), principal_id=bleuet.pk, arrivals=[arrival(1)])
    assert not Contact.objects.exists()


def test_the_number_of_statements_does_not_depend_on_how_many_arrive() -> None:
    bleuet = house.principal()
    house.queue(bleuet, channels=["chat"])
    viewer = Viewer.system(bleuet.pk)
    counts = []
    for start, many in ((0, 2), (100, 2), (200, 40)):
        before = connection.queries_limit
        connection.force_debug_cursor = True
        connection.queries_log.clear()
        contacts.arrive_many(viewer, principal_id=bleuet.pk, arrivals=[arrival(start + n) for n in range(many)])
        counts.append(len(connection.queries))
        assert before == connection.queries_limit
    assert counts[1] == counts[2] <= 25
