"""Mailboxes fetched by IMAP: waiting with IDLE where the server knows it, asking every minute where it does not.

A mail is marked seen only after it is durably kept. Where we stopped is remembered by UIDVALIDITY and the last UID, in
the same transaction as the mail; a server that renumbers its mails is read again, and what came already is recognised.
"""

from __future__ import annotations

import contextlib
import imaplib
import threading
from datetime import timedelta

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from ligne.channels.email import mailbox, services
from ligne.channels.email.models import MailAccount
from ligne.kit import clock
from ligne.kit.errors import DomainError

log = structlog.get_logger(__name__)

IDLE_S = 9 * 60.0  # servers may hang up after half an hour; firewalls sooner
RETRY_S = 30.0
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def fetch_new(box: imaplib.IMAP4, account: MailAccount) -> int:
    """Keep every mail not kept yet, mark it seen, handle it; returns how many were new."""
    validity = mailbox.open_folder(box, account.imap_folder)
    new = 0
    for uid in _to_fetch(box, account, validity):
        content, size = mailbox.fetch(box, uid)
        if content is None:
            continue
        kept = services.store_fetched(account, content, uid=uid, uidvalidity=validity, size=size)
        account.imap_last_uid, account.imap_uidvalidity = uid, validity
        box.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
        if kept is not None:
            new += 1
            if kept.state == kept.State.RECEIVED:
                services.handle(kept.pk)
    MailAccount.objects.filter(pk=account.pk).update(
        imap_checked_at=clock.now(), imap_trouble="", imap_uidvalidity=validity
    )
    account.imap_uidvalidity = validity
    return new


def _to_fetch(box: imaplib.IMAP4, account: MailAccount, validity: int) -> list[int]:
    if account.imap_uidvalidity == validity and account.imap_last_uid:
        last = account.imap_last_uid
        return [uid for uid in mailbox.search(box, "UID", f"{last + 1}:*") if uid > last]
    if account.imap_uidvalidity in (None, validity):
        return mailbox.search(box, "UNSEEN")  # the first time: the past that somebody has read is not ours
    account.imap_last_uid = 0
    since = (account.imap_checked_at or clock.now()) - timedelta(days=2)
    day = f"{since.day}-{MONTHS[since.month - 1]}-{since.year}"
    return sorted({*mailbox.search(box, "SINCE", day), *mailbox.search(box, "UNSEEN")})


def watch(account_id: int, stop: threading.Event) -> None:
    """Fetch one account until `stop` is set or it is switched off; troubles are told on its page and tried again."""
    while not stop.is_set():
        close_old_connections()
        account = MailAccount.objects.filter(pk=account_id, active=True).exclude(imap_host="").first()
        if account is None:
            return
        try:
            _watch_connected(account, stop)
        except (OSError, imaplib.IMAP4.error, mailbox.Trouble, DomainError) as error:
            why = str(error)[:300] or type(error).__name__
            MailAccount.objects.filter(pk=account_id).update(imap_trouble=why)
            log.warning("mail.imap_trouble", account_id=account_id, error=type(error).__name__)
            stop.wait(RETRY_S)


def _watch_connected(account: MailAccount, stop: threading.Event) -> None:
    box = mailbox.connect(account)
    with contextlib.closing(mailbox.Closing(box)):
        while not stop.is_set():
            fetch_new(box, account)
            mailbox.idle(box, stop, IDLE_S)
            close_old_connections()
            # settings may have changed on the page meanwhile: read them again for each round
            fresh = MailAccount.objects.filter(pk=account.pk, active=True).first()
            if fresh is None or settings_of(fresh) != settings_of(account):
                return
            account = fresh


def settings_of(account: MailAccount) -> tuple[object, ...]:
    """What a connection depends on."""
    return (
        account.imap_host,
        account.imap_port,
        account.imap_security,
        account.imap_user,
        account.imap_password,
        account.imap_folder,
    )


class Watchers:
    """One thread for each account that has a mailbox; accounts come and go while we run."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.threads: dict[int, threading.Thread] = {}

    def refresh(self) -> None:
        """Start threads for accounts that have none."""
        wanted = MailAccount.objects.filter(active=True).exclude(imap_host="").values_list("pk", flat=True)
        for account_id in wanted:
            thread = self.threads.get(account_id)
            if thread is None or not thread.is_alive():
                thread = threading.Thread(target=self._run, args=(account_id,), name=f"imap-{account_id}", daemon=True)
                self.threads[account_id] = thread
                thread.start()

    def _run(self, account_id: int) -> None:
        try:
            watch(account_id, self.stop)
        except (DatabaseError, InterfaceError):
            log.warning("mail.imap_waits_for_database", account_id=account_id)
        except Exception:
            log.exception("mail.imap_failed", account_id=account_id)
        finally:
            connections.close_all()

    def join(self) -> None:
        """Wait for the threads to end after `stop` was set."""
        for thread in self.threads.values():
            thread.join(timeout=5)
