"""Contacts arrive once, are kept whole, and find their exchange."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from ligne.contacts import reads, services
from ligne.contacts.models import Attachment, Contact, Message
from ligne.contacts.ports import File, Sender
from ligne.customers import services as customers
from ligne.journal.models import Entry
from ligne.kit import files
from ligne.kit.errors import Invalid, NotFound
from ligne.routing.models import WorkItem
from tests.world import Company, company


def test_an_arrival_keeps_what_was_said_and_waits_in_its_queue(bleuet: Company) -> None:
    contact = bleuet.arrival(text="Bonjour, ma facture", queue="bleuet-email")
    contact.refresh_from_db()
    assert (contact.state, contact.queue, contact.unread) == ("waiting", "bleuet-email", 1)
    assert reads.thread(bleuet.viewer(), contact.pk)[0].text == "Bonjour, ma facture"
    assert WorkItem.objects.get(contact=contact).queue.slug == "bleuet-email"
    assert Entry.objects.filter(kind="contact.arrived", subject_id=contact.pk).count() == 1


def test_the_same_external_id_twice_makes_one_contact(bleuet: Company) -> None:
    first = bleuet.arrival(external_id="m-1")
    entries = Entry.objects.count()
    again = bleuet.arrival(external_id="m-1", text="autre chose")
    assert again.pk == first.pk
    assert Message.objects.count() == 1
    assert Entry.objects.count() == entries


def test_the_same_external_id_at_another_company_is_another_contact(bleuet: Company, garance: Company) -> None:
    assert bleuet.arrival(external_id="m-1").pk != garance.arrival(external_id="m-1").pk


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_the_same_instant_make_one_contact() -> None:
    bleuet = company("bleuet")
    start = threading.Barrier(4)
    seen: list[int] = []

    def deliver() -> None:
        start.wait()
        seen.append(bleuet.arrival(external_id="m-1").pk)
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert len(set(seen)) == 1
    assert Contact.objects.count() == Message.objects.count() == WorkItem.objects.count() == 1


def test_a_known_address_brings_the_file(bleuet: Company) -> None:
    customer = bleuet.customer()
    customers.add_point(bleuet.system, customer_id=customer.pk, kind="email", value="anne@exemple.test")
    contact = bleuet.arrival()
    assert contact.customer_id == customer.pk
    assert contact.identification["state"] == "certain"


def test_a_stranger_stays_unknown_and_loses_nothing(bleuet: Company) -> None:
    contact = bleuet.arrival(sender=Sender(name="", email="", phone="pas un numéro"), text="")
    assert contact.customer_id is None
    assert (contact.identification["state"], contact.from_phone) == ("unknown", "pas un numéro")


def test_a_nul_character_does_not_stop_a_message(bleuet: Company) -> None:
    contact = bleuet.arrival(subject="Fac\x00ture", text="a\x00b")
    assert contact.subject == "Facture"
    assert reads.thread(bleuet.viewer(), contact.pk)[0].text == "ab"


def test_files_are_kept_by_content(bleuet: Company) -> None:
    contact = bleuet.arrival(files=[File("a.txt", "text/plain", b"12"), File("b.txt", "text/plain", b"12")])
    kept = Attachment.objects.filter(contact=contact)
    assert {a.filename for a in kept} == {"a.txt", "b.txt"}
    assert len({a.sha256 for a in kept}) == 1
    assert files.path_of(kept[0].sha256).read_bytes() == b"12"


def test_another_company_is_told_nothing(bleuet: Company, garance: Company) -> None:
    contact = bleuet.arrival()
    before = Entry.objects.count()
    for verb in (
        lambda: reads.get(garance.viewer(), contact.pk),
        lambda: services.note(garance.viewer(), contact_id=contact.pk, text="x"),
        lambda: services.receive(garance.system, contact_id=contact.pk, text="x"),
        lambda: services.arrive(garance.viewer(), principal_id=bleuet.principal.pk, channel="email", sender=Sender()),
    ):
        with pytest.raises(NotFound):
            verb()
    assert reads.thread(garance.viewer(), contact.pk) == []
    assert Entry.objects.count() == before
    assert Message.objects.count() == 1


def test_an_unknown_channel_is_named(bleuet: Company) -> None:
    with pytest.raises(Invalid) as refusal:
        bleuet.arrival("pigeon")
    assert refusal.value.field == "channel"
    assert not Contact.objects.exists()


def test_a_later_message_joins_its_exchange_once(bleuet: Company) -> None:
    contact = bleuet.arrival()
    first = services.receive(bleuet.system, contact_id=contact.pk, text="encore", external_id="m-2")
    again = services.receive(bleuet.system, contact_id=contact.pk, text="encore", external_id="m-2")
    assert first.pk == again.pk
    contact.refresh_from_db()
    assert contact.unread == 2


def test_a_message_during_wrap_up_opens_the_exchange_again(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    services.end_exchange(bleuet.viewer(), contact_id=contact.pk)
    services.receive(bleuet.system, contact_id=contact.pk, text="encore une chose")
    contact.refresh_from_db()
    assert contact.state == "active"
    assert contact.advisor_id == bleuet.advisor.pk


def test_a_message_after_the_end_begins_a_new_contact_that_follows(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    services.wrap_up(
        bleuet.viewer(), contact_id=contact.pk, reason_id=bleuet.reason.pk, outcome="resolved", next_step="none"
    )
    message = services.receive(bleuet.system, contact_id=contact.pk, text="cela recommence", external_id="m-9")
    later = services.receive(bleuet.system, contact_id=contact.pk, text="et encore", external_id="m-10")
    assert message.contact_id == later.contact_id != contact.pk
    following = Contact.objects.get(pk=message.contact_id)
    assert (following.previous_id, following.state) == (contact.pk, "waiting")
    contact.refresh_from_db()
    assert contact.state == "closed"
