"""Calling a number from wherever it stands: what is asked first, what exists afterwards, what does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, override_settings

from ligne.channels.voice import services
from ligne.channels.voice.models import Line, VoiceCall
from ligne.contacts import services as contacts
from ligne.contacts.gate import CallAgainstTheRules
from ligne.contacts.models import CallBack, Contact
from ligne.customers import services as customers
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, NotFound
from ligne.routing.models import WorkItem
from ligne.staff import services as staff
from tests.world import Company, company

pytestmark = pytest.mark.django_db
NUMBER = "+33612345678"


@pytest.fixture(autouse=True)
def telephone(settings: object) -> None:
    settings.VOICE = "asterisk"  # type: ignore[attr-defined]


@pytest.fixture
def house(bleuet: Company) -> Company:
    Line.objects.create(principal=bleuet.principal, number="+33199000001", name="Accueil", queue="bleuet-voice")
    return bleuet


def call(house: Company, role: str = "advisor", purpose: str = "service", **of: object) -> Contact:
    viewer = house.viewer(role)
    return services.call(viewer, services.wanted(viewer, **of), purpose=purpose)  # type: ignore[arg-type]


def nothing_happened() -> bool:
    return not (Contact.objects.exists() or WorkItem.objects.exists() or VoiceCall.objects.exists())


def test_a_number_pressed_is_a_call_in_the_advisors_hands(house: Company) -> None:
    customer = house.customer()
    contact = call(house, number="06 12 34 56 78", customer_id=customer.pk)
    assert (contact.state, contact.direction, contact.from_phone) == ("active", "out", NUMBER)
    assert (contact.customer_id, contact.advisor_id) == (customer.pk, house.advisor.pk)
    asked = VoiceCall.objects.get(contact=contact, line__number="+33199000001")
    assert (asked.direction, asked.phase, asked.number) == ("out", "dialling", NUMBER)
    item = WorkItem.objects.get(contact=contact)
    assert (item.state, item.advisor_id) == ("taken", house.advisor.pk)
    kinds = list(Entry.objects.filter(subject_type="contact", subject_id=contact.pk).values_list("kind", flat=True))
    assert kinds.count("call.began") == 1


def test_pressed_twice_it_is_called_once(house: Company) -> None:
    customer = house.customer()
    first = call(house, number=NUMBER, customer_id=customer.pk)
    assert call(house, number=NUMBER, customer_id=customer.pk).pk == first.pk
    assert VoiceCall.objects.count() == Contact.objects.count() == 1


def test_who_has_a_call_in_hand_is_told_and_nothing_exists_of_the_second(house: Company) -> None:
    first = call(house, number=NUMBER)
    with pytest.raises(Conflict, match="call in hand already"):
        call(house, number="+33687654321")
    assert list(Contact.objects.values_list("pk", flat=True)) == [first.pk]
    assert VoiceCall.objects.count() == 1


def test_who_is_signed_out_of_the_lines_calls_nobody(house: Company) -> None:
    staff.set_presence(house.system, user_id=house.advisor.pk, state="offline")
    with pytest.raises(Conflict, match="Choose a state"):
        call(house, number=NUMBER)
    assert nothing_happened()


def test_a_centre_without_a_telephone_calls_nobody(house: Company, settings: object) -> None:
    settings.VOICE = ""  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match="no telephone"):
        call(house, number=NUMBER)
    assert nothing_happened()


def test_what_the_law_forbids_is_refused_before_anything_exists(house: Company) -> None:
    customer = house.customer()
    with pytest.raises(CallAgainstTheRules) as refused:
        call(house, number=NUMBER, customer_id=customer.pk, purpose="prospecting")
    assert "never agreed to be called" in str(refused.value)
    assert all(finding.source for finding in refused.value.findings)
    assert nothing_happened()
    entry = Entry.objects.get(kind="contact.call_refused")
    assert (entry.customer_id, entry.actor_id) == (customer.pk, house.advisor.pk)


def test_a_customer_of_another_company_does_not_exist(house: Company) -> None:
    other = company("garance").customer()
    with pytest.raises(NotFound):
        call(house, number=NUMBER, customer_id=other.pk)
    assert nothing_happened()


def test_quality_reads_and_does_not_call(house: Company, client: Client) -> None:
    client.force_login(house.quality)
    assert client.post("/voice/call/", {"number": NUMBER}).status_code == 403
    with pytest.raises(Forbidden):
        call(house, "quality", number=NUMBER)
    assert nothing_happened()


def test_somebody_who_opposed_calls_is_called_for_a_purpose_that_is_said(house: Company, client: Client) -> None:
    customer = house.customer()
    customers.oppose(house.viewer(), customer_id=customer.pk, channel="voice")
    client.force_login(house.advisor)
    sent = {"number": NUMBER, "customer": str(customer.pk)}
    asked = client.post("/voice/call/", sent, headers={"HX-Request": "true"})
    assert asked.headers["HX-Retarget"] == "#dialog-body"
    assert 'value="prospecting"' in asked.text
    assert nothing_happened()
    refused = client.post("/voice/call/", sent | {"purpose": "prospecting"}, headers={"HX-Request": "true"})
    assert refused.status_code == 403
    assert nothing_happened()
    there = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
    begun = client.post("/voice/call/", sent | {"purpose": "service"}, headers=there)
    assert begun.status_code == 204
    assert f'"contact": {Contact.objects.get().pk}' in begun.headers["HX-Trigger"]


def test_a_call_after_another_exchange_follows_it(house: Company) -> None:
    message = house.in_hand("email", customer_id=house.customer().pk)
    contact = call(house, number=NUMBER, contact_id=message.pk)
    assert (contact.previous_id, contact.customer_id) == (message.pk, message.customer_id)
    assert contact.queue == "bleuet-voice"


def test_a_promise_is_kept_at_once_when_its_owner_would_rather(house: Company) -> None:
    start = clock.now() + timedelta(hours=1)
    promise = contacts.promise_call_back(
        house.viewer(), principal_id=house.principal.pk, phone=NUMBER, queue="bleuet-voice",
        window_start=start, window_end=start + timedelta(hours=1), owner_id=house.advisor.pk,
    )  # fmt: skip
    contact = call(house, call_back_id=promise.pk)
    assert (contact.state, contact.advisor_id, contact.from_phone) == ("active", house.advisor.pk, NUMBER)
    promise.refresh_from_db()
    assert (promise.state, promise.contact_id) == (CallBack.State.IN_PROGRESS, contact.pk)
    assert call(house, call_back_id=promise.pk).pk == contact.pk
    with pytest.raises(Conflict):
        call(house, "colleague", call_back_id=promise.pk)
    assert VoiceCall.objects.count() == 1


@pytest.mark.parametrize(("voice", "role", "shown"), [
    ("asterisk", "advisor", 'data-lc-number="+33612345678"'),
    ("", "advisor", 'href="tel:+33612345678"'),
    ("asterisk", "quality", "06\u00a012\u00a034\u00a056\u00a078"),
])  # fmt: skip
def test_a_number_is_pressed_dialled_elsewhere_or_read(
    house: Company, client: Client, voice: str, role: str, shown: str
) -> None:
    with override_settings(VOICE=voice):
        page = _list(house, client, role)
    assert shown in page
    assert ("data-lc-number" in page, "tel:" in page) == (shown.startswith("data"), shown.startswith("href"))


def _list(house: Company, client: Client, role: str) -> str:
    customer = house.customer()
    customers.add_point(house.viewer(), customer_id=customer.pk, kind="phone", value=NUMBER)
    client.force_login(getattr(house, role))
    return str(client.get("/customers/?q=0612345678").text)


def test_the_palette_calls_a_number_of_nobody_known(house: Company, client: Client) -> None:
    client.force_login(house.advisor)
    page = client.get("/customers/search/?q=01 99 00 77 77").text
    assert 'data-lc-number="+33199007777"' in page
    assert "&quot;principal&quot;" in page
