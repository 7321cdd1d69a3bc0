"""A company with a mail account, another beside it, and a real listener."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from ligne.channels.email import services
from ligne.channels.email.models import MailAccount, RawMail
from ligne.channels.email.smtp import Listener
from tests.world import Company, company


def account_of(owner: Company, address: str, **facts: object) -> MailAccount:
    """An active account of `owner`, answered in its e-mail queue."""
    return MailAccount.objects.create(
        principal=owner.principal,
        address=address,
        display_name=owner.principal.name,
        queue=owner.queues["email"].slug,
        **facts,
    )


@pytest.fixture
def bleuet(db: None) -> Company:
    """A company that is written to at service-client@bleuet.test."""
    made = company("bleuet")
    account_of(made, "service-client@bleuet.test", signature="Le service client")
    return made


@pytest.fixture
def garance(db: None) -> Company:
    """Another company, written to at contact@garance.test."""
    made = company("garance")
    account_of(made, "contact@garance.test")
    return made


class Running:
    """A listener in a thread of its own."""

    def __init__(self, *, lmtp: bool = False) -> None:
        self.ready = threading.Event()
        self.over = threading.Event()
        self.lmtp = lmtp
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    async def _run(self) -> None:
        listener = Listener("127.0.0.1", 0, lmtp=self.lmtp)
        await listener.start()
        self.port = listener.port
        self.ready.set()
        while not self.over.is_set():
            await asyncio.sleep(0.02)
        await listener.stop()
        # the pool's threads are over: what they left open must not keep the test database
        self.ready.clear()

    def stop(self) -> None:
        """Stop listening; what was acknowledged is handled when this returns."""
        self.over.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def listener(transactional_db: None, settings: object) -> Iterator[Running]:
    """A real SMTP listener, and the demo's outgoing mail led to it."""
    running = Running()
    settings.SMTP_PORT = running.port  # type: ignore[attr-defined]
    settings.SMTP_OUT = f"smtp://127.0.0.1:{running.port}"  # type: ignore[attr-defined]
    settings.DEMO = True  # type: ignore[attr-defined]
    yield running
    running.stop()


def arrive(content: bytes, *, to: str = "service-client@bleuet.test", sender: str = "anne@exemple.test") -> RawMail:
    """Store and handle a mail as the listener does; the raw mail with its fate."""
    ids = services.store(content, envelope_from=sender, envelope_to=[to])
    assert len(ids) == 1
    services.handle(ids[0])
    return RawMail.objects.get(pk=ids[0])
