"""Pages that go, come back, or stay away; the end, and the copy by e-mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from ligne.channels.chat import reads, services
from ligne.channels.chat.adapter import ChatChannel
from ligne.channels.chat.models import ChatSession
from ligne.contacts import services as contacts
from ligne.contacts.models import Message
from ligne.contacts.ports import Outgoing, SendFailed
from ligne.kit import clock
from ligne.kit.errors import Invalid
from tests.channels.chat.conftest import Visitor

Arrives = Callable[[], Visitor]
START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def events(visitor: Visitor) -> list[str]:
    found = Message.objects.filter(contact=visitor.contact, kind="event")
    return list(found.values_list("text", flat=True))


def swept(seconds: float) -> list[int]:
    """The sweep as it runs at that moment."""
    with clock.at(at(seconds)):
        return services.expire_silent()


@pytest.fixture
def anne(visitor: Arrives) -> Visitor:
    made = visitor()
    with clock.at(START):
        made.start()
    return made


def test_a_reload_changes_nothing_for_the_advisor(anne: Visitor) -> None:
    anne.is_answered()
    with clock.at(at(5)):
        services.gone(anne.guest)
        assert not anne.session.connected
    with clock.at(at(8)):
        services.back_or_here(anne.session)
    assert anne.session.connected
    assert swept(70) == []
    assert events(anne) == []


def test_who_leaves_before_an_answer_is_given_up_after_a_minute(anne: Visitor) -> None:
    with clock.at(at(5)):
        services.gone(anne.guest)
    assert swept(64) == []
    assert swept(65) == [anne.contact.pk]
    assert swept(66) == []
    assert (anne.contact.state, anne.contact.outcome) == ("closed", "abandoned")
    assert anne.session.ended_by == "silence"


def test_a_page_that_falls_silent_is_noticed_then_given_up(anne: Visitor) -> None:
    assert swept(89) == []
    assert anne.session.connected
    assert swept(95) == []
    assert not anne.session.connected
    assert anne.contact.state == "waiting"
    assert swept(149) == []
    assert swept(150) == [anne.contact.pk]


def test_with_an_advisor_the_customer_may_come_back_for_ten_minutes(anne: Visitor) -> None:
    with clock.at(at(1)):
        anne.is_answered()
    swept(100)
    assert events(anne) == ["The customer's page does not answer any more."]
    swept(400)
    assert anne.contact.state == "active"
    with clock.at(at(401)):
        anne.says("Me revoilà")
    assert events(anne)[-1] == "The customer is back on the chat page."
    swept(495)
    assert swept(1090) == []
    assert swept(1091) == [anne.contact.pk]
    assert anne.contact.state == "wrap_up"
    assert events(anne)[-1] == "The customer left the chat page."


def test_leaving_ends_it_once_for_both(anne: Visitor, pushed: Callable[[], list[tuple[str, str]]]) -> None:
    anne.is_answered()
    services.leave(anne.guest)
    services.leave(anne.guest)
    assert anne.contact.state == "wrap_up"
    assert (anne.session.ended_by, events(anne)) == ("customer", ["The customer ended the conversation."])
    assert [n["id"] for n in reads.news(anne.session)["notices"]] == ["accepted", "ended"]


def test_the_end_at_the_desk_reaches_the_page(
    anne: Visitor, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    contact = anne.is_answered()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        contacts.end_exchange(anne.company.viewer(), contact_id=contact.pk)
    news = reads.news(anne.session)
    assert (news["state"], news["ended_by"]) == ("ended", "advisor")


def test_a_contact_closed_by_whatever_way_ends_the_conversation(anne: Visitor) -> None:
    contacts.abandon(anne.company.system, contact_id=anne.contact.pk, cause="cleared")
    assert anne.session.ended_at is not None


def test_the_desk_offers_no_reply_to_who_has_left_but_keeps_what_was_begun(anne: Visitor) -> None:
    contact = anne.is_answered()
    desk = Client()
    desk.force_login(anne.company.advisor)

    def can_reply() -> bool:
        return 'id="reply-text"' in desk.get(f"/contacts/{contact.pk}/").content.decode()

    assert can_reply()
    contacts.save_draft(anne.company.viewer(), contact_id=contact.pk, text="Je regar", version=0)
    services.leave(anne.guest)
    assert can_reply()
    contacts.save_draft(anne.company.viewer(), contact_id=contact.pk, text="", version=1)
    assert not can_reply()


def test_nothing_can_be_sent_to_who_has_left(anne: Visitor) -> None:
    contact = anne.is_answered()
    services.leave(anne.guest)
    assert ChatChannel().address_of(contact.pk) == ""
    outgoing = Outgoing(1, contact.pk, contact.principal_id, contact.thread, (), (), "", "Bonjour", "Nadia", "")
    with pytest.raises(SendFailed) as refusal:
        ChatChannel().send(outgoing)
    assert refusal.value.final
    with pytest.raises(Invalid):
        contacts.reply(anne.company.viewer(), contact_id=contact.pk, text="Encore un mot")
    assert not Message.objects.filter(kind="out").exists()


def test_a_copy_asked_for_leaves_at_the_end_once(
    anne: Visitor, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    anne.is_answered()
    assert services.ask_transcript(anne.guest, email="") is False
    assert not Message.objects.filter(channel="email").exists()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.leave(anne.guest)
    copy = Message.objects.get(channel="email")
    assert copy.recipients["to"] == ["anne@exemple.test"]
    assert "Bonjour, où est ma commande ?" in copy.text
    assert "Anne" in copy.text
    assert anne.session.transcript_sent_at is not None
    assert services.ask_transcript(anne.guest, email="autre@exemple.test") is True
    assert Message.objects.filter(channel="email").count() == 1
    shown = [text for _, text in anne.sees()]
    assert "Bonjour, où est ma commande ?" in shown
    assert copy.text not in shown, "the copy is not shown in the chat"


def test_a_copy_asked_for_after_the_end_leaves_at_once(
    anne: Visitor, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    services.leave(anne.guest)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert services.ask_transcript(anne.guest, email="anne.l@exemple.test") is True
    assert Message.objects.get(channel="email").recipients["to"] == ["anne.l@exemple.test"]


def test_a_copy_to_no_address_is_refused(anne: Visitor) -> None:
    with pytest.raises(Invalid):
        services.ask_transcript(anne.guest, email="anne")
    assert anne.session.transcript_to == ""


def test_the_copy_is_in_the_language_of_the_page(visitor: Arrives) -> None:
    with clock.at(START):
        french, english = visitor(), visitor()
        french.start(language="fr-FR")
        english.start(language="en-GB")
        assert reads.transcript(french.session)[0] == "Votre conversation du 23/11/2026 avec Garance"
        assert reads.transcript(english.session)[0].startswith("Your conversation of")
    assert ChatSession.objects.count() == 2
