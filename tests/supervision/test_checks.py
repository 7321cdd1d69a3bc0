"""Each promise of the house, broken on purpose: it is found, journalled and told once, and closes by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from ligne.channels.email.models import MailAccount, RawMail
from ligne.channels.voice.models import VoiceCall
from ligne.contacts import services as contacts
from ligne.contacts.models import CallBack, Contact, Message
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.errors import Forbidden
from ligne.kit.invariants import invariants
from ligne.kit.models import Heartbeat
from ligne.routing.models import WorkItem
from ligne.staff import services as staff
from ligne.staff.models import Presence, User
from ligne.supervision import reads, services
from ligne.supervision.models import Breach, Check
from tests.supervision.conftest import NOON, Floor, later

Break = Callable[[Floor], None]


@pytest.fixture
def house(floor: Floor) -> Floor:
    """A floor where everything holds: processes are heard, everybody is there."""
    for name in ("router", "worker", "mail"):
        Heartbeat.objects.create(name=name, instance="here:1", at=later(minutes=30))
    for who in ("nadia", "yanis"):
        Presence.objects.update_or_create(
            user=floor.people[who], defaults={"state": "available", "since": NOON, "heartbeat_at": NOON}
        )
    floor.people["sophie"] = staff.create_person(
        floor.system(),
        email="sophie@exemple.test",
        name="Sophie",
        role="administrator",
        principal_ids=[floor.principal.pk],
        password="correct horse battery",
    )
    with connection.cursor() as cursor:  # nothing that happened so far is to be sealed
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM journal_entry")
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")
    return floor


def _without(statement: str) -> None:
    """Take a guard of the database away, as a hand in it might."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


def _offer(floor: Floor, state: str = "available") -> None:
    Presence.objects.filter(user=floor.people["nadia"]).update(state=state)
    contact = floor.step(NOON, floor.arrive(NOON), "offer")
    WorkItem.objects.filter(contact=contact).update(
        state="offered", advisor=floor.people["nadia"], offered_at=NOON, expires_at=later(hours=9)
    )


def _offered_too_long(floor: Floor) -> None:
    _offer(floor)
    WorkItem.objects.update(expires_at=later(seconds=15))


def _offered_to_nobody(floor: Floor) -> None:
    _offer(floor, "offline")


def _over_capacity(floor: Floor) -> None:
    for _ in range(9):
        floor.answer(NOON, floor.arrive(NOON))


def _in_no_line(floor: Floor) -> None:
    WorkItem.objects.filter(contact=floor.answer(NOON, floor.arrive(NOON))).delete()


def _left_of_a_closed_one(floor: Floor) -> None:
    contact = floor.answer(NOON, floor.arrive(NOON))
    item = WorkItem.objects.get(contact=contact)
    floor.close(later(minutes=1), contact)
    item.save(force_insert=not WorkItem.objects.filter(pk=item.pk).exists())


def _not_back_in_time(floor: Floor) -> None:
    floor.arrive(NOON)
    WorkItem.objects.update(not_before=later(minutes=1))


def _unserved(floor: Floor) -> None:
    floor.arrive(NOON)
    Presence.objects.update(state="offline")


def _two_voices(floor: Floor) -> None:
    _without("DROP INDEX one_voice_contact")
    for _ in range(2):
        floor.answer(NOON, floor.arrive(NOON))
    Contact.objects.update(channel="voice")


def _without_outcome(floor: Floor) -> None:
    contact = floor.close(later(minutes=1), floor.answer(NOON, floor.arrive(NOON)))
    _without("ALTER TABLE contacts_contact DROP CONSTRAINT closed_with_an_outcome")
    Contact.objects.filter(pk=contact.pk).update(outcome="")


def _not_sent(floor: Floor) -> None:
    contact = floor.answer(NOON, floor.arrive(NOON))
    Message.objects.create(
        principal=floor.principal, contact=contact, kind="out", sending="held", send_at=NOON, created_at=NOON
    )


def _broken_unsaid(floor: Floor) -> None:
    with clock.at(later(hours=-1)):
        contacts.promise_call_back(
            floor.system(),
            principal_id=floor.principal.pk,
            phone="+33612345678",
            queue="chat",
            window_start=later(minutes=-30),
            window_end=NOON,
        )
    assert CallBack.objects.get().state == "promised"


def _without_fate(floor: Floor) -> None:
    account = MailAccount.objects.create(principal=floor.principal, address="service@exemple.test")
    RawMail.objects.create(
        principal=floor.principal, account=account, content=b"", size=0, sha256="a" * 64, received_at=NOON
    )


def _unsealed(floor: Floor) -> None:
    floor.arrive(NOON)


