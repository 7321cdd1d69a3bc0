"""Handling, answering and wrapping up, and all that is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ligne.contacts import reads, services
from ligne.contacts.models import Contact, Draft, Message
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.routing.models import WorkItem
from tests.world import Company


def wrap(company: Company, contact: Contact, **facts: object) -> Contact:
    facts = {"reason_id": company.reason.pk, "outcome": "resolved", "next_step": "none"} | facts
    return services.wrap_up(company.viewer(), contact_id=contact.pk, **facts)  # type: ignore[arg-type]


def test_an_answer_is_held_then_leaves_once(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    message = services.reply(bleuet.viewer(), contact_id=contact.pk, text="Voici.")
    assert message.sending == "held"
    assert message.recipients["to"] == ["anne@exemple.test"]
    services.send_due(clock.now())
    message.refresh_from_db()
    assert message.sending == "held"  # its moment has not come
    contact.refresh_from_db()
    assert contact.first_reply_at is not None
    assert Entry.objects.filter(kind="contact.reply_written").count() == 1


def test_a_held_answer_can_be_undone_and_becomes_the_draft_again(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    message = services.reply(bleuet.viewer(), contact_id=contact.pk, text="Trop vite")
    services.undo(bleuet.viewer(), message_id=message.pk)
    message.refresh_from_db()
    assert message.sending == "cancelled"
    assert reads.draft(bleuet.viewer(), contact.pk)[0] == "Trop vite"
    with clock.at(clock.now() + timedelta(minutes=5)):
        assert services.send_due() == 0


def test_what_has_left_cannot_be_called_back(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    message = services.reply(bleuet.viewer(), contact_id=contact.pk, text="Voici.")
    services.sent(message.pk, "x@y")
    with pytest.raises(Conflict):
        services.undo(bleuet.viewer(), message_id=message.pk)
    assert Message.objects.get(pk=message.pk).sending == "sent"


@pytest.mark.parametrize("text", ["", "   ", "\x00"])
def test_an_empty_answer_is_refused(bleuet: Company, text: str) -> None:
    contact = bleuet.in_hand()
    with pytest.raises(Invalid):
        services.reply(bleuet.viewer(), contact_id=contact.pk, text=text)
    assert not Message.objects.filter(kind="out").exists()


def test_only_who_has_the_contact_answers(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    with pytest.raises(Forbidden):
        services.reply(bleuet.viewer("colleague"), contact_id=contact.pk, text="Moi")
    assert not Message.objects.filter(kind="out").exists()


def test_a_contact_that_waits_is_not_answered(bleuet: Company) -> None:
    contact = bleuet.arrival()
    with pytest.raises(Forbidden):
        services.reply(bleuet.viewer(), contact_id=contact.pk, text="Moi")


def test_a_failed_message_is_told_once(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    message = services.reply(bleuet.viewer(), contact_id=contact.pk, text="Voici.")
    services.failed(message.pk, "no such mailbox", final=True, bounced=True)
    services.failed(message.pk, "no such mailbox", final=True, bounced=True)
    message.refresh_from_db()
    assert (message.sending, message.failure) == ("bounced", "no such mailbox")
    assert Entry.objects.filter(kind="contact.reply_failed").count() == 1


def test_what_is_kept_too_late_after_it_was_sent_is_no_draft(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    services.reply(bleuet.viewer(), contact_id=contact.pk, text="Voici.")
    with pytest.raises(Conflict):
        services.save_draft(bleuet.viewer(), contact_id=contact.pk, text="Voici.", version=0)
    assert reads.draft(bleuet.viewer(), contact.pk)[0] == ""


def test_a_late_page_never_overwrites_a_draft(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    first = services.save_draft(bleuet.viewer(), contact_id=contact.pk, text="Bonjour", version=0)
    services.save_draft(bleuet.viewer("colleague"), contact_id=contact.pk, text="Bonjour Anne", version=first)
    with pytest.raises(Conflict):
        services.save_draft(bleuet.viewer(), contact_id=contact.pk, text="Bonsoir", version=first)
    assert Draft.objects.get().text == "Bonjour Anne"


def test_saving_the_same_text_again_is_no_conflict(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    first = services.save_draft(bleuet.viewer(), contact_id=contact.pk, text="Bonjour", version=0)
    assert services.save_draft(bleuet.viewer(), contact_id=contact.pk, text="Bonjour", version=0) == first


def test_a_wrap_up_closes_traces_and_frees(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    wrap(bleuet, contact)
    contact.refresh_from_db()
    assert contact.accepted_at is not None
    assert contact.wrapped_up_at is not None
    assert (contact.state, contact.outcome) == ("closed", "resolved")
    assert not WorkItem.objects.filter(contact=contact).exists()
    closed = Entry.objects.get(kind="contact.closed")
    assert closed.data["reason"] == "facture"
    assert closed.data["handled_s"] == (contact.wrapped_up_at - contact.accepted_at).total_seconds()


def test_wrapping_up_twice_closes_once(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    wrap(bleuet, contact)
    wrap(bleuet, contact)
    assert Entry.objects.filter(kind="contact.closed").count() == 1


@pytest.mark.parametrize("missing", [{"outcome": ""}, {"next_step": ""}, {"reason_id": None}])
def test_a_wrap_up_without_its_three_answers_changes_nothing(bleuet: Company, missing: dict[str, object]) -> None:
    contact = bleuet.in_hand()
    with pytest.raises(Invalid):
        wrap(bleuet, contact, **missing)
    contact.refresh_from_db()
    assert contact.state == "active"
    assert WorkItem.objects.filter(contact=contact).exists()


def test_a_reason_of_another_company_does_not_exist(bleuet: Company, garance: Company) -> None:
    contact = bleuet.in_hand()
    with pytest.raises(Invalid):
        wrap(bleuet, contact, reason_id=garance.reason.pk)
    contact.refresh_from_db()
    assert contact.state == "active"


def test_a_supervisor_may_close_for_somebody_else_and_a_colleague_may_not(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    with pytest.raises(Forbidden):
        services.wrap_up(
            bleuet.viewer("colleague"),
            contact_id=contact.pk,
            reason_id=bleuet.reason.pk,
            outcome="resolved",
            next_step="none",
        )
    services.wrap_up(
        bleuet.viewer("supervisor"),
        contact_id=contact.pk,
        reason_id=bleuet.reason.pk,
        outcome="resolved",
        next_step="none",
    )
    contact.refresh_from_db()
    assert contact.state == "closed"


def test_a_customer_who_leaves_before_anyone_came_is_an_abandon(bleuet: Company) -> None:
    contact = bleuet.arrival()
    services.abandon(bleuet.system, contact_id=contact.pk, cause="left")
    contact.refresh_from_db()
    assert (contact.state, contact.outcome) == ("closed", "abandoned")
    assert not WorkItem.objects.exists()


def test_a_customer_who_leaves_an_advisor_leaves_a_wrap_up(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    services.abandon(bleuet.system, contact_id=contact.pk)
    contact.refresh_from_db()
    assert contact.state == "wrap_up"


def test_a_file_of_another_company_cannot_be_chosen(bleuet: Company, garance: Company) -> None:
    contact = bleuet.in_hand()
    stranger = garance.customer()
    with pytest.raises(NotFound):
        services.choose_customer(bleuet.viewer(), contact_id=contact.pk, customer_id=stranger.pk)
    contact.refresh_from_db()
    assert contact.customer_id is None


def test_identity_is_proven_for_a_customer_and_forgotten_with_another(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    with pytest.raises(Invalid):
        services.prove_identity(bleuet.viewer(), contact_id=contact.pk, outcome="proven")
    services.choose_customer(bleuet.viewer(), contact_id=contact.pk, customer_id=bleuet.customer().pk)
    services.prove_identity(bleuet.viewer(), contact_id=contact.pk, outcome="proven")
    other = bleuet.customer(first_name="Jean")
    contact = services.choose_customer(bleuet.viewer(), contact_id=contact.pk, customer_id=other.pk)
    assert contact.identity_proof == ""


def test_a_deferred_exchange_can_be_put_off_and_a_live_one_cannot(bleuet: Company) -> None:
    mail = bleuet.in_hand()
    later = clock.now() + timedelta(hours=2)
    services.snooze(bleuet.viewer(), contact_id=mail.pk, until=later)
    mail.refresh_from_db()
    assert mail.state == "snoozed"
    with pytest.raises(Invalid):
        services.snooze(bleuet.viewer(), contact_id=mail.pk, until=clock.now() - timedelta(hours=1))
