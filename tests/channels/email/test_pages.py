from __future__ import annotations

import pytest
from django.test import Client

from ligne.channels.email.models import DemoMail, MailAccount, RawMail
from ligne.contacts.models import Contact
from tests.channels.email.conftest import Running, arrive
from tests.channels.email.corpus import simple
from tests.world import Company

pytestmark = pytest.mark.django_db
ROLES = ("advisor", "supervisor", "quality")


def signed_in(company: Company, role: str = "administrator") -> Client:
    client = Client()
    client.force_login(getattr(company, role))
    return client


FACTS = {
    "address": "Aide@bleuet.test",
    "display_name": "Aide",
    "queue": "bleuet-email",
    "active": "on",
    "imap_port": "993",
    "imap_security": "tls",
    "imap_folder": "INBOX",
}


def test_an_administrator_opens_and_changes_accounts(bleuet: Company) -> None:
    client = signed_in(bleuet)
    facts = FACTS | {"principal_id": str(bleuet.principal.pk)}
    assert client.post("/mail/accounts/new/", facts).status_code == 302
    account = MailAccount.objects.get(address="aide@bleuet.test")
    page = client.get("/mail/accounts/")
    assert "aide@bleuet.test" in page.content.decode()
    changed = facts | {"address": "aide@bleuet.test", "imap_host": "imap.test", "imap_password": "secret"}
    assert client.post(f"/mail/accounts/{account.pk}/", changed).status_code == 302
    account.refresh_from_db()
    assert account.imap_host == "imap.test"
    assert "secret" not in account.imap_password
    sealed = account.imap_password
    assert client.post(f"/mail/accounts/{account.pk}/", changed | {"imap_password": ""}).status_code == 302
    account.refresh_from_db()
    assert account.imap_password == sealed
    assert "secret" not in client.get(f"/mail/accounts/{account.pk}/").content.decode()


def test_an_address_taken_is_refused_beside_its_field(bleuet: Company) -> None:
    facts = FACTS | {"principal_id": str(bleuet.principal.pk), "address": "service-client@bleuet.test"}
    page = signed_in(bleuet).post("/mail/accounts/new/", facts)
    assert page.status_code == 422
    assert MailAccount.objects.count() == 1


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["/mail/accounts/", "/mail/accounts/new/", "/mail/kept/"])
def test_other_roles_do_not_enter(role: str, path: str, bleuet: Company) -> None:
    assert signed_in(bleuet, role).get(path).status_code == 403


def test_another_company_does_not_exist(bleuet: Company, garance: Company) -> None:
    raw = arrive(b"Subject: Sans auteur\r\n\r\nBonjour")
    account = MailAccount.objects.get(address="service-client@bleuet.test")
    client = signed_in(garance)
    for path in (f"/mail/accounts/{account.pk}/", f"/mail/kept/{raw.pk}/", f"/mail/kept/{raw.pk}/source/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/mail/kept/{raw.pk}/open/", {"queue": "garance-email"}).status_code == 404
    facts = FACTS | {"principal_id": str(bleuet.principal.pk)}
    assert client.post("/mail/accounts/new/", facts).status_code == 422
    assert Contact.objects.count() == 0


def test_kept_mails_are_listed_shown_downloaded_and_opened(bleuet: Company) -> None:
    content = b"Subject: <script>alert(1)</script>\r\n\r\nBonjour <b>vous</b>"
    raw = arrive(content)
    client = signed_in(bleuet)
    listed = client.get("/mail/kept/").content.decode()
    assert "&lt;script&gt;" in listed
    assert "<script>alert" not in listed
    shown = client.get(f"/mail/kept/{raw.pk}/").content.decode()
    assert "Bonjour &lt;b&gt;vous" in shown
    source = client.get(f"/mail/kept/{raw.pk}/source/")
    assert source.content == content
    assert source["Content-Type"].startswith("text/plain")
    assert source["Content-Disposition"].startswith("attachment")
    assert client.post(f"/mail/kept/{raw.pk}/open/", {"queue": "bleuet-email"}).status_code == 302
    assert Contact.objects.get().queue == "bleuet-email"
    assert client.post(f"/mail/kept/{raw.pk}/replay/").status_code == 409
    assert RawMail.objects.get().state == "handled"


def test_lists_take_the_same_number_of_queries_however_long(
    bleuet: Company, django_assert_max_num_queries: object
) -> None:
    for n in range(12):
        arrive(b"Subject: %d\r\n\r\nx" % n)
    client = signed_in(bleuet)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert client.get("/mail/kept/").status_code == 200


# --- the demo's mailboxes ---------------------------------------------------------------------------------------------


def received(box: str = "anne@exemple.test") -> DemoMail:
    from ligne.channels.email import services

    services.keep_in_demo_mailbox(box, simple("Voici votre avoir.", subject=b"Votre avoir"))
    return DemoMail.objects.get(box=box)


def test_without_demo_nobody_has_a_mailbox(bleuet: Company, settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    mail = received()
    client = Client()
    for path in ("", "list/", "write/", f"{mail.pk}/file/0/"):
        assert client.get(f"/demo/mailbox/{path}", {"address": "anne@exemple.test"}).status_code == 404
    assert client.post("/demo/mailbox/write/", {}).status_code == 404


def test_a_customer_reads_their_mail(bleuet: Company, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    mail = received()
    client = Client()
    assert "anne@exemple.test" in client.get("/demo/mailbox/").content.decode()
    page = client.get("/demo/mailbox/", {"address": "Anne@exemple.test", "mail": mail.pk}).content.decode()
    assert "Voici votre avoir." in page
    mail.refresh_from_db()
    assert mail.seen
    assert client.get("/demo/mailbox/", {"address": "luc@exemple.test", "mail": mail.pk}).status_code == 404
    assert client.get("/demo/mailbox/list/", {"address": "anne@exemple.test"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_customer_writes_real_mail(listener: Running, bleuet: Company) -> None:
    client = Client()
    facts = {
        "box": "luc.martin@exemple.test",
        "name": "Luc Martin",
        "to": "service-client@bleuet.test",
        "subject": "Panne",
        "text": "Plus de réseau.",
    }
    refused = client.post("/demo/mailbox/write/", facts | {"box": "luc@ailleurs.test"})
    assert refused.status_code == 422
    assert client.post("/demo/mailbox/write/", facts | {"to": "x@y.test"}).status_code == 422
    assert Contact.objects.count() == 0
    answer = client.post("/demo/mailbox/write/", facts)
    assert answer.status_code == 302
    listener.stop()
    contact = Contact.objects.get()
    assert (contact.from_name, contact.subject) == ("Luc Martin", "Panne")
    assert DemoMail.objects.get(box="luc.martin@exemple.test").outgoing