def _unheard(floor: Floor) -> None:
    Heartbeat.objects.filter(name="router").update(at=NOON)


def _call(floor: Floor, **facts: object) -> None:
    contact = floor.answer(NOON, floor.arrive(NOON))
    Contact.objects.filter(pk=contact.pk).update(channel="voice")
    VoiceCall.objects.create(
        pk="call", principal=floor.principal, contact=contact, exchange="pbx", phase="talking", started_at=NOON, **facts
    )


def _led_by_nobody(floor: Floor) -> None:
    _call(floor)


def _outlived(floor: Floor) -> None:
    _call(floor, ended_at=later(seconds=5), ended_by="customer")


BROKEN: list[tuple[str, Break, str]] = [
    ("offers_end", _offered_too_long, "contact"),
    ("offers_to_the_present", _offered_to_nobody, "contact"),
    ("capacity", _over_capacity, "user"),
    ("work_follows_contacts", _in_no_line, "contact"),
    ("work_follows_contacts", _left_of_a_closed_one, "contact"),
    ("put_off_comes_back", _not_back_in_time, "contact"),
    ("queues_are_served", _unserved, "queue"),
    ("one_voice", _two_voices, "user"),
    ("closed_with_outcome", _without_outcome, "contact"),
    ("sent_in_time", _not_sent, "contact"),
    ("promises_are_told", _broken_unsaid, "call_back"),
    ("calls_are_led", _led_by_nobody, "contact"),
    ("nobody_is_kept_by_a_call_that_is_over", _outlived, "contact"),
    ("mail_has_a_fate", _without_fate, "raw_mail"),
    ("journal_is_sealed", _unsealed, "entry"),
    ("processes_are_heard", _unheard, "router"),
]


def test_every_promise_is_broken_here_once() -> None:
    assert {name for name, _, _ in BROKEN} == {one.name for one in invariants}


def test_a_house_in_order_breaks_nothing(house: Floor) -> None:
    assert services.check(later(minutes=30, seconds=5)) == []
    assert Check.objects.filter(trouble="").count() == len(list(invariants))


@pytest.mark.parametrize(("name", "break_it", "kind"), BROKEN)
def test_what_is_broken_on_purpose_is_found(house: Floor, name: str, break_it: Break, kind: str) -> None:
    break_it(house)
    with clock.at(later(minutes=30, seconds=5)):
        assert name in services.check()
        assert name in services.check()
        told = Entry.objects.filter(kind="invariant.broken", data__name=name)
        assert told.count() == 1
        breach = Breach.objects.get(name=name)
        assert breach.offenders[0]["type"] == kind
        client = Client()
        client.force_login(User.objects.get(pk=house.people["sophie"].pk))
        page = client.get(reverse("supervision:checks")).content.decode()
        assert "non respecté" in page
        assert "non respecté" in client.get(reverse("supervision:checks_bar")).content.decode()


def test_what_holds_again_closes_by_itself(house: Floor) -> None:
    _offered_too_long(house)
    services.check(later(minutes=30, seconds=5))
    WorkItem.objects.update(expires_at=later(hours=2))
    services.check(later(minutes=31, seconds=5))
    breach = Breach.objects.get(name="offers_end")
    assert breach.closed_at == later(minutes=31, seconds=5)
    restored = Entry.objects.get(kind="invariant.restored", data__name="offers_end")
    assert json.dumps(restored.data["seconds"]) == "60"
    _offered_too_long(house)
    services.check(later(minutes=32, seconds=5))
    assert Breach.objects.filter(name="offers_end").count() == 2


def test_an_administrator_sees_their_own_principals_alone(house: Floor) -> None:
    with clock.at(later(minutes=29)):
        contact = house.step(later(minutes=29), house.arrive(NOON, house.elsewhere), "offer")
    WorkItem.objects.filter(contact=contact).update(
        state="offered", advisor=house.people["zoe"], offered_at=NOON, expires_at=later(seconds=5)
    )
    services.check(later(minutes=30, seconds=5))
    with clock.at(later(minutes=30, seconds=6)):
        found = {one.invariant.name: one for one in reads.checks(house.viewer("sophie"))}
    assert Breach.objects.filter(name="offers_end", principal=house.other).exists()
    assert found["offers_end"].tone == "ok"
    with pytest.raises(Forbidden):
        reads.checks(house.viewer("claire"))


def test_a_check_that_nobody_makes_is_said_to_be_old(house: Floor) -> None:
    services.check(later(minutes=30))
    with clock.at(later(minutes=30) + timedelta(minutes=4)):
        assert {one.tone for one in reads.checks(house.viewer("sophie"))} == {"warn"}
