"""What is done at the desk with a call, as far as the tables know: given back, handed over, after it, its message."""

from __future__ import annotations

import io
import wave
from array import array
from typing import Any

import pytest
from django.test import Client

from ligne.channels.voice import services
from ligne.channels.voice.models import VoiceCall
from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, THIRD, Call, Leg, Phase, Plan
from ligne.channels.voice.rules.flow.call import to_json
from ligne.contacts import services as contacts
from ligne.contacts.models import Attachment, Contact
from ligne.contacts.ports import File
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden
from ligne.routing import services as routing
from ligne.routing.models import WorkItem
from ligne.staff import services as staff
from ligne.staff.models import Presence
from tests.world import Company, company

pytestmark = pytest.mark.django_db


def in_a_call(house: Company, role: str = "advisor", *third: Leg, phase: Phase = Phase.TALKING) -> Contact:
    """A call in somebody's hands, as the controller keeps it."""
    contact = house.arrival("voice", text="")
    person = getattr(house, role)
    supervisor = house.viewer("supervisor")
    WorkItem.objects.filter(contact=contact).update(state="taken", advisor=person, taken_at=clock.now())
    contacts.move(supervisor, contact_id=contact.pk, passage="take", advisor_id=person.pk)
    legs = (
        Leg(f"c{contact.pk}", CUSTOMER, up=True),
        Leg(f"a{contact.pk}", ADVISOR, user_id=person.pk, up=True),
        *third,
    )
    call = Call(f"call{contact.pk}", Plan(house.principal.pk, "", "bleuet-voice"), phase=phase, legs=legs)
    VoiceCall.objects.create(
        pk=call.id, principal=house.principal, contact=contact, phase=phase, facts=to_json(call), started_at=clock.now()
    )
    contact.refresh_from_db()
    return contact


def presence(house: Company, role: str = "advisor") -> str:
    return str(Presence.objects.get(user=getattr(house, role)).state)


def test_who_cannot_be_heard_gives_the_call_back_to_its_line(bleuet: Company) -> None:
    contact = in_a_call(bleuet)
    with pytest.raises(Forbidden):
        services.act(bleuet.viewer("colleague"), contact_id=contact.pk, what="give_back")
    services.act(bleuet.viewer(), contact_id=contact.pk, what="give_back")
    contact.refresh_from_db()
    assert (contact.state, contact.advisor_id, presence(bleuet)) == ("waiting", None, "not_answering")


def test_a_call_to_somebody_not_reached_yet_is_ended_instead(bleuet: Company) -> None:
    contact = in_a_call(bleuet, phase=Phase.DIALLING)
    services.act(bleuet.viewer(), contact_id=contact.pk, what="give_back")
    contact.refresh_from_db()
    assert (contact.state, contact.advisor_id) == ("wrap_up", bleuet.advisor.pk)


def test_a_colleague_with_a_call_of_their_own_is_not_handed_another(bleuet: Company) -> None:
    theirs = in_a_call(bleuet, "colleague")
    contact = in_a_call(bleuet, "advisor", Leg("t", THIRD, user_id=bleuet.colleague.pk, up=True))
    with pytest.raises(Conflict, match="call of their own"):
        services.act(bleuet.viewer(), contact_id=contact.pk, what="transfer")
    with pytest.raises(Conflict, match="call of their own"):
        routing.hand_over(bleuet.system, contact_id=contact.pk, advisor_id=bleuet.colleague.pk)
    for one, role in ((contact, "advisor"), (theirs, "colleague")):
        one.refresh_from_db()
        assert (one.state, one.advisor_id) == ("active", getattr(bleuet, role).pk)
    assert not Entry.objects.filter(kind="call.act").exists()


