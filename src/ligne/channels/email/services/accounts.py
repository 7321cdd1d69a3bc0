"""Mail accounts: created, changed and tried by an administrator."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from ligne.channels.email import mailbox, reads
from ligne.channels.email.events import AccountSaved
from ligne.channels.email.models import MailAccount
from ligne.kit import bus, sealed
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, Viewer

FIELDS = (
    *("principal_id", "address", "display_name", "queue", "signature", "acknowledgement", "active"),
    *("imap_host", "imap_port", "imap_security", "imap_user", "imap_folder"),
)


def save_account(
    viewer: Viewer, *, account_id: int | None = None, imap_password: str | None = None, **facts: Any
) -> MailAccount:
    """Create an account, or change the one called `account_id`. `facts` are those of `FIELDS`.

    `imap_password` None leaves the one that is kept; "" forgets it. Raises `Invalid` naming the field.
    """
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden
    account = reads.account(viewer, account_id) if account_id else MailAccount()
    principal_id = facts.get("principal_id", account.principal_id)
    if principal_id is None or not viewer.sees(principal_id):
        raise NotFound
    changed = [name for name in FIELDS if name in facts and getattr(account, name) != facts[name]]
    for name in changed:
        setattr(account, name, facts[name])
    account.address = account.address.strip().lower()
    if "+" in account.address:
        raise Invalid(N_("The address of an account cannot contain a “+”. Nothing was saved."), field="address")
    if imap_password is not None:
        account.imap_password = sealed.seal(mailbox.PURPOSE, imap_password) if imap_password else ""
        changed.append("imap_password")
    if {"imap_host", "imap_user", "imap_folder"} & set(changed):
        account.imap_uidvalidity, account.imap_last_uid, account.imap_trouble = None, 0, ""
    try:
        with transaction.atomic():
            account.save()
            bus.announce(
                AccountSaved(
                    subject_id=account.pk,
                    principal_id=account.principal_id,
                    actor_id=viewer.user_id,
                    address=account.address,
                    changed=changed,
                )
            )
    except IntegrityError:
        raise Invalid(N_("Another account has this address already. Nothing was saved."), field="address") from None
    return account


def try_account(viewer: Viewer, *, account_id: int) -> str:
    """Connect to the account's mailbox and say what was found there. Raises `Unavailable` with the server's words."""
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden
    account = reads.account(viewer, account_id)
    if not account.imap_host:
        raise Invalid(N_("This account has no mailbox to fetch from: its mail comes by SMTP."), field="imap_host")
    return mailbox.try_connection(account)
