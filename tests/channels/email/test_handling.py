from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from unittest import mock

import pytest
from django.db import OperationalError

from ligne.channels.email import reads, services
from ligne.channels.email.models import DemoMail, MailAccount, RawMail
from ligne.channels.email.rules import fates
from ligne.channels.email.services import handling
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact, Message
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.channels.email.conftest import arrive
from tests.channels.email.corpus import corpus, report, simple
from tests.world import Company

pytestmark = pytest.mark.django_db


def written(subject: str = "Ma facture", text: str = "Bonjour", **headers: str) -> bytes:
    """A mail from Anne."""
    mail = EmailMessage()
    facts = {
        "From": "Anne Lefèvre <anne@exemple.test>",
        "To": "service-client@bleuet.test",
        "Subject": subject,
        "Message-ID": "<un@exemple.test>",
    } | {k.replace("_", "-"): v for k, v in headers.items()}
    for name, value in facts.items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()


def test_a_mail_becomes_a_contact_in_the_accounts_queue(bleuet: Company) -> None:
    raw = arrive(written())
    contact = Contact.objects.get()
    assert (raw.state, raw.fate, raw.contact_id) == ("handled", fates.CONTACT, contact.pk)
    assert (contact.principal_id, contact.channel, contact.queue) == (bleuet.principal.pk, "email", "bleuet-email")
    assert (contact.from_name, contact.from_email, contact.subject) == (
        "Anne Lefèvre",
        "anne@exemple.test",
        "Ma facture",
    )
    message = Message.objects.get()
    assert (message.text, message.external_id) == ("Bonjour", "un@exemple.test")


def test_attachments_come_along_and_pictures_are_shown(bleuet: Company) -> None:
    data, _ = corpus()["related_inside_alternative_inside_mixed"]
    arrive(data)
    message = Message.objects.get()
    assert [(a.filename, a.inline) for a in message.attachments.order_by("pk")] == [
        ("logo.png", True),
        ("facture.pdf", False),
    ]
    assert 'src="data:image/png;base64,' in message.html


def test_the_same_bytes_twice_are_one_mail(bleuet: Company) -> None:
    arrive(written())
    assert services.store(written(), envelope_from="a@x.test", envelope_to=["service-client@bleuet.test"]) == []
    assert Contact.objects.count() == 1


def test_the_same_mail_by_another_way_is_told_as_double(bleuet: Company) -> None:
    first = arrive(written())
    second = arrive(b"Received: from mx.test\r\n" + written())
    assert (second.state, second.fate, second.contact_id) == ("handled", fates.DUPLICATE, first.contact_id)
    assert Contact.objects.count() == 1
    assert Message.objects.count() == 1


def test_two_mails_that_share_a_message_id_are_both_there(bleuet: Company) -> None:
    arrive(written(text="Le premier"))
    arrive(written(text="Le second, autre chose"))
    assert sorted(Message.objects.values_list("text", flat=True)) == ["Le premier", "Le second, autre chose"]


def test_mails_without_message_id_are_kept_apart(bleuet: Company) -> None:
    arrive(written(Message_ID="", text="un"))
    arrive(written(Message_ID="", text="deux"))
    assert Contact.objects.count() == 2


def test_a_process_killed_between_storing_and_handling_loses_nothing(bleuet: Company) -> None:
    ids = services.store(written(), envelope_from="a@x.test", envelope_to=["service-client@bleuet.test"])
    assert RawMail.objects.get().state == "received"
    assert services.sweep() == 0, "it may still be in the hands of who stored it"
    RawMail.objects.update(received_at=clock.ago(seconds=10))
    assert services.sweep() == 1
    assert RawMail.objects.get(pk=ids[0]).fate == fates.CONTACT
    assert services.sweep() == 0
    assert Contact.objects.count() == 1


def test_a_process_killed_while_handling_has_decided_nothing(bleuet: Company) -> None:
    ids = services.store(written(), envelope_from="a@x.test", envelope_to=["service-client@bleuet.test"])
    with mock.patch.object(handling, "_finish", side_effect=SystemExit), pytest.raises(SystemExit):
        services.handle(ids[0])
    assert Contact.objects.count() == 0
    assert services.handle(ids[0]) == fates.CONTACT
    assert services.handle(ids[0]) == "", "a second process finds it decided"
    assert Contact.objects.count() == 1


