"""Fetching from a real IMAP server (Debian's dovecot-imapd, in a private instance)."""

from __future__ import annotations

import imaplib
import threading
from collections.abc import Iterator
from unittest import mock

import pytest

from ligne.channels.email import imap, mailbox, services
from ligne.channels.email.models import MailAccount, RawMail
from ligne.channels.email.rules import fates
from ligne.contacts.models import Contact
from ligne.kit import sealed
from ligne.kit.errors import Unavailable
from tests.channels.email.conftest import account_of
from tests.channels.email.dovecot import PASSWORD, USER, Dovecot
from tests.channels.email.test_handling import written
from tests.world import Company, company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[Dovecot]:
    running = Dovecot()
    yield running
    running.stop()


@pytest.fixture
def account(transactional_db: None, server: Dovecot) -> MailAccount:
    return account_of(
        company("bleuet"),
        "service-client@bleuet.test",
        imap_host="127.0.0.1",
        imap_port=server.port,
        imap_security="none",
        imap_user=USER,
        imap_password=sealed.seal(mailbox.PURPOSE, PASSWORD),
    )


def fetch(account: MailAccount) -> int:
    account.refresh_from_db()
    box = mailbox.connect(account)
    try:
        return imap.fetch_new(box, account)
    finally:
        box.logout()


def test_new_mails_are_fetched_kept_and_marked_seen(server: Dovecot, account: MailAccount) -> None:
    server.deliver(written(Message_ID="<lu@x.test>", text="lu depuis longtemps"), r"(\Seen)")
    server.deliver(written(Message_ID="<a@x.test>", text="un"))
    assert fetch(account) == 1
    assert Contact.objects.count() == 1
    assert server.seen() == 2
    raw = RawMail.objects.get()
    assert (raw.source, raw.fate) == ("imap", fates.CONTACT)
    assert fetch(account) == 0
    server.deliver(written(Message_ID="<b@x.test>", text="deux"))
    assert fetch(account) == 1
    assert Contact.objects.count() == 2


def test_what_was_not_kept_is_not_marked_seen(server: Dovecot, account: MailAccount) -> None:
    server.deliver(written(Message_ID="<a@x.test>"))
    with mock.patch.object(services, "store_fetched", side_effect=SystemExit), pytest.raises(SystemExit):
        fetch(account)
    assert server.seen() == 0
    assert fetch(account) == 1


def test_what_was_kept_but_not_marked_comes_once(server: Dovecot, account: MailAccount) -> None:
    server.deliver(written(Message_ID="<a@x.test>"))
    with mock.patch.object(services, "handle", side_effect=SystemExit), pytest.raises(SystemExit):
        fetch(account)
    assert RawMail.objects.get().state == "received"
    assert fetch(account) == 0
    assert RawMail.objects.count() == 1


def test_a_server_that_renumbers_is_read_again_without_doubles(server: Dovecot, account: MailAccount) -> None:
    server.deliver(written(Message_ID="<a@x.test>", text="un"))
    assert fetch(account) == 1
    MailAccount.objects.update(imap_uidvalidity=1)
    server.deliver(written(Message_ID="<b@x.test>", text="deux"))
    assert fetch(account) == 1
    assert Contact.objects.count() == 2


def test_an_enormous_mail_is_kept_and_shown(server: Dovecot, account: MailAccount) -> None:
    server.deliver(b"From: anne@exemple.test\r\nSubject: Photos\r\n\r\n" + (b"b" * 900 + b"\r\n") * 34_000)
    assert fetch(account) == 1
    raw = RawMail.objects.get()
    assert (raw.state, raw.fate, raw.subject, raw.sender) == ("kept", fates.TOO_LARGE, "Photos", "anne@exemple.test")
    assert raw.size > 30_000_000
    assert Contact.objects.count() == 0


def test_idle_wakes_up_when_mail_comes(server: Dovecot, account: MailAccount) -> None:
    box = mailbox.connect(account)
    assert "IDLE" in box.capabilities
    imap.fetch_new(box, account)
    waiting = threading.Thread(target=mailbox.idle, args=(box, threading.Event(), 30))
    waiting.start()
    server.deliver(written(Message_ID="<a@x.test>"))
    waiting.join(20)
    assert not waiting.is_alive()
    assert imap.fetch_new(box, account) == 1
    box.logout()


def test_the_watcher_fetches_until_it_is_told_to_stop(server: Dovecot, account: MailAccount) -> None:
    stop = threading.Event()
    watchers = imap.Watchers(stop)
    arrived = threading.Event()
    handle = services.handle

    def told(raw_id: int) -> str:
        fate = handle(raw_id)
        arrived.set()
        return fate

    with mock.patch.object(services, "handle", told):
        watchers.refresh()
        server.deliver(written(Message_ID="<a@x.test>"))
        assert arrived.wait(20)
        stop.set()
        watchers.join()
    assert Contact.objects.count() == 1
    assert not any(t.is_alive() for t in watchers.threads.values())


def test_trying_says_what_is_there_or_what_is_wrong(server: Dovecot, account: MailAccount) -> None:
    server.deliver(written(Message_ID="<a@x.test>"))
    assert "1" in mailbox.try_connection(account)
    account.imap_password = sealed.seal(mailbox.PURPOSE, "faux")
    with pytest.raises(Unavailable):
        mailbox.try_connection(account)
    account.imap_password = sealed.seal(mailbox.PURPOSE, PASSWORD)
    account.imap_folder = "Nulle part"
    with pytest.raises(Unavailable):
        mailbox.try_connection(account)


def test_passwords_are_unreadable_in_the_database(account: MailAccount, settings: object) -> None:
    assert PASSWORD not in account.imap_password
    assert sealed.unseal(mailbox.PURPOSE, account.imap_password) == PASSWORD
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    with pytest.raises(sealed.SecretLost):
        sealed.unseal(mailbox.PURPOSE, account.imap_password)


def test_a_mailbox_that_does_not_answer_is_told_on_its_page(account: MailAccount, server: Dovecot) -> None:
    server.stop()
    stop = threading.Event()
    with mock.patch.object(stop, "wait", side_effect=lambda _: stop.set()):
        imap.watch(account.pk, stop)
    account.refresh_from_db()
    assert account.imap_trouble
    with pytest.raises((OSError, imaplib.IMAP4.error)):
        mailbox.connect(account)


def test_a_company_sees_its_own_accounts_only(account: MailAccount) -> None:
    from ligne.channels.email import reads
    from ligne.kit.errors import NotFound

    stranger: Company = company("garance")
    assert reads.accounts(stranger.viewer("administrator")) == []
    with pytest.raises(NotFound):
        services.try_account(stranger.viewer("administrator"), account_id=account.pk)
