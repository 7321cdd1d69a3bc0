"""What every channel owes the spine, run over the registry and over a channel added here in one folder and one line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse

from ligne.contacts import reads, services
from ligne.contacts.ports import Outgoing, Sender, SendFailed, Traits, channels
from ligne.kit import clock
from tests.contacts import postcard
from tests.world import Company


@pytest.fixture(autouse=True)
def _postcards() -> Iterator[None]:
    channels.register("postcard", postcard.PostcardChannel())
    postcard.bag.clear()
    yield
    channels.remove("postcard")


LAW_CHANNELS = {"voice", "sms", "email", "letter", "chat"}
NAMES = [key for key, _ in channels.items()] + ["postcard"]


def outgoing(contact_id: int, company: Company, *, to: tuple[str, ...]) -> Outgoing:
    return Outgoing(
        message_id=1,
        contact_id=contact_id,
        principal_id=company.principal.pk,
        thread="",
        to=to,
        cc=(),
        subject="Bonjour",
        text="Bonjour",
        author_name="Nadia",
        in_reply_to="",
    )


def test_the_centre_has_its_channels() -> None:
    assert {"email", "chat", "voice"} <= set(NAMES)


@pytest.mark.parametrize("key", NAMES)
def test_its_traits_are_whole(key: str) -> None:
    traits = channels.get(key).traits
    assert isinstance(traits, Traits)
    assert traits.key == key
    assert traits.label
    assert traits.icon
    assert traits.default_capacity >= 1
    assert traits.undo_s >= 0
    assert traits.law in LAW_CHANNELS
    assert not (traits.live and traits.undo_s), "somebody who waits is answered at once"


@pytest.mark.parametrize("key", NAMES)
def test_it_says_where_an_answer_would_go(key: str, bleuet: Company) -> None:
    """To who wrote, or nowhere: a channel knows no other address."""
    contact = bleuet.arrival(key)
    assert channels.get(key).address_of(contact.pk) in {contact.from_email, contact.from_name, contact.from_phone, ""}
    nobody = bleuet.arrival(key, sender=Sender())
    assert channels.get(key).address_of(nobody.pk) == ""


@pytest.mark.parametrize("key", NAMES)
def test_it_sends_or_says_why_not(key: str, bleuet: Company) -> None:
    contact = bleuet.arrival(key)
    try:
        told = channels.get(key).send(outgoing(contact.pk, bleuet, to=("nobody@127.0.0.1.invalid",))).external_id
    except SendFailed as failure:
        told = failure.reason
    assert told, "a message that left has a name, one that did not has a reason"


@pytest.mark.parametrize("key", NAMES)
def test_ending_an_exchange_it_does_not_know_harms_nobody(key: str, bleuet: Company) -> None:
    contact = bleuet.arrival(key)
    channels.get(key).ended(contact.pk)
    channels.get(key).ended(contact.pk)
    contact.refresh_from_db()
    assert contact.state == "waiting"
    assert [message.kind for message in reads.thread(bleuet.system, contact.pk)] == ["in"]


@pytest.mark.parametrize("key", NAMES)
def test_it_arrives_once_and_goes_through_to_the_end(key: str, bleuet: Company) -> None:
    customer = bleuet.customer()
    contact = bleuet.in_hand(key, external_id="once", customer_id=customer.pk)
    assert bleuet.arrival(key, external_id="once").pk == contact.pk
    services.end_exchange(bleuet.viewer(), contact_id=contact.pk)
    done = services.wrap_up(
        bleuet.viewer(), contact_id=contact.pk, reason_id=bleuet.reason.pk, outcome="resolved", next_step="none"
    )
    assert done.state == "closed"
    told = reads.timeline(bleuet.viewer(), customer.pk)
    assert [(entry.url, entry.tone) for entry in told] == [(reverse("contacts:exchange", args=[contact.pk]), "ok")]


def test_the_channel_added_here_answers_for_real(bleuet: Company) -> None:
    contact = postcard.deliver(bleuet.system, bleuet.principal.pk, card="c-1", name="Anne", text="Bons baisers")
    again = postcard.deliver(bleuet.system, bleuet.principal.pk, card="c-1", name="Anne", text="Bons baisers")
    assert contact.pk == again.pk
    services.move(bleuet.system, contact_id=contact.pk, passage="offer", advisor_id=bleuet.advisor.pk)
    services.move(bleuet.viewer(), contact_id=contact.pk, passage="accept")
    message = services.reply(bleuet.viewer(), contact_id=contact.pk, text="Merci !")
    assert services.send_due(clock.now()) == 1
    assert services.send_due(clock.now()) == 0
    message.refresh_from_db()
    assert (message.sending, message.external_id) == ("sent", f"card-{message.pk}")
    assert postcard.bag[message.pk].text == "Merci !"