def test_a_lost_database_leaves_the_mail_waiting(bleuet: Company) -> None:
    ids = services.store(written(), envelope_from="a@x.test", envelope_to=["service-client@bleuet.test"])
    with mock.patch.object(handling, "decide", side_effect=OperationalError), pytest.raises(OperationalError):
        services.handle(ids[0])
    assert (RawMail.objects.get().state, RawMail.objects.get().attempts) == ("received", 0)


def test_our_own_failures_end_in_the_administrators_hands(bleuet: Company) -> None:
    ids = services.store(written(), envelope_from="a@x.test", envelope_to=["service-client@bleuet.test"])
    with mock.patch.object(handling, "decide", side_effect=ValueError("x")):
        assert [services.handle(ids[0]) for _ in range(3)] == ["", "", fates.TROUBLE]
    raw = RawMail.objects.get()
    assert (raw.state, raw.detail) == ("kept", "ValueError")
    assert services.replay(bleuet.viewer("administrator"), raw_id=raw.pk) == fates.CONTACT


@pytest.mark.parametrize("name", corpus())
def test_every_odd_mail_has_a_fate(name: str, bleuet: Company) -> None:
    data, _ = corpus()[name]
    raw = arrive(data)
    assert raw.state in {"handled", "kept"}
    assert raw.fate in fates.SENTENCES
    assert raw.fate != fates.TROUBLE


@pytest.mark.parametrize(
    ("content", "fate"),
    [
        (b"To: service-client@bleuet.test\r\nSubject: Sans auteur\r\n\r\nBonjour", fates.NO_SENDER),
        (b"", fates.UNREADABLE),
        (written(Auto_Submitted="auto-replied"), fates.AUTOMATIC),
        (written(Precedence="bulk"), fates.AUTOMATIC),
        (report("Final-Recipient: rfc822; x@x.test\r\nAction: failed\r\nStatus: 5.1.1"), fates.LOST_BOUNCE),
    ],
)
def test_what_is_no_contact_is_kept_and_says_why(content: bytes, fate: str, bleuet: Company) -> None:
    raw = arrive(content)
    assert (raw.state, raw.fate) == ("kept", fate)
    assert Contact.objects.count() == 0


def test_a_switched_off_account_keeps_its_mail(bleuet: Company) -> None:
    MailAccount.objects.update(active=False)
    raw = arrive(written())
    assert (raw.state, raw.fate) == ("kept", fates.INACTIVE)


def test_a_mail_to_two_companies_is_a_contact_of_each(bleuet: Company, garance: Company) -> None:
    ids = services.store(
        written(), envelope_from="a@x.test", envelope_to=["service-client@bleuet.test", "contact@garance.test"]
    )
    for raw_id in ids:
        services.handle(raw_id)
    assert sorted(Contact.objects.values_list("principal__slug", flat=True)) == ["bleuet", "garance"]


def test_a_flood_is_stopped_and_can_be_let_through(bleuet: Company) -> None:
    raws = [arrive(written(Message_ID=f"<{n}@x.test>", text=str(n))) for n in range(fates.FLOOD_MAILS + 2)]
    assert [r.fate for r in raws] == [fates.CONTACT] * fates.FLOOD_MAILS + [fates.FLOOD] * 2
    assert services.open_contact(bleuet.viewer("administrator"), raw_id=raws[-1].pk, queue="bleuet-email") == "contact"


# --- the office -------------------------------------------------------------------------------------------------------


def test_a_kept_mail_is_made_a_contact(bleuet: Company) -> None:
    raw = arrive(b"Subject: Sans auteur\r\n\r\nBonjour")
    administrator = bleuet.viewer("administrator")
    assert [r.pk for r in reads.kept(administrator)] == [raw.pk]
    services.open_contact(administrator, raw_id=raw.pk, queue="bleuet-email")
    contact = Contact.objects.get()
    assert (contact.queue, contact.subject, contact.from_email) == ("bleuet-email", "Sans auteur", "")
    assert reads.kept(administrator) == []
    with pytest.raises(Conflict):
        services.replay(administrator, raw_id=raw.pk)