def test_after_a_call_one_is_in_after_call_work_until_it_is_wrapped_up(
    bleuet: Company, django_capture_on_commit_callbacks: Any
) -> None:
    contact = in_a_call(bleuet)
    with django_capture_on_commit_callbacks(execute=True):
        contacts.end_exchange(bleuet.viewer(), contact_id=contact.pk)
    assert presence(bleuet) == "after_call"
    staff.prolong_after_call(bleuet.viewer(), reason="file")
    assert presence(bleuet) == "after_call"
    with django_capture_on_commit_callbacks(execute=True):
        contacts.wrap_up(
            bleuet.viewer(), contact_id=contact.pk, reason_id=bleuet.reason.pk, outcome="resolved", next_step="none"
        )
    assert presence(bleuet) == "available"


def test_a_state_that_was_chosen_is_not_overruled_by_after_call_work(
    bleuet: Company, django_capture_on_commit_callbacks: Any
) -> None:
    contact = in_a_call(bleuet)
    staff.set_presence(bleuet.viewer(), user_id=bleuet.advisor.pk, state="break", reason="short")
    with django_capture_on_commit_callbacks(execute=True):
        contacts.end_exchange(bleuet.viewer(), contact_id=contact.pk)
    assert presence(bleuet) == "break"
    with django_capture_on_commit_callbacks(execute=True):
        contacts.wrap_up(
            bleuet.viewer(), contact_id=contact.pk, reason_id=bleuet.reason.pk, outcome="resolved", next_step="none"
        )
    assert presence(bleuet) == "break"


def test_a_chat_that_is_over_leaves_its_advisor_available(
    bleuet: Company, django_capture_on_commit_callbacks: Any
) -> None:
    chat = bleuet.in_hand("chat")
    with django_capture_on_commit_callbacks(execute=True):
        contacts.end_exchange(bleuet.viewer(), contact_id=chat.pk)
    assert presence(bleuet) == "available"


def spoken() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(array("h", [0] * 8000 + [16384] * 8000).tobytes())
    return made.getvalue()


def test_a_voice_message_is_seen_and_played_in_place_and_who_listens_is_traced(bleuet: Company, client: Client) -> None:
    sound = spoken()
    left = bleuet.arrival("voicemail", text="", files=[File("message.wav", "audio/wav", sound)])
    client.force_login(bleuet.advisor)
    page = client.get(f"/voice/desk/{left.pk}/").text
    assert 'class="lc-waveform"' in page
    assert f'data-lc-sound="/voice/message/{left.pk}/"' in page
    assert not Entry.objects.filter(kind="call.message_played").exists(), "seen is not heard"
    played = client.get(f"/voice/message/{left.pk}/")
    assert (played.content, played.headers["Content-Type"]) == (sound, "audio/wav")
    entry = Entry.objects.get(kind="call.message_played", subject_id=left.pk)
    assert entry.actor_id == bleuet.advisor.pk
    client.force_login(company("garance").advisor)
    assert client.get(f"/voice/message/{left.pk}/").status_code == 404
    assert Entry.objects.filter(kind="call.message_played").count() == 1


def test_the_file_of_a_voice_message_is_not_fetched_without_a_trace(bleuet: Company, client: Client) -> None:
    left = bleuet.arrival("voicemail", text="", files=[File("message.wav", "audio/wav", spoken())])
    file = Attachment.objects.get(contact=left)
    client.force_login(bleuet.advisor)
    assert client.get(f"/contacts/file/{file.pk}/").status_code == 200
    assert Entry.objects.get(kind="contact.voice_fetched", subject_id=left.pk).actor_id == bleuet.advisor.pk
    letter = bleuet.arrival("email", files=[File("note.txt", "text/plain", b"bonjour")])
    assert client.get(f"/contacts/file/{Attachment.objects.get(contact=letter).pk}/").status_code == 200
    assert Entry.objects.filter(kind="contact.voice_fetched").count() == 1


def test_an_exchange_without_a_message_has_none_to_play(bleuet: Company, client: Client) -> None:
    contact = in_a_call(bleuet)
    client.force_login(bleuet.advisor)
    assert client.get(f"/voice/message/{contact.pk}/").status_code == 404
