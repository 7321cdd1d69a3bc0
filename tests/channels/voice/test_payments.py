"""Payments by keypad as the centre keeps them: who may ask, what is charged once, what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ligne.channels.voice import reads, services
from ligne.channels.voice.models import Payment, VoiceCall
from ligne.channels.voice.ports import ACCEPTED, DECLINED, Answer, Card, Charge, Unreachable, providers
from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, Call, Leg, Paying, Phase, Plan, words
from ligne.channels.voice.rules.flow.call import to_json
from ligne.channels.voice.services import payments, spine
from ligne.contacts.models import Contact, Message
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.world import Company, company

pytestmark = pytest.mark.django_db
CARD = Card("4111111111111111", 2030, 12, "123")
REFERENCE = "F-2026-0118"


class Bank:
    """A provider that answers as it is told, and remembers what it was asked."""

    label = "Test bank"

    def __init__(self) -> None:
        self.asked: list[tuple[Charge, Card]] = []
        self.answer: Answer | Exception = Answer(ACCEPTED, receipt="R-1")
        self.found: Answer | Exception | None = None

    def charge(self, charge: Charge, card: Card) -> Answer:
        self.asked.append((charge, card))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def look_up(self, key: str) -> Answer | None:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def bank(settings: Any) -> Iterator[Bank]:
    """The one provider."""
    settings.PAYMENT = "test"
    made = providers.register("test", Bank())
    yield made  # type: ignore[misc]
    providers.remove("test")


def talking(house: Company, **changes: Any) -> tuple[Contact, Call]:
    """The advisor in conversation with a customer."""
    contact = house.in_hand("voice", sender=_sender())
    legs = (Leg("cust", CUSTOMER, number="+33612345678", up=True), Leg("adv", ADVISOR, house.advisor.pk, up=True))
    call = Call("c1", Plan(house.principal.pk, "", ""), phase=Phase.TALKING, legs=legs, contact_id=contact.pk)
    call = replace(call, **changes)
    keep(call)
    return contact, call


def _sender() -> Any:
    from ligne.contacts.ports import Sender

    return Sender(phone="+33612345678")


def keep(call: Call) -> None:
    VoiceCall.objects.update_or_create(
        pk=call.id,
        defaults={
            "principal_id": call.plan.principal_id, "contact_id": call.contact_id, "phase": call.phase,
            "facts": to_json(call), "started_at": clock.now(),
        },
    )  # fmt: skip


def ask(house: Company, contact: Contact, amount: str = "89,90", reference: str = REFERENCE) -> Payment:
    return services.ask_payment(house.viewer(), contact_id=contact.pk, amount=amount, reference=reference)


def state(payment: Payment) -> tuple[str, str]:
    payment.refresh_from_db()
    return payment.state, payment.why


def settled() -> list[dict[str, Any]]:
    return [entry.data for entry in Entry.objects.filter(kind="call.payment_settled").order_by("id")]


def test_a_payment_is_charged_once_with_what_was_asked(bleuet: Company, bank: Bank) -> None:
    contact, _ = talking(bleuet)
    payment = ask(bleuet, contact, " 1 234,5 € ")
    assert payments.charge(payment.pk, CARD) == "accepted"
    assert payments.charge(payment.pk, CARD) != "accepted", "a second time is nobody's"
    ((charge, card),) = bank.asked
    assert (charge.key, charge.amount.cents, charge.amount.currency, charge.reference) == (
        payment.pk, 123450, "EUR", REFERENCE,
    )  # fmt: skip
    assert card == CARD
    payment.refresh_from_db()
    assert (payment.state, payment.receipt, payment.last_four) == ("accepted", "R-1", "1111")
    (told,) = settled()
    assert (told["amount_cents"], told["state"], told["receipt"]) == (123450, "accepted", "R-1")
    event = Message.objects.get(contact=contact, kind="event", text="Payment by keypad accepted.")
    assert event.subject == f"1\u202f234,50\u00a0€ · {REFERENCE} · •••• 1111 · R-1"
    assert "4111" not in repr(list(Entry.objects.values_list("data", flat=True)))


def test_a_decline_says_why_and_charges_nothing(bleuet: Company, bank: Bank) -> None:
    contact, _ = talking(bleuet)
    bank.answer = Answer(DECLINED, reason="funds")
    payment = ask(bleuet, contact)
    assert payments.charge(payment.pk, CARD) == "declined"
    assert state(payment) == ("declined", "funds")
    (row,) = reads.payments(bleuet.viewer(), contact.pk)
    assert (row.tone, row.label) == ("bad", "Refusé")


@pytest.mark.parametrize("fault", [Unreachable(), RuntimeError("card 4111111111111111 refused")])
def test_without_an_answer_it_is_neither_paid_nor_unpaid_until_the_bank_says(
    bleuet: Company, bank: Bank, fault: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    contact, _ = talking(bleuet)
    bank.answer, bank.found = fault, Unreachable()
    payment = ask(bleuet, contact)
    assert payments.charge(payment.pk, CARD) == "unknown"
    assert "4111" not in capsys.readouterr().err
    with pytest.raises(Conflict):
        ask(bleuet, contact)
    assert Payment.objects.count() == 1
    assert services.ask_bank(bleuet.viewer(), payment_id=payment.pk) == "unknown"
    bank.found = Answer(ACCEPTED, receipt="R-2")
    assert services.ask_bank(bleuet.viewer(), payment_id=payment.pk) == "accepted"
    assert len(bank.asked) == 1, "never charged twice"
    assert [told["state"] for told in settled()] == ["unknown", "accepted"]


def test_what_the_bank_never_had_is_not_paid_and_may_be_asked_again(bleuet: Company, bank: Bank) -> None:
    contact, _ = talking(bleuet)
    bank.answer = Unreachable()
    payment = ask(bleuet, contact)
    payments.charge(payment.pk, CARD)
    assert services.settle_forgotten(clock.now()) == 1
    assert state(payment) == ("failed", "not_charged")
    assert ask(bleuet, contact).pk != payment.pk


@pytest.mark.parametrize(
    ("amount", "reference", "field"),
    [("", REFERENCE, "amount"), ("cent", REFERENCE, "amount"), ("-1", REFERENCE, "amount"), ("1", " ", "reference"),
     ("1", "x" * 61, "reference"), ("1", "4111 1111 1111 1111", "reference")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_asked(
    bleuet: Company, bank: Bank, amount: str, reference: str, field: str
) -> None:
    contact, _ = talking(bleuet)
    with pytest.raises(Invalid) as refusal:
        ask(bleuet, contact, amount, reference)
    assert refusal.value.field == field
    assert not Payment.objects.exists()


def test_only_the_one_in_conversation_asks_and_one_payment_at_a_time(bleuet: Company, bank: Bank) -> None:
    contact, call = talking(bleuet, held=True)
    with pytest.raises(Conflict):
        ask(bleuet, contact)
    keep(replace(call, held=False, phase=Phase.ENDED))
    with pytest.raises(Conflict):
        ask(bleuet, contact)
    keep(call := replace(call, held=False))
    for role, error in (("colleague", Forbidden), ("supervisor", Forbidden), ("administrator", NotFound)):
        with pytest.raises((error, Forbidden)):
            services.ask_payment(bleuet.viewer(role), contact_id=contact.pk, amount="1", reference="F-1")
    other = company("garance")
    with pytest.raises(NotFound):
        services.ask_payment(other.viewer(), contact_id=contact.pk, amount="1", reference="F-1")
    assert not Payment.objects.exists()
    ask(bleuet, contact)
    with pytest.raises(Conflict):
        ask(bleuet, contact, reference="F-2")
    assert Payment.objects.count() == 1


def test_what_ends_before_the_bank_was_asked_is_not_paid(bleuet: Company, bank: Bank) -> None:
    contact, call = talking(bleuet)
    payment = ask(bleuet, contact)
    spine.do(call, words.EndPayment(payment.pk, "customer"), {})
    assert state(payment) == ("failed", "customer")
    assert payments.charge(payment.pk, CARD) == "unknown"
    assert bank.asked == [], "too late: nothing is charged"


def test_a_controller_that_dies_while_the_bank_is_asked_leaves_it_to_the_bank(bleuet: Company, bank: Bank) -> None:
    contact, call = talking(bleuet)
    payment = ask(bleuet, contact)
    Payment.objects.update(state="asking")
    bank.found = Unreachable()
    spine.do(call, words.EndPayment(payment.pk, "interrupted"), {})
    assert state(payment) == ("unknown", "")
    bank.found = Answer(ACCEPTED, receipt="R-3")
    assert services.settle_forgotten(clock.now()) == 1
    assert state(payment) == ("accepted", "")


def test_what_nobody_leads_any_more_is_ended_by_the_worker(bleuet: Company, bank: Bank) -> None:
    contact, call = talking(bleuet)
    payment = ask(bleuet, contact)
    keep(replace(call, paying=Paying(payment.pk)))
    later = clock.now() + timedelta(minutes=10)
    services.settle_forgotten(later)
    assert state(payment) == ("keying", ""), "a slow customer is no fault"
    keep(call)
    services.settle_forgotten(later)
    assert state(payment) == ("failed", "interrupted")


def test_a_stop_that_no_controller_hears_is_done_here(bleuet: Company, bank: Bank) -> None:
    contact, _ = talking(bleuet)
    payment = ask(bleuet, contact)
    with pytest.raises(Forbidden):
        services.stop_payment(bleuet.viewer("supervisor"), contact_id=contact.pk)
    services.stop_payment(bleuet.viewer(), contact_id=contact.pk)
    assert state(payment) == ("failed", "advisor")


def test_without_a_provider_nothing_is_shown_and_nothing_asked(bleuet: Company, settings: Any, client: Client) -> None:
    settings.PAYMENT, settings.VOICE = "", "asterisk"
    contact, _ = talking(bleuet)
    client.force_login(bleuet.advisor)
    assert b'data-lc-call="pay"' not in client.get(f"/voice/desk/{contact.pk}/").content
    with pytest.raises(Conflict):
        ask(bleuet, contact)
    settings.PAYMENT = "demonstration"
    assert b'data-lc-call="pay"' in client.get(f"/voice/desk/{contact.pk}/").content


def test_the_page_shows_how_many_keys_and_the_dialog_refuses_in_words(
    bleuet: Company, bank: Bank, client: Client
) -> None:
    contact, call = talking(bleuet)
    client.force_login(bleuet.advisor)
    refused = client.post(f"/voice/{contact.pk}/payment/", {"amount": "1,234", "reference": "F"})
    assert (refused.status_code, "se lit de deux façons" in refused.content.decode()) == (422, True)
    assert client.post(f"/voice/{contact.pk}/payment/", {"amount": "5", "reference": "F"}).status_code == 204
    keep(replace(call, paying=Paying(Payment.objects.get().pk, "expiry", keys=3, wrong="expiry", tries=1)))
    page = client.get(f"/voice/desk/{contact.pk}/").content.decode()
    assert page.count("<i></i>") == 3
    assert "Cette date est passée" in page
    assert 'data-lc-call="hold"' not in page


def test_an_erased_customer_leaves_an_amount_and_no_reference(bleuet: Company, bank: Bank) -> None:
    from ligne.channels.voice import handlers
    from ligne.contacts import handlers as contact_handlers

    contact, _ = talking(bleuet)
    payment = ask(bleuet, contact)
    payments.charge(payment.pk, CARD)
    customer = bleuet.customer()
    Contact.objects.filter(pk=contact.pk).update(customer=customer)
    VoiceCall.objects.update(ended_at=clock.now())
    handlers.erase_customer(customer.pk)
    contact_handlers.erase_customer(customer.pk)
    payment.refresh_from_db()
    assert (payment.reference, payment.last_four, payment.amount_cents) == ("", "", 8990)
    assert not Message.objects.filter(contact=contact).exclude(subject="").exists()


def test_a_take_that_could_not_be_silenced_is_kept_by_nobody(bleuet: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from ligne.channels.voice.models import Recording
    from ligne.channels.voice.services import recordings
    from tests.channels.voice import tones

    dropped: list[str] = []

    class Stored:
        def fetch(self, name: str) -> bytes:
            return tones.wav(tones.sine(440, 1))

        def drop(self, name: str) -> None:
            dropped.append(name)

    monkeypatch.setattr(recordings, "sounds", lambda _exchange: Stored())
    _, call = talking(bleuet, spoiled=(1,))
    for take in (1, 2):
        recordings.keep(call.id, (f"c1-take{take}-customer", f"c1-take{take}-advisor"))
    assert [row.name for row in Recording.objects.all()] == ["c1-take2-customer"]
    assert len(dropped) == 4, "nothing stays at the exchange"
