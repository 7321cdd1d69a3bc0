"""Customers who write: real mail over SMTP, sent again with the same Message-ID until it is acknowledged."""

from __future__ import annotations

import random
import smtplib
import threading
import uuid
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from ligne.kit import clock
from ligne.site.simulation.ledger import Ledger
from ligne.site.simulation.people import Wish

PATIENCE_S = 60.0


def compose(wish: Wish) -> EmailMessage:
    """The mail this person writes."""
    message = EmailMessage()
    message["From"] = formataddr((wish.name, wish.email))
    message["To"] = wish.mailbox
    message["Subject"] = wish.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{uuid.uuid4().hex}@exemple.test>"
    message.set_content(f"Bonjour,\n\n{wish.text}\n\nMerci d’avance.\n{wish.name}\n")
    return message


def write(wish: Wish, host: str, port: int, ledger: Ledger, stop: threading.Event) -> bool:
    """Deliver one mail as a mail server would: retry what is refused for now. True once it is acknowledged."""
    message = compose(wish)
    waited, pause = 0.0, 0.2
    while not stop.is_set():
        try:
            with smtplib.SMTP(host, port, timeout=20) as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException):
            if waited >= PATIENCE_S:
                ledger.write("mail_given_up", message_id=message["Message-ID"])
                return False
            stop.wait(pause)
            waited += pause
            pause = min(5.0, pause * 2 * random.uniform(0.8, 1.2))  # noqa: S311 - spreading retries
        else:
            ledger.write("mail", message_id=message["Message-ID"], address=wish.email, to=wish.mailbox)
            return True
    return False
