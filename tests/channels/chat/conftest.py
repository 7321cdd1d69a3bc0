"""A company with a chat, and a customer at its page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ligne.channels.chat import reads, services
from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.reads import Guest
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact, Message
from ligne.kit import throttle
from tests import world


def draw() -> str:
    """An identifier as the widget draws it."""
    return uuid.uuid4().hex


@pytest.fixture(autouse=True)
def _no_floods() -> Iterator[None]:
    throttle.forget()
    yield
    throttle.forget()


@pytest.fixture
def garance(db: None) -> world.Company:
    return world.company("garance")


@pytest.fixture
def bleuet(db: None) -> world.Company:
    return world.company("bleuet")


@dataclass
class Visitor:
    """The customer's side of one conversation."""

    company: world.Company
    token: str = field(default_factory=lambda: draw() + draw())
    guest: Guest = field(init=False)

    def start(self, text: str = "Bonjour, où est ma commande ?", **facts: object) -> ChatSession:
        facts = {"name": "Anne", "email": "anne@exemple.test", "client_id": draw()} | facts
        queue = self.company.queues["chat"].slug
        session = services.start(queue=queue, token=self.token, text=text, **facts)  # type: ignore[arg-type]
        self.guest = Guest(str(session.public_id), self.token)
        return session

    @property
    def session(self) -> ChatSession:
        return reads.session_of(self.guest)

    @property
    def contact(self) -> Contact:
        contact = self.session.contact
        assert contact is not None
        return contact

    def says(self, text: str, client_id: str | None = None) -> Message:
        return services.say(self.guest, client_id=client_id or draw(), text=text)

    def is_answered(self) -> Contact:
        """An advisor is offered the conversation and takes it."""
        pk = self.contact.pk
        if self.contact.state == "waiting":
            contacts.move(self.company.system, contact_id=pk, passage="offer", advisor_id=self.company.advisor.pk)
        contacts.move(self.company.viewer(), contact_id=pk, passage="accept")
        return self.contact

    def sees(self) -> list[tuple[str, str]]:
        """(from, text) of what the page shows."""
        return [(m["from"], m["text"]) for m in reads.news(self.session)["messages"]]


@pytest.fixture
def visitor(garance: world.Company) -> Callable[[], Visitor]:
    return lambda: Visitor(garance)


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[tuple[str, str]]]:
    """What was told live since the last call, as (topic, name)."""
    from ligne.kit import live

    told: list[tuple[str, str]] = []
    monkeypatch.setattr(live, "push", lambda topic, name, **_: told.append((topic, name)))

    def take() -> list[tuple[str, str]]:
        seen = told.copy()
        told.clear()
        return seen

    return take
