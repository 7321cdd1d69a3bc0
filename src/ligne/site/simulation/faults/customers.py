"""Who writes meanwhile: a shop by the API, and a network that delivers twice or too late."""

from __future__ import annotations

import contextlib
import secrets
import smtplib
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import httpx

from ligne.site.simulation import mail
from ligne.site.simulation.faults.victim import Victim
from ligne.site.simulation.ledger import Ledger
from ligne.site.simulation.people import Public, Wish

PATIENCE_S = 60.0
EVERY_S = 0.5
TWICE = 6
AT_ONCE = 4


class Shop:
    """A program that brings contacts by the API, asking again with the same `external_id` until it has an answer."""

    def __init__(self, victim: Victim, token: str, public: Public, ledger: Ledger) -> None:
        self.victim, self.public, self.ledger = victim, public, ledger
        self.http = httpx.Client(
            base_url=victim.url, timeout=10, headers={"Authorization": f"Bearer {token}", "Accept-Language": "fr"}
        )

    def run(self, stop: threading.Event) -> None:
        """One contact now and then, until `stop`."""
        while not stop.wait(EVERY_S):
            self.bring(self.public.wish(), secrets.token_hex(8))

    def bring(self, wish: Wish, external_id: str) -> bool:
        """True once it is acknowledged."""
        body = {
            "channel": "email",
            "queue": f"{wish.principal}-courriel",
            "from": {"name": wish.name, "email": wish.email},
            "subject": wish.subject,
            "text": wish.text,
            "external_id": external_id,
        }
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                answer = self.http.post("/api/v1/contacts", json=body)
                if answer.is_success:
                    self.ledger.write("api", external_id=external_id, id=answer.json()["id"])
                    return True
                if answer.status_code < 500 and answer.status_code != 429:
                    self.ledger.write("refused", external_id=external_id, status=answer.status_code)
                    return False
            time.sleep(0.5)
        return False


def with_a_file(message: EmailMessage) -> None:
    """Put a file of some size into a mail: it is written to the disk when the mail is handled."""
    message.add_attachment(
        secrets.token_bytes(200_000), maintype="application", subtype="octet-stream", filename="photo.bin"
    )


def deliver_twice_and_out_of_order(victim: Victim, public: Public, shop: Shop, ledger: Ledger) -> None:
    """Everything a bad network does: the same mail several times at once, an answer before what it answers, the same
    call of the API and the same words of a chat several times at once."""
    with ThreadPoolExecutor(TWICE * AT_ONCE) as crowd:
        for _ in range(TWICE):
            wish = public.wish()
            first = mail.compose(wish)
            answer = mail.compose(wish)
            answer["In-Reply-To"] = answer["References"] = first["Message-ID"]
            same = secrets.token_hex(8)
            _deliver(victim, answer, ledger)
            for _ in range(AT_ONCE):
                crowd.submit(_deliver, victim, first, ledger)
                crowd.submit(shop.bring, wish, same)
            crowd.submit(_chat, victim, wish, ledger)


def _deliver(victim: Victim, message: EmailMessage, ledger: Ledger) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            with smtplib.SMTP("127.0.0.1", victim.smtp_port, timeout=20) as server:
                server.send_message(message)
            ledger.write("mail", message_id=message["Message-ID"])
            return
        time.sleep(0.5)


def _chat(victim: Victim, wish: Wish, ledger: Ledger) -> None:
    """A conversation whose every step is asked several times at once."""
    token, opening, second = secrets.token_urlsafe(32), uuid.uuid4().hex, uuid.uuid4().hex
    headers = {"Authorization": f"Bearer {token}"}
    start = {"queue": wish.chat_queue, "token": token, "text": wish.text, "client_id": opening, "name": wish.name}
    with httpx.Client(base_url=victim.url, timeout=20, headers=headers) as http, ThreadPoolExecutor(AT_ONCE) as crowd:
        begun = list(crowd.map(lambda _: http.post("/chat/api/start/", json=start), range(AT_ONCE)))
        known = {answer.json()["public_id"] for answer in begun if answer.is_success}
        for public_id in known:
            ledger.write("said", public_id=public_id, client_id=opening)
            said = {"client_id": second, "text": "Vous êtes là ?"}
            path = f"/chat/api/{public_id}/say/"
            answers = list(crowd.map(lambda _, p=path, s=said: http.post(p, json=s), range(AT_ONCE)))
            if any(answer.is_success for answer in answers):
                ledger.write("said", public_id=public_id, client_id=second)
            http.post(f"/chat/api/{public_id}/leave/", json={})
        ledger.write("one_of", public_ids=sorted(known))
