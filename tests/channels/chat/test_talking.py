"""Beginning and talking: once each, to the right company, and nothing happens when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ligne.channels.chat import reads, services
from ligne.channels.chat.errors import Closed, Over
from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.reads import Guest
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact, Message
from ligne.kit import clock
from ligne.kit.errors import Invalid, NotFound, TooLarge, TooMany
from tests import world
from tests.channels.chat.conftest import Visitor, draw

Arrives = Callable[[], Visitor]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def test_a_conversation_becomes_a_contact_in_its_queue(garance: world.Company, visitor: Arrives) -> None:
    anne = visitor()
    session = anne.start(page_url="https://garance.test/lave-linge", page_title="Lave-linge")
    contact = anne.contact
    assert (contact.channel, contact.principal_id, contact.queue) == ("chat", garance.principal.pk, "garance-chat")
    assert (contact.from_name, contact.from_email) == ("Anne", "anne@exemple.test")
    assert contact.subject == "Bonjour, où est ma commande ?"
    assert contact.thread == str(session.public_id)
    assert anne.sees() == [("customer", "Bonjour, où est ma commande ?")]


def test_starting_twice_with_one_token_starts_once(visitor: Arrives) -> None:
    anne = visitor()
    first = anne.start(client_id="a" * 16)
    second = anne.start(client_id="a" * 16)
    assert first.pk == second.pk
    assert (Contact.objects.count(), Message.objects.count()) == (1, 1)


def test_the_token_itself_is_not_kept(visitor: Arrives) -> None:
    anne = visitor()
    session = anne.start()
    values = [str(v) for v in ChatSession.objects.filter(pk=session.pk).values_list()[0]]
    assert not any(anne.token in value for value in values)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"client_id": "court"}, "client_id"),
        ({"email": "anne"}, "email"),
    ],
)
def test_what_does_not_fit_starts_nothing(visitor: Arrives, facts: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        visitor().start(**facts)
    assert refusal.value.field == field
    assert not ChatSession.objects.exists()
    assert not Contact.objects.exists()


def test_a_weak_token_starts_nothing(visitor: Arrives) -> None:
    anne = visitor()
    anne.token = "trop-court"
    with pytest.raises(Invalid):
        anne.start()
    assert not Contact.objects.exists()


def test_a_closed_queue_starts_nothing(garance: world.Company, visitor: Arrives) -> None:
    garance.queues["chat"].hours = {"tue": [["09:00", "18:00"]]}
    garance.queues["chat"].save()
    with clock.at(datetime(2026, 11, 23, 10, tzinfo=UTC)), pytest.raises(Closed):
        visitor().start()
    assert not Contact.objects.exists()


def test_an_address_that_is_no_page_is_not_kept(visitor: Arrives) -> None:
    anne = visitor()
    anne.start(page_url="javascript:alert(1)")
    assert anne.session.page_url == ""


def test_a_customer_without_a_name_is_welcome(visitor: Arrives) -> None:
    anne = visitor()
    anne.start(name="", email="")
    assert anne.contact.from_name == ""
    assert anne.sees() == [("customer", "Bonjour, où est ma commande ?")]


def test_saying_twice_with_one_client_id_says_once(visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    client_id = draw()
    first, second = anne.says("Toujours rien", client_id), anne.says("Toujours rien", client_id)
    assert first.pk == second.pk
    assert [text for _, text in anne.sees()] == ["Bonjour, où est ma commande ?", "Toujours rien"]


def test_two_customers_may_draw_the_same_client_id(visitor: Arrives) -> None:
    anne, paul = visitor(), visitor()
    anne.start()
    paul.start(name="Paul", email="paul@exemple.test")
    anne.says("d’Anne", "identique")
    paul.says("de Paul", "identique")
    assert anne.sees()[-1] == ("customer", "d’Anne")
    assert paul.sees()[-1] == ("customer", "de Paul")


def test_a_wrong_token_says_nothing(visitor: Arrives) -> None:
    anne, thief = visitor(), visitor()
    anne.start()
    for guest in (
        Guest(anne.guest.public_id, thief.token),
        Guest(anne.guest.public_id, ""),
        Guest("pas-un-uuid", anne.token),
    ):
        with pytest.raises(NotFound):
            services.say(guest, client_id=draw(), text="Je suis Anne")
        assert reads.guest_topic(guest.public_id, guest.token) is None
    assert len(anne.sees()) == 1
    assert reads.guest_topic(anne.guest.public_id, anne.token) == f"chat:{anne.guest.public_id}"


def test_a_script_is_kept_as_the_text_it_is(visitor: Arrives) -> None:
    anne = visitor()
    script = "<script>fetch('//mechant')</script>\x00<img src=x onerror=alert(1)>"
    anne.start(script.replace("\x00", ""))
    message = Message.objects.get()
    assert message.text == script.replace("\x00", "")
    assert message.html == ""


def test_a_flood_is_refused_and_not_kept(visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    for number in range(30):
        anne.says(f"message {number}")
    with pytest.raises(TooMany) as refusal:
        anne.says("un de trop")
    assert refusal.value.retry_after > 0
    assert len(anne.sees()) == 31


def test_an_answer_reaches_the_page(
    visitor: Arrives, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    anne = visitor()
    anne.start()
    anne.is_answered()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        contacts.reply(anne.company.viewer(), contact_id=anne.contact.pk, text="Elle arrive demain.")
    assert Message.objects.get(kind="out").sending == "sent"
    assert anne.sees()[-1] == ("advisor", "Elle arrive demain.")
    news = reads.news(anne.session)
    assert (news["state"], news["advisor"]) == ("active", anne.company.advisor.name)
    assert [n["id"] for n in news["notices"]] == ["accepted"]


def test_notes_and_what_is_to_be_sent_later_stay_among_us(visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    contact = anne.is_answered()
    viewer = anne.company.viewer()
    contacts.note(viewer, contact_id=contact.pk, text="Cliente fâchée")
    later = clock.now() + timedelta(days=30)
    contacts.reply(viewer, contact_id=contact.pk, text="Plus tard", send_at=later)
    assert anne.sees() == [("customer", "Bonjour, où est ma commande ?")]


def test_news_after_a_cursor_leave_out_what_is_old(visitor: Arrives) -> None:
    anne = visitor()
    start = datetime(2026, 11, 23, 10, tzinfo=UTC)
    with clock.at(start):
        anne.start()
    with clock.at(start.replace(second=30)):
        cursor = reads.news(anne.session)["cursor"]
    with clock.at(start.replace(minute=1)):
        anne.says("La suite")
        fresh = [m["text"] for m in reads.news(anne.session, cursor)["messages"]]
        everything = [m["text"] for m in reads.news(anne.session, "abc")["messages"]]
    assert fresh == ["La suite"]
    assert everything == ["Bonjour, où est ma commande ?", "La suite"]


def test_a_file_is_kept_under_a_safe_name_and_read_by_a_signed_link(visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    services.upload(anne.guest, client_id=draw(), filename="../photo.exe", content=PNG)
    [file] = reads.news(anne.session)["messages"][-1]["files"]
    assert (file["name"], file["type"], file["size"]) == ("photo.png", "image/png", len(PNG))
    link = file["url"].rstrip("/").rsplit("/", 1)[-1]
    assert reads.file_of(link).filename == "photo.png"
    with pytest.raises(NotFound):
        reads.file_of(link[:-2] + "xx")


def test_a_file_that_is_refused_is_not_kept(visitor: Arrives, monkeypatch: pytest.MonkeyPatch) -> None:
    anne = visitor()
    anne.start()
    with pytest.raises(Invalid):
        services.upload(anne.guest, client_id=draw(), filename="page.png", content=b"<html>")
    with pytest.raises(Invalid):
        services.upload(anne.guest, client_id=draw(), filename="vide.png", content=b"")
    with pytest.raises(TooLarge):
        services.upload(anne.guest, client_id=draw(), filename="gros.png", content=PNG + b"\0" * 10 * 1024 * 1024)
    assert len(anne.sees()) == 1


def test_a_following_conversation_knows_what_it_follows(garance: world.Company, visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    before = anne.contact
    services.leave(anne.guest)
    again = visitor()
    again.start("Encore moi", previous=anne.guest)
    assert again.contact.previous_id == before.pk
    stranger = visitor()
    stranger.start("Bonjour", previous=Guest(anne.guest.public_id, "x" * 32))
    assert stranger.contact.previous_id is None


def test_nothing_is_said_when_it_is_over(visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    services.leave(anne.guest)
    with pytest.raises(Over):
        anne.says("Encore là ?")
    assert len(anne.sees()) == 1


def test_typing_is_told_to_the_other_side_only_and_seldom(
    visitor: Arrives, pushed: Callable[[], list[tuple[str, str]]]
) -> None:
    anne = visitor()
    anne.start()
    contact = anne.is_answered()
    pushed()
    services.customer_types(anne.guest)
    services.customer_types(anne.guest)
    assert pushed() == [(f"user:{anne.company.advisor.pk}", f"typing-{contact.pk}")]
    services.advisor_types(anne.company.viewer(), contact_id=contact.pk)
    assert pushed() == [(anne.session.topic, "typing")]
    services.advisor_types(anne.company.viewer("colleague"), contact_id=contact.pk)
    assert pushed() == []
    assert reads.news(anne.session)["typing"]


def test_another_company_does_not_know_the_page(bleuet: world.Company, visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    with pytest.raises(NotFound):
        reads.session_of_contact(bleuet.viewer(), anne.contact.pk)
    with pytest.raises(NotFound):
        services.advisor_types(bleuet.viewer(), contact_id=anne.contact.pk)
    assert anne.session.advisor_typing_at is None
