"""The exchange on screen: each view calls one verb, shows the present state, and refuses in words."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ligne.contacts import reads, services
from ligne.contacts.models import Attachment, CallBack, Contact, Message
from ligne.contacts.ports import File
from ligne.kit import clock
from ligne.staff.models import User
from tests.world import Company

HTMX = {"HX-Request": "true"}


def signed_in(person: User) -> Client:
    """A browser in which `person` is signed in."""
    client = Client(headers=HTMX)
    client.force_login(person)
    return client


def url(name: str, contact: Contact, *more: int) -> str:
    """The address of a view of the exchange."""
    return reverse(f"contacts:{name}", args=[contact.pk, *more])


# -- showing ---------------------------------------------------------------------------------------------------------


def test_the_exchange_is_a_fragment_for_a_desk_and_a_page_for_a_link(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    fragment = signed_in(bleuet.advisor).get(url("exchange", contact)).content.decode()
    assert fragment.lstrip().startswith("<article")
    assert f'hx-trigger="sse:contact-{contact.pk} from:body' in fragment
    client = Client()
    client.force_login(bleuet.quality)
    page = client.get(url("exchange", contact)).content.decode()
    assert "<html" in page
    assert 'id="reply-text"' not in page, "who reads does not write"


def test_reading_it_makes_it_read_for_its_advisor_alone(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    Contact.objects.filter(pk=contact.pk).update(unread=2)
    signed_in(bleuet.supervisor).get(url("exchange", contact))
    contact.refresh_from_db()
    assert contact.unread == 2
    signed_in(bleuet.advisor).get(url("exchange", contact))
    contact.refresh_from_db()
    assert contact.unread == 0


def test_another_company_s_exchange_does_not_exist(bleuet: Company, garance: Company) -> None:
    contact = bleuet.in_hand()
    stranger = signed_in(garance.advisor)
    for name in ("exchange", "templates", "snooze", "call_back", "search_customer"):
        assert stranger.get(url(name, contact)).status_code == 404
    for name in ("reply", "note", "draft", "end", "wrap_up", "prove_identity"):
        assert stranger.post(url(name, contact), {"text": "x", "outcome": "proven"}).status_code == 404
    assert Message.objects.filter(contact=contact, kind__in=["out", "note"]).count() == 0


@pytest.mark.parametrize("name", ["reply", "draft", "end", "prove_identity", "choose_customer", "attach"])
@pytest.mark.parametrize("role", ["supervisor", "quality", "administrator"])
def test_only_advisors_handle(bleuet: Company, name: str, role: str) -> None:
    contact = bleuet.in_hand()
    assert signed_in(getattr(bleuet, role)).post(url(name, contact), {"text": "x"}).status_code == 403
    assert not Message.objects.filter(contact=contact, kind="out").exists()


def test_the_exchange_takes_as_many_queries_however_long_it_is(bleuet: Company, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    contact = bleuet.in_hand()
    for number in range(12):
        services.receive(bleuet.system, contact_id=contact.pk, text=f"encore {number}")
    client = signed_in(bleuet.advisor)
    client.get(url("exchange", contact))
    with django_assert_max_num_queries(21):
        client.get(url("exchange", contact))


# -- writing ---------------------------------------------------------------------------------------------------------


def test_a_reply_is_held_and_may_be_undone(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    client = signed_in(bleuet.advisor)
    shown = client.post(url("reply", contact), {"text": "Bonjour Anne"}).content.decode()
    message = Message.objects.get(contact=contact, kind="out")
    assert message.sending == "held"
    assert url("undo", contact, message.pk) in shown
    after = client.post(url("undo", contact, message.pk)).content.decode()
    message.refresh_from_db()
    assert message.sending == "cancelled"
    assert reads.draft(bleuet.viewer(), contact.pk)[0] == "Bonjour Anne"
    assert '"text": "Bonjour Anne"' in after


def test_an_empty_reply_is_refused_in_a_sentence(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    answer = signed_in(bleuet.advisor).post(url("reply", contact), {"text": "  "})
    assert answer.status_code == 422
    assert "data-lc-error" in answer.content.decode()
    assert not Message.objects.filter(contact=contact, kind="out").exists()


def test_a_reply_may_leave_later(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    later = clock.now() + timedelta(hours=5)
    signed_in(bleuet.advisor).post(url("reply", contact), {"text": "Bonjour", "send_at": later.isoformat()})
    assert Message.objects.get(contact=contact, kind="out").send_at == later


def test_a_moment_that_is_none_sends_nothing(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    for moment in ("demain", "2026-13-45T99:00"):
        answer = signed_in(bleuet.advisor).post(url("reply", contact), {"text": "Bonjour", "send_at": moment})
        assert answer.status_code == 422
    assert not Message.objects.filter(contact=contact, kind="out").exists()


def test_a_note_is_shown_unlike_a_reply(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    shown = signed_in(bleuet.supervisor).post(url("note", contact), {"text": "À surveiller"}).content.decode()
    assert 'data-kind="note"' in shown
    assert Message.objects.get(contact=contact, kind="note").text == "À surveiller"


def test_a_late_draft_is_told_and_overwrites_nothing(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    client = signed_in(bleuet.advisor)
    assert client.post(url("draft", contact), {"text": "un", "version": "0"}).json() == {"version": 1}
    late = client.post(url("draft", contact), {"text": "deux", "version": "0"})
    assert late.status_code == 409
    assert (late.json()["text"], late.json()["version"]) == ("un", 1)
    assert reads.draft(bleuet.viewer(), contact.pk) == ("un", 1)


def test_files_are_kept_for_the_reply_and_leave_with_it(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    client = signed_in(bleuet.advisor)
    shown = client.post(url("attach", contact), {"files": SimpleUploadedFile("devis.pdf", b"%PDF", "application/pdf")})
    kept = Attachment.objects.get(contact=contact)
    assert f'id="pending-{kept.pk}"' in shown.content.decode()
    client.post(url("reply", contact), {"text": "Voici", "file": [kept.pk]})
    kept.refresh_from_db()
    assert kept.message is not None
    assert kept.message.kind == "out"


def test_ready_replies_are_found_and_filled(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    services.put_template(
        bleuet.system,
        principal_id=bleuet.principal.pk,
        shortcut="accueil",
        title="Accueil",
        text="Bonjour {{ nom }}",
        for_channels=[],
    )
    client = signed_in(bleuet.advisor)
    assert "::accueil" in client.get(url("templates", contact), {"q": "acc"}).content.decode()
    assert "::accueil" not in client.get(url("templates", contact), {"q": "zzz"}).content.decode()
    template = reads.templates(bleuet.viewer(), bleuet.principal.pk)[0]
    assert client.get(url("template_text", contact, template.pk)).json() == {"text": "Bonjour Anne"}


# -- whose it is -----------------------------------------------------------------------------------------------------


def test_an_unknown_person_is_found_then_chosen_then_proven(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    customer = bleuet.customer(last_name="Quéméneur")
    client = signed_in(bleuet.advisor)
    assert f"/customers/new/?contact={contact.pk}" in client.get(url("exchange", contact)).content.decode()
    shown = client.post(url("choose_customer", contact), {"customer": customer.pk}).content.decode()
    assert f'data-customer="{customer.pk}"' in shown
    assert 'id="identify"' in shown
    client.post(url("prove_identity", contact), {"outcome": "proven"})
    contact.refresh_from_db()
    assert (contact.customer_id, contact.identity_proof) == (customer.pk, "proven")


def test_candidates_are_shown_with_their_reasons(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    found = {"customer_id": bleuet.customer().pk, "name": "Mme Anne Lefèvre", "score": 0.6, "reasons": ["Même ville"]}
    Contact.objects.filter(pk=contact.pk).update(identification={"state": "candidates", "candidates": [found]})
    shown = signed_in(bleuet.advisor).get(url("exchange", contact)).content.decode()
    assert "Mme Anne Lefèvre" in shown
    assert "Même ville" in shown


def test_choosing_nobody_changes_nothing(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    assert signed_in(bleuet.advisor).post(url("choose_customer", contact), {"customer": ""}).status_code == 422
    contact.refresh_from_db()
    assert contact.customer_id is None


# -- how it ends -----------------------------------------------------------------------------------------------------


def test_a_wrap_up_without_outcome_is_refused_and_keeps_what_was_chosen(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    answer = signed_in(bleuet.advisor).post(url("wrap_up", contact), {"reason": bleuet.reason.pk, "summary": "vu"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="wrap-error"' in shown
    assert f'<option value="{bleuet.reason.pk}" selected>' in shown
    assert 'value="vu"' in shown
    contact.refresh_from_db()
    assert contact.state == "active"


def test_a_wrap_up_closes_and_tells_the_desk(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    said = {"reason": bleuet.reason.pk, "outcome": "resolved", "next_step": "none"}
    answer = signed_in(bleuet.advisor).post(url("wrap_up", contact), said)
    assert answer.status_code == 200
    assert json.loads(answer["HX-Trigger-After-Settle"])["lc:closed"] == {"contact": contact.pk}
    contact.refresh_from_db()
    assert (contact.state, contact.outcome) == ("closed", "resolved")


def test_ending_a_chat_begins_its_wrap_up(bleuet: Company) -> None:
    contact = bleuet.in_hand("chat")
    signed_in(bleuet.advisor).post(url("end", contact))
    contact.refresh_from_db()
    assert contact.state == "wrap_up"


def test_a_mail_is_put_off_a_chat_is_not(bleuet: Company) -> None:
    mail, chat = bleuet.in_hand(), bleuet.in_hand("chat")
    client = signed_in(bleuet.advisor)
    until = {"until": (clock.now() + timedelta(hours=1)).isoformat()}
    assert client.post(url("snooze", mail), until).status_code == 204
    assert client.post(url("snooze", chat), until).status_code == 422
    mail.refresh_from_db()
    chat.refresh_from_db()
    assert (mail.state, chat.state) == ("snoozed", "active")


def test_a_call_back_is_promised_within_its_window(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    client = signed_in(bleuet.advisor)
    assert "<form" in client.get(url("call_back", contact)).content.decode()
    said = {"phone": "06 71 22 90 18", "start": "2099-03-01T10:00", "length": "60", "topic": "Devis", "mine": "on"}
    assert client.post(url("call_back", contact), said).status_code == 204
    promise = CallBack.objects.get()
    assert (promise.phone, promise.owner, promise.origin) == ("+33671229018", bleuet.advisor, contact)
    assert promise.window_end - promise.window_start == timedelta(hours=1)


@pytest.mark.parametrize("wrong", [{"phone": "abc"}, {"start": "2001-01-01T10:00"}, {"length": "7"}])
def test_a_promise_that_cannot_be_kept_is_not_made(bleuet: Company, wrong: dict[str, str]) -> None:
    contact = bleuet.in_hand()
    said = {"phone": "06 71 22 90 18", "start": "2099-03-01T10:00", "length": "60"} | wrong
    answer = signed_in(bleuet.advisor).post(url("call_back", contact), said)
    assert answer.status_code == 422
    assert "lc-wrong" in answer.content.decode()
    assert not CallBack.objects.exists()


# -- what customers sent ---------------------------------------------------------------------------------------------


def test_a_mail_s_layout_can_neither_run_nor_fetch(bleuet: Company) -> None:
    contact = bleuet.in_hand(html="<p>Bonjour</p>", text="Bonjour")
    message = Message.objects.get(contact=contact, kind="in")
    answer = signed_in(bleuet.advisor).get(reverse("contacts:message_html", args=[message.pk]))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin;" in policy, "the page around measures it; nothing in it runs"
    assert "allow-scripts" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "<p>Bonjour</p>" in answer.content.decode()
    page = signed_in(bleuet.advisor).get(url("exchange", contact)).content.decode()
    assert 'sandbox="allow-same-origin"' in page


def test_what_a_customer_wrote_is_text_on_our_page(bleuet: Company) -> None:
    contact = bleuet.in_hand(text="<script>alert(1)</script>", subject="<b>x</b>")
    page = signed_in(bleuet.advisor).get(url("exchange", contact)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<b>x</b>" not in page


def test_a_file_is_downloaded_never_shown(bleuet: Company, garance: Company) -> None:
    contact = bleuet.in_hand(files=[File("facture.html", "text/html", b"<script>1</script>")])
    path = reverse("contacts:attachment", args=[Attachment.objects.get(contact=contact).pk])
    answer = signed_in(bleuet.advisor).get(path)
    assert answer["Content-Disposition"] == 'attachment; filename="facture.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer) == b"<script>1</script>"
    assert signed_in(garance.advisor).get(path).status_code == 404
