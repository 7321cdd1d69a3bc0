"""What happens to mail accounts and to mails that did not simply become an exchange."""

from __future__ import annotations

from typing import ClassVar

from ligne.kit.bus import Event, event


@event
class AccountSaved(Event):
    """A mail account was created or changed; `changed` names its fields, never their secrets."""

    kind: ClassVar[str] = "mail.account_saved"
    subject_type: ClassVar[str] = "mail_account"
    address: str
    changed: list[str]


@event
class MailKept(Event):
    """A mail was kept for an administrator; `fate` says why (see `rules.fates`)."""

    kind: ClassVar[str] = "mail.kept"
    subject_type: ClassVar[str] = "raw_mail"
    personal: ClassVar[frozenset[str]] = frozenset({"sender"})
    fate: str
    sender: str = ""


@event
class MailReplayed(Event):
    """An administrator had a kept mail handled again, or made it a contact (`forced`)."""

    kind: ClassVar[str] = "mail.replayed"
    subject_type: ClassVar[str] = "raw_mail"
    forced: bool
    fate: str
    contact_id: int | None = None
