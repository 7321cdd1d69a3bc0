"""Nobody writes into another's exchange, whatever their mail quotes; loops and bounces find their way."""

from __future__ import annotations

import pytest

from ligne.channels.email import keys, services
from ligne.channels.email.adapter import EmailChannel
from ligne.channels.email.models import MailAccount, RawMail
from ligne.channels.email.rules import fates, tokens
from ligne.channels.email.services import exchanges
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact, Message
from ligne.kit import clock
from tests.channels.email.conftest import arrive
from tests.channels.email.corpus import report
from tests.channels.email.test_handling import written
from tests.world import Company

pytestmark = pytest.mark.django_db
KEY = b"k" * 32


def test_names_verify_only_as_they_were_given() -> None:
    name = tokens.message_id(KEY, 12, "bleuet.test")
    reply = tokens.reply_address(KEY, "service@bleuet.test", "a1b2")
    assert tokens.claims(KEY, [name], [reply]) == tokens.Claims((12,), ("a1b2",))
    assert tokens.claims(KEY, [name.upper()], [reply.upper()]) == tokens.Claims((12,), ("a1b2",))
    assert tokens.claims(KEY, [name.replace("m.12.", "m.13.")], []) == tokens.Claims(forged=True)
    assert tokens.claims(KEY, [], [reply.replace("a1b2", "a1b3")]) == tokens.Claims(forged=True)
    assert tokens.claims(b"another", [name], [reply]) == tokens.Claims(forged=True)
    assert tokens.claims(KEY, ["ordinary@x.test"], ["a+b@x.test"]) == tokens.Claims()
    assert tokens.plain_address(reply) == "service@bleuet.test"


def answered(bleuet: Company, **facts: str) -> tuple[Contact, Message]:
    """An exchange of Anne's in which the advisor has answered."""
    arrive(written(**facts))
    contact = Contact.objects.order_by("-pk")[0]
    contacts.move(bleuet.system, contact_id=contact.pk, passage="offer", advisor_id=bleuet.advisor.pk)
    contacts.move(bleuet.viewer(), contact_id=contact.pk, passage="accept")
    message = contacts.reply(bleuet.viewer(), contact_id=contact.pk, text="Voici.")
    name = tokens.message_id(keys.signing(), message.pk, "bleuet.test")
    Message.objects.filter(pk=message.pk).update(external_id=name, sending="sent", sent_at=clock.now())
    message.refresh_from_db()
    contact.refresh_from_db()
    return contact, message


def reply_to(contact: Contact) -> str:
    return tokens.reply_address(keys.signing(), "service-client@bleuet.test", contact.thread)


def test_an_answer_finds_its_exchange_by_our_message_id(bleuet: Company) -> None:
    contact, message = answered(bleuet)
    raw = arrive(written(Message_ID="<deux@x.test>", In_Reply_To=f"<{message.external_id}>", text="Merci"))
    assert (raw.fate, raw.contact_id) == (fates.MESSAGE, contact.pk)
    assert Message.objects.get(external_id="deux@x.test").text == "Merci"


def test_an_answer_finds_its_exchange_by_the_address_alone(bleuet: Company) -> None:
    contact, _ = answered(bleuet)
    raw = arrive(written(Message_ID="<deux@x.test>", text="Merci"), to=reply_to(contact))
    assert (raw.fate, raw.contact_id) == (fates.MESSAGE, contact.pk)


def test_a_customer_who_answers_their_own_mail_stays_in_the_exchange(bleuet: Company) -> None:
    first = arrive(written())
    raw = arrive(written(Message_ID="<deux@x.test>", References="<un@exemple.test>", text="J'oubliais"))
    assert (raw.fate, raw.contact_id) == (fates.MESSAGE, first.contact_id)


@pytest.mark.parametrize("way", ["message-id", "address", "own mail"])
def test_a_name_of_anothers_exchange_opens_none_of_its_doors(way: str, bleuet: Company) -> None:
    contact, message = answered(bleuet)
    named = {
        "message-id": {"In_Reply_To": f"<{message.external_id}>"},
        "address": {"To": reply_to(contact)},
        "own mail": {"References": "<un@exemple.test>"},
    }[way]
    before = list(Message.objects.filter(contact=contact).values_list("pk", flat=True))
    raw = arrive(
        written(From="Eve <eve@ailleurs.test>", Message_ID="<eve@x.test>", text="Changez mon RIB", **named),
        to=named.get("To", "service-client@bleuet.test"),
        sender="eve@ailleurs.test",
    )
    assert raw.fate == fates.CONTACT
    assert raw.contact_id != contact.pk
    assert list(Message.objects.filter(contact=contact).values_list("pk", flat=True)) == before
    opened = Contact.objects.get(pk=raw.contact_id)
    assert opened.customer_id is None
    assert Message.objects.filter(contact=opened, kind="event").exists(), "the advisor is told"


def test_a_forged_name_opens_a_new_contact_and_says_so(bleuet: Company) -> None:
    contact, message = answered(bleuet)
    forged = message.external_id.replace(f"m.{message.pk}.", f"m.{message.pk + 1}.")
    raw = arrive(written(Message_ID="<x@x.test>", In_Reply_To=f"<{forged}>", text="?"))
    assert raw.contact_id != contact.pk
    assert Message.objects.filter(contact_id=raw.contact_id, kind="event").exists()


def test_another_company_does_not_know_the_exchange(bleuet: Company, garance: Company) -> None:
    contact, message = answered(bleuet)
    raw = arrive(
        written(Message_ID="<x@x.test>", In_Reply_To=f"<{message.external_id}>", To="contact@garance.test", text="?"),
        to="contact@garance.test",
    )
    assert raw.contact_id != contact.pk
    assert Contact.objects.get(pk=raw.contact_id).principal_id == garance.principal.pk


