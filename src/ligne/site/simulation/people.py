"""Who the simulated customers are and what they want: drawn from the demo's own file and reasons."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ligne.channels.email import reads as mail
from ligne.contacts.demo.words import REASONS
from ligne.customers import reads as customers
from ligne.kit.viewer import Viewer
from ligne.staff.models import Principal

UNKNOWN_SHARE = 0.15  # of people the centre has never heard of


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who wants something: the channel's address to use, the words they have."""

    name: str
    email: str
    principal: str
    mailbox: str
    chat_queue: str
    subject: str
    text: str


class Public:
    """The customers of the demo's principals; `seed` makes the same crowd again."""

    def __init__(self, seed: int | None = None, known: int = 500) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - plausible behaviour, no secrets
        self._people: dict[str, list[tuple[str, str]]] = {}
        self._mailboxes: dict[str, list[str]] = {}
        for principal in Principal.objects.filter(slug__in=list(REASONS)):
            viewer = Viewer.system(principal.pk)
            found = customers.some(viewer, principal_id=principal.pk, limit=known)
            self._people[principal.slug] = [(c.display_name, c.email) for c in found if c.email]
            self._mailboxes[principal.slug] = mail.addresses(viewer, principal_id=principal.pk)

    def __bool__(self) -> bool:
        return any(self._people.values()) and any(self._mailboxes.values())

    def wish(self) -> Wish:
        """The next person and what they want."""
        rng = self.rng
        slug = rng.choice([s for s, people in self._people.items() if people and self._mailboxes[s]])
        name, email = rng.choice(self._people[slug])
        if rng.random() < UNKNOWN_SHARE:
            number = rng.randrange(10**6)
            name, email = f"Client {number}", f"inconnu.{number}@exemple.test"
        _, label, children = rng.choice(REASONS[slug])
        _, child, asked, _ = rng.choice(children)
        return Wish(
            name=name,
            email=email,
            principal=slug,
            mailbox=rng.choice(self._mailboxes[slug]),
            chat_queue=f"{slug}-chat",
            subject=f"{label} : {child.lower()}",
            text=asked,
        )
