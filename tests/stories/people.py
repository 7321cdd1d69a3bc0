"""What people do in the stories: advisors at their desk, customers at their mail and at the shop's chat."""

from __future__ import annotations

import smtplib
import time
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from playwright.sync_api import ConsoleMessage, Page, expect

if TYPE_CHECKING:
    from tests.conftest import Centre

PATIENCE_MS = 45_000


def write_mail(centre: Centre, *, sender: str, name: str, subject: str, text: str, **headers: str) -> str:
    """A customer writes from any mail client; returns the Message-ID once the centre acknowledged it."""
    message = EmailMessage()
    message["From"] = f"{name} <{sender}>"
    message["To"] = headers.pop("to", "contact@garance.test")
    message["Subject"] = subject
    message["Message-ID"] = f"<{uuid.uuid4().hex}@exemple.test>"
    for key, value in headers.items():
        message[key.replace("_", "-")] = value
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", centre.smtp_port, timeout=20) as server:
        server.send_message(message)
    return str(message["Message-ID"])


def eventually(look: Callable[[], Any], what: str, patience_s: float = 20) -> Any:
    """What `look` finds once it finds something."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"never saw {what}")


def refusals(page: Page) -> list[str]:
    """What the page's own security policy refuses from now on; grows as it happens."""
    refused: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            refused.append(said.text)

    page.on("console", listen)
    return refused


class Desk:
    """An advisor at work, seen through their browser."""

    def __init__(self, page: Page, centre: Centre) -> None:
        self.page, self.centre = page, centre
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{centre.url}/")

    def be(self, state: str, reason: str = "") -> None:
        """Choose a state in the bar."""
        bar = self.page.locator("[data-staff-bar]")
        bar.locator("summary").click()
        wanted = f'"state": "{state}"' + (f', "reason": "{reason}"' if reason else "")
        bar.locator(f"button[hx-vals*='{wanted}']").first.click()
        expect(self.page.locator("[data-staff-bar] details[open]")).to_have_count(0)

    @property
    def offer(self) -> Any:
        """The banner of the present offer."""
        return self.page.locator("[data-lc-offer]").first

    def accept(self) -> int:
        """Accept what is offered; returns the contact's number once its exchange is open."""
        expect(self.offer).to_be_visible(timeout=PATIENCE_MS)
        contact = int(self.offer.get_attribute("data-lc-contact") or 0)
        self.offer.locator("[data-lc-act=accept]").click()
        self.opened(contact)
        return contact

    def opened(self, contact: int) -> None:
        """The exchange is shown and in hand."""
        expect(self.page.locator(f"#exchange-{contact}[data-mine='1']")).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator(f"#exchange-{contact} #reply-text")).to_be_visible(timeout=PATIENCE_MS)

    def open(self, contact: int) -> None:
        """Go to one of one's exchanges."""
        self.page.locator(f"#work [data-lc-contact='{contact}']").first.click()
        self.opened(contact)

    def answer(self, text: str) -> None:
        """Write and send."""
        self.page.fill("#reply-text", text)
        self.page.click("#send")
        expect(self.page.locator("#exchange-body")).to_contain_text(text, timeout=PATIENCE_MS)

    def wrap_up(self, outcome: str = "resolved", next_step: str = "none") -> None:
        """Say reason, outcome and next step; the exchange leaves one's work."""
        contact = self.page.locator("article[data-contact]").get_attribute("data-contact")
        self.page.select_option("#wrap-reason", index=1)
        self.page.select_option("#wrap-outcome", outcome)
        self.page.select_option("#wrap-next", next_step)
        self.page.click("[data-lc-act=wrap]")
        expect(self.page.locator(f"#work [data-lc-contact='{contact}']")).to_have_count(0, timeout=PATIENCE_MS)
