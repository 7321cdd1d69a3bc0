"""A floor: a principal with a live and a deferred queue, its people, and another principal beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ligne.contacts import services as contacts
from ligne.contacts.models import Contact, Reason
from ligne.contacts.ports import Sender
from ligne.kit import clock
from ligne.kit.viewer import Viewer
from ligne.routing.models import Queue, WorkItem
from ligne.staff import reads as staff
from ligne.staff import services as staff_services
from ligne.staff.models import Principal, User

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@dataclass
class Floor:
    """Shortcuts to what happens on a floor."""

    principal: Principal
    other: Principal
    chat: Queue
    mail: Queue
    elsewhere: Queue
    people: dict[str, User] = field(default_factory=dict)

    def viewer(self, who: str) -> Viewer:
        """What `who` may see."""
        return staff.viewer_of(User.objects.get(pk=self.people[who].pk))

    def system(self) -> Viewer:
        """The centre itself, in both principals."""
        return Viewer.system(self.principal.pk, self.other.pk)

    def arrive(self, at: datetime, queue: Queue | None = None, name: str = "Anne") -> Contact:
        """An exchange arrives in `queue` (the chat's)."""
        line = queue or self.chat
        with clock.at(at):
            return contacts.arrive(
                self.system(),
                principal_id=line.principal_id,
                channel="email" if line == self.mail else "chat",
                sender=Sender(name=name, email="anne@exemple.test"),
                subject="Panne",
                text="Bonjour",
                queue=line.slug,
            )

    def step(self, at: datetime, contact: Contact, passage: str, who: str = "nadia", queue: str = "") -> Contact:
        """Take a passage at a moment."""
        with clock.at(at):
            return contacts.move(
                self.system(),
                contact_id=contact.pk,
                passage=passage,
                advisor_id=self.people[who].pk if passage in ("offer", "take") else None,
                queue=queue,
            )

    def answer(self, at: datetime, contact: Contact, who: str = "nadia") -> Contact:
        """Taken by an advisor."""
        taken = self.step(at, contact, "take", who)
        WorkItem.objects.filter(contact=contact).update(state="taken", advisor=self.people[who], taken_at=at)
        return taken

    def close(self, at: datetime, contact: Contact, outcome: str = "resolved") -> Contact:
        """Wrapped up."""
        with clock.at(at):
            reason, _ = Reason.objects.get_or_create(
                principal_id=contact.principal_id, slug="panne", defaults={"label": "Panne"}
            )
            return contacts.wrap_up(
                self.system(),
                contact_id=contact.pk,
                reason_id=reason.pk,
                outcome=outcome,
                next_step="none",
                summary="Vu avec le client",
            )

    def abandon(self, at: datetime, contact: Contact) -> Contact:
        """The customer left."""
        with clock.at(at):
            return contacts.abandon(self.system(), contact_id=contact.pk)


@pytest.fixture
def floor(db: None) -> Floor:
    house = Viewer.system()
    mine = staff_services.create_principal(house, slug="bleuet", name="Bleuet")
    other = staff_services.create_principal(house, slug="garance", name="Garance")
    made = Floor(
        mine,
        other,
        chat=Queue.objects.create(principal=mine, slug="chat", name="Chat", target_s=30, target_share=80),
        mail=Queue.objects.create(principal=mine, slug="courriel", name="Courriel", target_s=14400),
        elsewhere=Queue.objects.create(principal=other, slug="ailleurs", name="Ailleurs"),
    )
    for who, role, served in (
        ("claire", "supervisor", [mine]),
        ("nadia", "advisor", [mine]),
        ("yanis", "advisor", [mine]),
        ("hugo", "quality", [mine]),
        ("zoe", "advisor", [other]),
    ):
        made.people[who] = staff_services.create_person(
            house,
            email=f"{who}@exemple.test",
            name=who.title(),
            role=role,
            principal_ids=[p.pk for p in served],
            password="correct horse battery",
        )
    made.chat.members.set([made.people["nadia"], made.people["yanis"]])
    return made


def later(**kwargs: float) -> datetime:
    """An instant after `NOON`."""
    return NOON + timedelta(**kwargs)
