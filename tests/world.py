"""A small world for tests: two companies that must never see each other, and the people who serve them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password

from ligne.contacts import services as contacts
from ligne.contacts.models import Contact, Reason
from ligne.contacts.ports import Sender
from ligne.customers.models import Customer
from ligne.kit import clock
from ligne.kit.viewer import Viewer
from ligne.routing.models import Queue
from ligne.staff import reads as staff
from ligne.staff.models import Presence, Principal, User

PASSWORD = "motdepasse-de-test"
_number = count(1)


@cache
def _hashed() -> str:
    # argon2 is slow by design: once is enough for a whole run
    return make_password(PASSWORD)


@dataclass
class Company:
    """One principal, its people, a queue per channel, a reason."""

    principal: Principal
    advisor: User
    colleague: User
    supervisor: User
    quality: User
    administrator: User
    reason: Reason
    queues: dict[str, Queue] = field(default_factory=dict)

    @property
    def system(self) -> Viewer:
        """A process of the centre, within this company."""
        return Viewer.system(self.principal.pk)

    def viewer(self, role: str = "advisor") -> Viewer:
        """One of its people, as a viewer."""
        return staff.viewer_of(getattr(self, role))

    def customer(self, **facts: object) -> Customer:
        """Somebody known to the company."""
        facts = {"first_name": "Anne", "last_name": "Lefèvre", "civility": "Mme"} | facts
        return Customer.objects.create(principal=self.principal, **facts)

    def arrival(self, channel: str = "email", **facts: object) -> Contact:
        """A contact that has just arrived."""
        facts = {
            "sender": Sender(name="Anne", email="anne@exemple.test"),
            "subject": "Facture",
            "text": "Bonjour",
        } | facts
        return contacts.arrive(self.system, principal_id=self.principal.pk, channel=channel, **facts)  # type: ignore[arg-type]

    def in_hand(self, channel: str = "email", **facts: object) -> Contact:
        """A contact that the advisor has accepted."""
        contact = self.arrival(channel, **facts)
        if contact.state == "waiting":
            contacts.move(self.system, contact_id=contact.pk, passage="offer", advisor_id=self.advisor.pk)
        contacts.move(self.viewer(), contact_id=contact.pk, passage="accept")
        contact.refresh_from_db()
        return contact


def person(principal: Principal, role: str, **facts: object) -> User:
    """A signed-in person of `principal`, present and available."""
    number = next(_number)
    facts = {"name": f"{role.title()} {number}"} | facts
    user = User.objects.create(email=f"{role}{number}@{principal.slug}.test", password=_hashed(), role=role, **facts)
    user.principals.add(principal)
    now = clock.now()
    Presence.objects.update_or_create(
        user=user,
        defaults={"state": "available", "since": now, "idle_since": now, "connected_at": now, "heartbeat_at": now},
    )
    return user


def company(slug: str) -> Company:
    """A principal with one person of each role and a queue for each channel."""
    principal = Principal.objects.create(slug=slug, name=slug.title())
    made = Company(
        principal=principal,
        advisor=person(principal, "advisor"),
        colleague=person(principal, "advisor"),
        supervisor=person(principal, "supervisor"),
        quality=person(principal, "quality"),
        administrator=person(principal, "administrator"),
        reason=Reason.objects.create(principal=principal, slug="facture", label="Facture"),
    )
    for channel in ("email", "chat", "voice"):
        queue = Queue.objects.create(principal=principal, slug=f"{slug}-{channel}", name=f"{slug} {channel}")
        queue.members.add(made.advisor, made.colleague)
        made.queues[channel] = queue
    return made
