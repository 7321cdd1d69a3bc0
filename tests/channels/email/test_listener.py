"""Real SMTP both ways: a mail program writes, the centre answers into the demo's mailbox, the customer answers that."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from unittest import mock

import pytest
from django.db import OperationalError

from ligne.channels.email import reads, services
from ligne.channels.email.models import DemoMail, RawMail
from ligne.channels.email.rules.parse import parse
from ligne.contacts import services as contacts
from ligne.contacts.models import Attachment, Contact, Message
from ligne.contacts.ports import File
from ligne.kit import clock
from tests.channels.email.conftest import Running, account_of
from tests.world import Company, company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bleuet(transactional_db: None) -> Company:
    made = company("bleuet")
    account_of(made, "service-client@bleuet.test", signature="Le service client")
    return made


@pytest.fixture
def client(listener: Running) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as connection:
        yield connection


def letter(text: str = "Bonjour", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Anne Lefèvre <anne@exemple.test>"
    mail["To"] = "service-client@bleuet.test"
    mail["Subject"] = "Ma facture"
    mail["Message-ID"] = "<un@exemple.test>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def take(bleuet: Company) -> Contact:
    contact = Contact.objects.order_by("-pk")[0]
    contacts.move(bleuet.system, contact_id=contact.pk, passage="offer", advisor_id=bleuet.advisor.pk)
    contacts.move(bleuet.viewer(), contact_id=contact.pk, passage="accept")
    return contact


def leave(message: Message) -> None:
    """Send it now, its delay being over."""
    Message.objects.filter(pk=message.pk).update(send_at=clock.ago(seconds=1))
    contacts.send_due(clock.now())
    message.refresh_from_db()


def test_the_whole_way_there_and_back(listener: Running, client: smtplib.SMTP, bleuet: Company) -> None:
    mail = letter("Ma facture est fausse.")
    mail.add_attachment(b"%PDF relev\xe9", maintype="application", subtype="pdf", filename="relevé.pdf")
    client.send_message(mail)
    client.quit()
    listener.stop()  # waits for what was acknowledged

    contact = take(bleuet)
    assert (contact.subject, contact.from_email, contact.queue) == ("Ma facture", "anne@exemple.test", "bleuet-email")
    assert [(a.filename, a.size) for a in Attachment.objects.all()] == [("relevé.pdf", 11)]

    again = Running()
    from django.conf import settings

    settings.SMTP_PORT, settings.SMTP_OUT = again.port, f"smtp://127.0.0.1:{again.port}"
    file = contacts.attach(
        bleuet.viewer(), contact_id=contact.pk, file=File("avoir.pdf", "application/pdf", b"%PDF avoir")
    )
    message = contacts.reply(
        bleuet.viewer(), contact_id=contact.pk, text="Voici l’avoir.", file_ids=[file.pk], cc=["luc@exemple.test"]
    )
    leave(message)
    assert message.sending == "sent", message.failure

    box = reads.demo_mails("anne@exemple.test")
    assert [m.subject for m in box] == ["Re: Ma facture"]
    assert [m.box for m in DemoMail.objects.filter(box="luc@exemple.test")] == ["luc@exemple.test"]
    received = parse(bytes(reads.demo_mail("anne@exemple.test", box[0].pk).content))
    assert received.new_text == "Voici l’avoir."
    assert "> Ma facture est fausse." in received.text
    assert "Le service client" in received.text
    assert received.in_reply_to == "un@exemple.test"
    assert received.message_id == message.external_id
    assert received.from_[0].address == "service-client@bleuet.test"
    assert received.reply_to[0].address.startswith("service-client+t.")
    assert [(a.filename, a.content) for a in received.attachments] == [("avoir.pdf", b"%PDF avoir")]
    assert not received.auto_reply

    services.write(
        box="anne@exemple.test",
        name="Anne Lefèvre",
        to=received.reply_to[0].address,
        subject="Re: Ma facture",
        text="Merci beaucoup !",
        answers=reads.demo_mail("anne@exemple.test", box[0].pk),
    )
    again.stop()
    last = Message.objects.filter(contact=contact, kind="in").order_by("-pk")[0]
    assert last.text == "Merci beaucoup !"
    assert Contact.objects.count() == 1
    assert RawMail.objects.filter(state="received").count() == 0


def test_the_same_mail_delivered_again_is_acknowledged_and_doubles_nothing(
    listener: Running, client: smtplib.SMTP, bleuet: Company
) -> None:
    client.send_message(letter())
    client.send_message(letter())
    client.quit()
    listener.stop()
    assert (RawMail.objects.count(), Contact.objects.count()) == (1, 1)


def test_a_mail_over_the_limit_is_refused_with_a_sentence(client: smtplib.SMTP, bleuet: Company) -> None:
    client.ehlo()
    assert int(client.esmtp_features["size"]) == 25 * 1024 * 1024
    huge = b"Subject: x\r\n\r\n" + b"a" * 70 + b"\r\n" + (b"b" * 998 + b"\r\n") * (30 * 1024)
    with pytest.raises(smtplib.SMTPSenderRefused) as announced:
        client.sendmail("anne@exemple.test", ["service-client@bleuet.test"], huge)
    assert announced.value.smtp_code == 552
    assert b"25 MB" in announced.value.smtp_error
    # a program that does not announce the size learns it at the end
    client.mail("anne@exemple.test")
    client.rcpt("service-client@bleuet.test")
    assert client.data(huge)[0] == 552
    assert RawMail.objects.count() == 0


@pytest.mark.parametrize("is_demo", [False, True])
def test_an_address_that_nobody_has_is_refused(
    client: smtplib.SMTP, bleuet: Company, settings: object, is_demo: bool
) -> None:
    settings.DEMO = is_demo  # type: ignore[attr-defined]
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        client.sendmail("anne@exemple.test", ["personne@bleuet.test"], b"Subject: x\r\n\r\nx")
    assert refusal.value.recipients["personne@bleuet.test"][0] == 550
    assert RawMail.objects.count() == 0


def test_the_other_recipients_of_a_mail_are_served(listener: Running, client: smtplib.SMTP, bleuet: Company) -> None:
    to = ["personne@bleuet.test", "service-client@bleuet.test", "ailleurs@nulle-part.test"]
    refused = client.sendmail("anne@exemple.test", to, letter().as_bytes())
    assert {address: code for address, (code, _) in refused.items()} == {to[0]: 550, to[2]: 550}
    client.quit()
    listener.stop()
    assert RawMail.objects.get().envelope_to == ["service-client@bleuet.test"]
    assert Contact.objects.count() == 1
    assert not DemoMail.objects.exists()


def test_in_a_demo_whoever_the_centre_writes_to_has_a_mailbox(client: smtplib.SMTP, bleuet: Company) -> None:
    client.sendmail("service-client+t.abc.def@bleuet.test", ["vous@ailleurs.test"], letter().as_bytes())
    assert DemoMail.objects.get().box == "vous@ailleurs.test"


def test_too_many_recipients_are_told(client: smtplib.SMTP, bleuet: Company) -> None:
    client.ehlo()
    client.mail("anne@exemple.test")
    codes = [client.rcpt(f"c{n}@exemple.test")[0] for n in range(101)]
    assert set(codes[:100]) == {250}
    assert codes[100] == 452


def test_without_database_the_sender_is_asked_to_come_again(client: smtplib.SMTP, bleuet: Company) -> None:
    with mock.patch.object(services, "store", side_effect=OperationalError), pytest.raises(smtplib.SMTPDataError) as no:
        client.send_message(letter())
    assert no.value.smtp_code == 451
    assert RawMail.objects.count() == 0


def test_addresses_and_lines_that_ask_for_much(listener: Running, client: smtplib.SMTP, bleuet: Company) -> None:
    client.ehlo()
    assert {"8bitmime", "smtputf8", "size"} <= set(client.esmtp_features)
    content = "From: élodie@exemple.test\r\nSubject: Été\r\n\r\n".encode() + b"x" * 50_000 + b"\r\n"
    client.sendmail(
        "élodie@exemple.test", ["service-client@bleuet.test"], content, mail_options=["SMTPUTF8", "BODY=8BITMIME"]
    )
    client.quit()
    listener.stop()
    contact = Contact.objects.get()
    assert (contact.from_email, contact.subject) == ("élodie@exemple.test", "Été")


def test_lmtp_answers_for_each_recipient(transactional_db: None, bleuet: Company) -> None:
    running = Running(lmtp=True)
    with smtplib.LMTP("127.0.0.1", running.port) as connection:
        connection.ehlo()
        connection.mail("anne@exemple.test")
        assert connection.rcpt("service-client@bleuet.test")[0] == 250
        assert connection.rcpt("autre@exemple.test")[0] == 452
        assert connection.data(letter().as_bytes())[0] == 250
    running.stop()
    assert Contact.objects.count() == 1


# --- what the outgoing server may answer ------------------------------------------------------------------------------


def test_a_server_that_does_not_answer_is_tried_again(bleuet: Company, settings: object) -> None:
    settings.SMTP_OUT = "smtp://127.0.0.1:1"  # type: ignore[attr-defined]
    contact = bleuet.in_hand()
    message = contacts.reply(bleuet.viewer(), contact_id=contact.pk, text="Bonjour")
    leave(message)
    assert message.sending == "queued"
    assert message.failure


def test_a_refused_address_is_final(listener: Running, bleuet: Company, settings: object) -> None:
    contact = bleuet.in_hand()
    message = contacts.reply(bleuet.viewer(), contact_id=contact.pk, text="Bonjour")
    settings.DEMO = False  # type: ignore[attr-defined]
    leave(message)
    assert message.sending == "failed"
    assert "550" in message.failure


def test_the_same_message_sent_twice_is_one_mail(listener: Running, bleuet: Company) -> None:
    contact = bleuet.in_hand()
    message = contacts.reply(bleuet.viewer(), contact_id=contact.pk, text="Bonjour")
    leave(message)
    Message.objects.filter(pk=message.pk).update(sending="queued", send_at=clock.ago(seconds=1))
    contacts.send_due(clock.now())
    assert DemoMail.objects.count() == 1
    assert reads.delivered_ids() == [message.external_id]
