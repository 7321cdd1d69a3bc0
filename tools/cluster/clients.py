"""The outside world: customers who write by every door and note what was acknowledged, a desk that keeps its live line.

Each knows the addresses of all hosts and goes on to the next one when the present one does not answer, as clients of a
name with several addresses do.
"""

from __future__ import annotations

import itertools
import smtplib
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import httpx

from tools.cluster.hosts import PUBLIC

PATIENCE_S = 90.0


class AnyHost(httpx.BaseTransport):
    """Asks one host until it does not answer, then the next; the request itself is not repeated here."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self.addresses = list(addresses)
        self.present = 0
        self._inner = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=4))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it to the present host, under the centre's own name: cookies belong to that one."""
        there = httpx.Request(
            request.method,
            request.url.copy_with(host=self.addresses[self.present]),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        try:
            return self._inner.handle_request(there)
        except httpx.TransportError:
            self.present = (self.present + 1) % len(self.addresses)
            raise


def web(addresses: Iterable[str], timeout: float = 10, **options: Any) -> httpx.Client:
    """A client of whichever host answers."""
    patience = httpx.Timeout(timeout, connect=1)
    return httpx.Client(transport=AnyHost(addresses), base_url=f"http://{PUBLIC}", timeout=patience, **options)


@dataclass
class Ledger:
    """What was acknowledged: by door, the id and the instant (monotonic). And what was answered to who looked."""

    kept: dict[str, dict[str, float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, door: str, identity: str) -> None:
        """The centre acknowledged `identity`."""
        with self.lock:
            self.kept.setdefault(door, {})[identity] = time.monotonic()

    def longest_silence(self, door: str, since: float, until: float) -> float:
        """The longest time within the period without an acknowledgement at that door, seconds."""
        with self.lock:
            moments = sorted(at for at in self.kept.get(door, {}).values() if since <= at <= until)
        marks = [since, *moments, until]
        return max(later - sooner for sooner, later in itertools.pairwise(marks))


Try = Callable[[str], bool | None]
"""Tries to hand over one thing, named by its id: True acknowledged, None to be tried again, False refused for good."""


def customers(door: str, attempt: Try, ledger: Ledger, stop: threading.Event, pause_s: float) -> None:
    """Hand over one thing after the other, each again under the same id until it is acknowledged."""
    while not stop.is_set():
        identity = uuid.uuid4().hex
        began = time.monotonic()
        while True:
            told = attempt(identity)
            if told:
                ledger.note(door, identity)
                break
            if told is False or time.monotonic() - began > PATIENCE_S:
                ledger.given_up.append(f"{door} {identity}")
                break
            time.sleep(0.3)
        stop.wait(pause_s)


def by_api(addresses: list[str], token: str) -> Try:
    """Arrivals through REST, known by their external id."""
    client = web(addresses, headers={"Authorization": f"Bearer {token}"})

    def attempt(identity: str) -> bool | None:
        body = {
            "channel": "email",
            "queue": "bleuet-courriel",
            "from": {"name": "Anne Lefèvre", "email": f"{identity[:8]}@exemple.test"},
            "subject": "Ma facture",
            "text": "Bonjour, je ne comprends pas ma facture.",
            "external_id": identity,
        }
        try:
            answer = client.post("/api/v1/contacts", json=body)
        except httpx.TransportError:
            return None
        if answer.is_success:
            return True
        return None if answer.status_code in {429, 500, 502, 503, 504} else False

    return attempt


def by_mail(addresses: list[str]) -> Try:
    """Mails, known by their Message-ID."""
    turn = [0]

    def attempt(identity: str) -> bool | None:
        message = EmailMessage()
        message["From"], message["To"] = f"{identity[:8]}@exemple.test", "service-client@bleuet.test"
        message["Subject"], message["Message-ID"] = "Mon forfait", f"<{identity}@exemple.test>"
        message.set_content("Bonjour, je voudrais changer de forfait.")
        try:
            with smtplib.SMTP(addresses[turn[0] % len(addresses)], 25, timeout=15) as server:
                server.send_message(message)
        except smtplib.SMTPResponseException as problem:
            return None if problem.smtp_code < 500 else False
        except (OSError, smtplib.SMTPException):
            turn[0] += 1
            return None
        return True

    return attempt


class Looker(threading.Thread):
    """Somebody signed in who opens a page twice a second: how each look was answered."""

    def __init__(self, addresses: list[str], cookies: httpx.Cookies, stop: threading.Event) -> None:
        super().__init__(name="looker", daemon=True)
        self.client = web(addresses, timeout=8, cookies=cookies)
        self.stop_asked = stop
        self.seen: list[tuple[float, int, bool]] = []

    def run(self) -> None:
        """Look until asked to stop."""
        while not self.stop_asked.wait(0.5):
            try:
                answer = self.client.get("/floor")
                self.seen.append((time.monotonic(), answer.status_code, "retry-after" in answer.headers))
            except httpx.TransportError:
                self.seen.append((time.monotonic(), 0, False))

    def wrong(self) -> dict[int, int]:
        """Answers that are neither the page nor a 503 that says when to try again, counted by status."""
        found = [status for _, status, says_when in self.seen if status not in {0, 200} and not says_when]
        return {status: found.count(status) for status in sorted(set(found))}


class Desk(threading.Thread):
    """A page that keeps its live line: it comes back by itself with the last event it saw, through another host."""

    def __init__(self, addresses: list[str], cookies: httpx.Cookies, stop: threading.Event) -> None:
        super().__init__(name="desk", daemon=True)
        self.addresses, self.cookies, self.stop_asked = addresses, cookies, stop
        self.events: list[tuple[float, str]] = []
        self.through: list[str] = []
        self._last_id = ""

    def run(self) -> None:
        """Listen until asked to stop."""
        client = web(self.addresses, cookies=self.cookies)
        transport: Any = client._transport
        patience = httpx.Timeout(20, connect=1)  # a sign of life passes every 15 s
        while not self.stop_asked.is_set():
            headers = {"Last-Event-ID": self._last_id} if self._last_id else {}
            try:
                with client.stream("GET", "/live?floor=1", headers=headers, timeout=patience) as line:
                    if line.status_code == 200:
                        self.through.append(transport.addresses[transport.present])
                        self._read(line)
            except httpx.TransportError:
                pass
            transport.present = (transport.present + 1) % len(self.addresses)
            self.stop_asked.wait(1)

    def _read(self, line: httpx.Response) -> None:
        for text in line.iter_lines():
            if text.startswith("id: "):
                self._last_id = text[4:]
            elif text.startswith("event: "):
                self.events.append((time.monotonic(), text[7:]))
            if self.stop_asked.is_set():
                return

    def silence_after(self, moment: float) -> float | None:
        """Seconds from `moment` until something was heard on a line, None when nothing was."""
        return next((at - moment for at, _ in self.events if at > moment), None)


def sign_in(addresses: list[str], email: str, password: str) -> httpx.Cookies:
    """The cookies of somebody who signed in by the page, as a browser does."""
    with web(addresses, follow_redirects=True) as client:
        page = client.get("/accounts/login/").text
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token}
        answer = client.post("/accounts/login/", data=form, headers={"Referer": f"http://{PUBLIC}/accounts/login/"})
        if "sessionid" not in client.cookies:
            raise RuntimeError(f"{email} could not sign in: {answer.status_code}")
        kept = httpx.Cookies()
        for cookie in client.cookies.jar:
            kept.set(cookie.name, cookie.value or "")
        return kept
