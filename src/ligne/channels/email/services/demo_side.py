"""The customer's side of the demo: they read and write real mail."""

from __future__ import annotations

import secrets
import smtplib

from django.conf import settings

from ligne.channels.email.models import DemoMail
from ligne.channels.email.rules import compose, quoting
from ligne.channels.email.rules.parse import parse
from ligne.channels.email.services.storing import keep_in_demo_mailbox
from ligne.kit import clock
from ligne.kit.errors import Invalid, NotFound, Unavailable
from ligne.kit.text import N_


def write(
    *,
    box: str,
    name: str,
    to: str,
    subject: str,
    text: str,
    answers: DemoMail | None = None,
    files: tuple[compose.Part, ...] = (),
) -> None:
    """A demo customer writes a real mail to our listener, as any mail program would. Only where there is a demo."""
    if not settings.DEMO:
        raise NotFound
    if not text.strip() and not files:
        raise Invalid(N_("The message is empty. Nothing was sent."), field="text")
    letter = compose.Letter(
        from_name=name,
        from_address=box.lower(),
        to=(to,),
        cc=(),
        subject=subject,
        text=text,
        message_id=f"{secrets.token_hex(12)}@{box.rpartition('@')[2].lower()}",
        date=clock.now(),
        files=files,
    )
    if answers is not None:
        letter = _as_answer(letter, answers)
    try:
        mail = compose.compose(letter)
    except ValueError:
        raise Invalid(N_("This is not a mail address. Nothing was sent."), field="to") from None
    content = mail.as_bytes()
    try:
        with smtplib.SMTP("127.0.0.1", settings.SMTP_PORT, timeout=20) as server:
            server.sendmail(box, [to], content)
    except smtplib.SMTPResponseException as refusal:
        words = refusal.smtp_error
        raise Invalid(
            N_("The centre refused this mail: %(words)s"),
            field="to",
            words=words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words),
        ) from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable(
            N_("The centre's mail server does not answer. Nothing was sent; try again in a moment.")
        ) from None
    keep_in_demo_mailbox(box, content, outgoing=True)


def _as_answer(letter: compose.Letter, answers: DemoMail) -> compose.Letter:
    from dataclasses import replace

    mail = parse(bytes(answers.content))
    written, _ = quoting.split(mail.text)
    return replace(
        letter,
        in_reply_to=mail.message_id,
        references=tuple(mail.references),
        quoted=written,
        quoted_head=f"Le {answers.at:%d/%m/%Y}, {mail.from_[0].name if mail.from_ else ''} a écrit :",
    )


def seen(mail: DemoMail) -> None:
    """The customer opened a mail."""
    DemoMail.objects.filter(pk=mail.pk).update(seen=True)
