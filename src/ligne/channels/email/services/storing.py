"""Keeping mail before anything else is done with it. Once `store` has returned, the mail may be acknowledged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction

from ligne.channels.email import reads
from ligne.channels.email.models import DemoMail, MailAccount, RawMail
from ligne.channels.email.rules import fates
from ligne.channels.email.rules.parse import parse
from ligne.kit import clock


def store(content: bytes, *, envelope_from: str, envelope_to: Sequence[str]) -> list[int]:
    """Keep a mail from SMTP, once for each account among its recipients, in one transaction.

    Recipients without an account are the demo's customers: theirs goes to their mailbox. Returns the ids of the raw
    mails that are new and to be handled; the same mail delivered again gives none.
    """
    digest = hashlib.sha256(content).hexdigest()
    by_account: dict[int, tuple[MailAccount, list[str]]] = {}
    others: list[str] = []
    with transaction.atomic():
        for address in envelope_to:
            account = reads.account_at(address)
            if account is None:
                others.append(address)
            else:
                by_account.setdefault(account.pk, (account, []))[1].append(address)
        fresh = [
            _keep(account, content, digest, envelope_from=envelope_from, envelope_to=to)
            for account, to in by_account.values()
        ]
        if settings.DEMO:
            for address in others:
                keep_in_demo_mailbox(address, content)
    return [raw.pk for raw in fresh if raw is not None]


def _keep(
    account: MailAccount, content: bytes, digest: str, *, envelope_from: str, envelope_to: list[str]
) -> RawMail | None:
    raw = RawMail(
        principal_id=account.principal_id,
        account=account,
        envelope_from=envelope_from[:320],
        envelope_to=envelope_to,
        content=content,
        size=len(content),
        sha256=digest,
        received_at=clock.now(),
    )
    return _inserted(raw)


def store_fetched(
    account: MailAccount, content: bytes, *, uid: int, uidvalidity: int, size: int | None = None
) -> RawMail | None:
    """Keep a mail fetched by IMAP and remember its UID, in one transaction. None when it had come already.

    `size` is the mail's own when only its beginning was fetched: such a mail is kept for an administrator.
    """
    raw = RawMail(
        principal_id=account.principal_id,
        account=account,
        source="imap",
        envelope_known=False,
        content=content,
        size=size or len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        received_at=clock.now(),
    )
    if raw.size > settings.MAX_UPLOAD:
        mail = parse(content)
        raw.state, raw.fate = RawMail.State.KEPT, fates.TOO_LARGE
        raw.subject, raw.header_id = mail.subject[:300], mail.message_id[:300]
        raw.sender = mail.from_[0].address.lower()[:254] if mail.from_ else ""
    with transaction.atomic():
        stored = _inserted(raw)
        MailAccount.objects.filter(pk=account.pk).update(imap_last_uid=uid, imap_uidvalidity=uidvalidity)
    return stored


def _inserted(raw: RawMail) -> RawMail | None:
    """`raw` with its key, None when the same bytes lie there for the same account."""
    try:
        with transaction.atomic():
            raw.save(force_insert=True)
    except IntegrityError:
        return None
    return raw


def keep_in_demo_mailbox(address: str, content: bytes, *, outgoing: bool = False) -> None:
    """Put a mail into a demo customer's mailbox; one that came already stays alone."""
    mail = parse(content)
    DemoMail.objects.bulk_create(
        [
            DemoMail(
                box=address.lower()[:254],
                outgoing=outgoing,
                sender=(mail.from_[0].address if mail.from_ else "")[:254],
                recipient=(mail.to[0].address if mail.to else address)[:254],
                subject=mail.subject,
                message_id=mail.message_id[:300],
                content=content,
                at=clock.now(),
            )
        ],
        ignore_conflicts=True,
    )