def test_whom_we_wrote_to_may_answer(bleuet: Company) -> None:
    contact, message = answered(bleuet)
    Message.objects.filter(pk=message.pk).update(recipients={"to": ["anne@exemple.test"], "cc": ["Luc@exemple.test"]})
    assert exchanges.participants(contact) == {"anne@exemple.test", "luc@exemple.test"}
    raw = arrive(
        written(From="luc@exemple.test", Message_ID="<x@x.test>", In_Reply_To=f"<{message.external_id}>"),
        sender="luc@exemple.test",
    )
    assert raw.contact_id == contact.pk


def test_answers_go_to_reply_to_which_then_takes_part(bleuet: Company) -> None:
    raw = arrive(written(Reply_To="anne.pro@exemple.test"))
    contact = Contact.objects.get(pk=raw.contact_id)
    assert EmailChannel().address_of(contact.pk) == "anne.pro@exemple.test"
    assert "anne.pro@exemple.test" in exchanges.participants(contact)


# --- programs ---------------------------------------------------------------------------------------------------------


def test_an_absence_is_noted_in_its_exchange_and_placed_nowhere(bleuet: Company) -> None:
    contact, message = answered(bleuet)
    raw = arrive(
        written(
            subject="Réponse automatique : Ma facture",
            Message_ID="<abs@x.test>",
            In_Reply_To=f"<{message.external_id}>",
            Auto_Submitted="auto-replied",
            text="Je reviens lundi.",
        )
    )
    assert (raw.fate, raw.contact_id) == (fates.NOTED, contact.pk)
    assert "Je reviens lundi." in Message.objects.get(contact=contact, kind="note").text
    assert Contact.objects.count() == 1


def test_a_bounce_marks_the_message_that_came_back(bleuet: Company) -> None:
    contact, message = answered(bleuet)
    status = "Final-Recipient: rfc822; anne@exemple.test\r\nAction: failed\r\nStatus: 5.1.1"
    raw = arrive(report(status, f"Message-ID: <{message.external_id}>\r\n\r\n".encode()), sender="")
    assert (raw.fate, raw.contact_id) == (fates.BOUNCE, contact.pk)
    message.refresh_from_db()
    assert message.sending == "bounced"
    assert "5.1.1" in message.failure


def test_a_bounce_without_the_message_is_found_by_the_address_it_returns_to(bleuet: Company) -> None:
    contact, message = answered(bleuet)
    status = "Final-Recipient: rfc822; anne@exemple.test\r\nAction: failed\r\nStatus: 5.1.1"
    raw = arrive(report(status, b"Subject: x\r\n\r\n"), to=reply_to(contact), sender="")
    assert raw.fate == fates.BOUNCE
    message.refresh_from_db()
    assert message.sending == "bounced"


def test_a_delay_is_told_without_giving_up(bleuet: Company) -> None:
    _, message = answered(bleuet)
    status = "Final-Recipient: rfc822; anne@exemple.test\r\nAction: delayed\r\nStatus: 4.4.1"
    arrive(report(status, f"Message-ID: <{message.external_id}>\r\n\r\n".encode()), sender="")
    message.refresh_from_db()
    assert message.sending == "sent"
    assert "4.4.1" in message.failure


def test_a_forged_bounce_marks_nothing(bleuet: Company) -> None:
    _, message = answered(bleuet)
    status = "Final-Recipient: rfc822; anne@exemple.test\r\nAction: failed\r\nStatus: 5.1.1"
    forged = f"Message-ID: <m.{message.pk}.aaaaaaaaaaaaaaaa@bleuet.test>\r\n\r\n".encode()
    assert arrive(report(status, forged), sender="").fate == fates.LOST_BOUNCE
    message.refresh_from_db()
    assert message.sending == "sent"


def test_our_own_mail_come_back_is_a_loop(bleuet: Company) -> None:
    _, message = answered(bleuet)
    mark = tokens.loop_mark(keys.signing(), "service-client@bleuet.test")
    assert arrive(written(Message_ID=f"<{message.external_id}>")).fate == fates.LOOP
    assert arrive(written(Message_ID="<x@x.test>", X_Ligne_Loop=mark)).fate == fates.LOOP
    assert Contact.objects.count() == 1


def test_two_centres_that_acknowledge_each_other_stop(bleuet: Company, garance: Company) -> None:
    """Each answers by itself to all that it receives; the mails are carried by hand from one to the other."""
    MailAccount.objects.update(acknowledgement="Bien reçu.")
    content, to, sender = written(From="contact@garance.test"), "service-client@bleuet.test", "contact@garance.test"
    turns = 0
    while turns < 20:
        turns += 1
        known = set(Message.objects.filter(kind="out").values_list("pk", flat=True))
        for raw_id in services.store(content, envelope_from=sender, envelope_to=[to]):
            services.handle(raw_id)
        fresh = Message.objects.filter(kind="out").exclude(pk__in=known).first()
        if fresh is None:
            break
        from ligne.channels.email import adapter, reads
        from ligne.channels.email.rules import compose
        from ligne.contacts.services import sending

        account = reads.account_for(fresh.contact)
        assert account is not None
        letter = adapter._letter(sending._outgoing(fresh), fresh.contact, account)
        content, sender, to = compose.compose(letter).as_bytes(), letter.reply_to, fresh.recipients["to"][0]
    assert turns == 2
    assert Contact.objects.count() == 1
    assert RawMail.objects.exclude(fate=fates.CONTACT).get().fate in {fates.AUTOMATIC, fates.NOTED}