def test_only_an_administrator_of_the_company_sees_kept_mail(bleuet: Company, garance: Company) -> None:
    raw = arrive(b"Subject: Sans auteur\r\n\r\nBonjour")
    stranger = garance.viewer("administrator")
    assert reads.kept(stranger) == []
    with pytest.raises(NotFound):
        reads.raw(stranger, raw.pk)
    with pytest.raises(NotFound):
        services.replay(stranger, raw_id=raw.pk)
    with pytest.raises(Forbidden):
        services.replay(bleuet.viewer("supervisor"), raw_id=raw.pk)
    with pytest.raises(NotFound):
        reads.kept(bleuet.viewer("advisor"))
    with pytest.raises(Invalid):
        services.open_contact(bleuet.viewer("administrator"), raw_id=raw.pk, queue="")
    assert RawMail.objects.get().state == "kept"


def test_routine_mails_are_listed_apart(bleuet: Company) -> None:
    arrive(written(Precedence="bulk"))
    arrive(b"Subject: x\r\n\r\nBonjour")
    administrator = bleuet.viewer("administrator")
    assert [r.fate for r in reads.kept(administrator)] == [fates.NO_SENDER]
    assert [r.fate for r in reads.kept(administrator, routine=True)] == [fates.AUTOMATIC]
    assert reads.kept_count(administrator) == (1, 1)


def test_bytes_are_dropped_after_a_month(bleuet: Company) -> None:
    raw = arrive(written())
    kept = arrive(b"Subject: x\r\n\r\nBonjour")
    with clock.at(clock.now() + timedelta(days=31)):
        assert services.purge() == 1
    raw.refresh_from_db()
    kept.refresh_from_db()
    assert (bytes(raw.content), raw.fate) == (b"", fates.CONTACT)
    assert bytes(kept.content)


# --- acknowledgements -------------------------------------------------------------------------------------------------


def test_an_acknowledgement_leaves_once_a_day_and_never_to_programs(bleuet: Company) -> None:
    MailAccount.objects.update(acknowledgement="Bien reçu, n° {{ numero }}.")
    arrive(written())
    contact = Contact.objects.get()
    out = Message.objects.get(kind="out")
    assert (out.text, out.recipients["to"]) == (f"Bien reçu, n° {contact.pk}.", ["anne@exemple.test"])
    arrive(written(Message_ID="<deux@x.test>", text="Encore"))
    arrive(written(From="liste@x.test", Message_ID="<trois@x.test>", List_Id="<l.x.test>"))
    arrive(written(From="robot@x.test", Message_ID="<quatre@x.test>", Auto_Submitted="auto-generated"))
    assert Message.objects.filter(kind="out").count() == 1


def test_none_leaves_unless_the_account_says_so(bleuet: Company) -> None:
    arrive(written())
    assert not Message.objects.filter(kind="out").exists()


def test_demo_customers_receive_their_mail(bleuet: Company, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    content = simple("Bonjour", subject=b"Votre facture")
    assert services.store(content, envelope_from="x@bleuet.test", envelope_to=["Anne@exemple.test"]) == []
    assert services.store(content, envelope_from="x@bleuet.test", envelope_to=["anne@exemple.test"]) == []
    mail = DemoMail.objects.get()
    assert (mail.box, mail.subject) == ("anne@exemple.test", "Votre facture")


def test_an_erased_customer_leaves_no_mail_behind(bleuet: Company) -> None:
    from ligne.channels.email import handlers

    customer = bleuet.customer()
    raw = arrive(written())
    Contact.objects.update(customer=customer)
    handlers.erase_customer(customer.pk)
    raw.refresh_from_db()
    assert (bytes(raw.content), raw.sender, raw.subject, raw.fate) == (b"", "", "", fates.CONTACT)


def test_a_closed_exchange_is_followed_by_a_new_one(bleuet: Company) -> None:
    arrive(written())
    first = Contact.objects.get()
    contacts.move(bleuet.system, contact_id=first.pk, passage="offer", advisor_id=bleuet.advisor.pk)
    contacts.move(bleuet.viewer(), contact_id=first.pk, passage="accept")
    contacts.end_exchange(bleuet.viewer(), contact_id=first.pk)
    contacts.wrap_up(
        bleuet.viewer(), contact_id=first.pk, reason_id=bleuet.reason.pk, outcome="resolved", next_step="none"
    )
    raw = arrive(written(Message_ID="<deux@x.test>", In_Reply_To="<un@exemple.test>", text="Encore une chose"))
    second = Contact.objects.get(previous=first)
    assert (raw.fate, raw.contact_id) == (fates.MESSAGE, second.pk)
