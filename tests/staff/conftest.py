"""A small centre: two principals, people of each role."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ligne.kit import bus
from ligne.kit.viewer import Viewer
from ligne.staff import reads, services
from ligne.staff.models import Principal, User


@dataclass
class Centre:
    """Who is there; `seen` collects what was announced."""

    bleuet: Principal
    garance: Principal
    people: dict[str, User] = field(default_factory=dict)
    seen: list[bus.Event] = field(default_factory=list)

    def viewer(self, who: str) -> Viewer:
        """What `who` may see, asked afresh."""
        return reads.viewer_of(User.objects.get(pk=self.people[who].pk))

    def add(self, who: str, role: str, *principals: Principal) -> User:
        """One more person, known as `who`."""
        self.people[who] = services.create_person(
            Viewer.system(),
            email=f"{who}@exemple.test",
            name=who.title(),
            role=role,
            principal_ids=[p.pk for p in principals],
            password="correct horse battery",
        )
        return self.people[who]

    def kinds(self) -> list[str]:
        """The kinds announced since the last look."""
        kinds = [event.kind for event in self.seen]
        self.seen.clear()
        return kinds


@pytest.fixture
def centre(db: None, monkeypatch: pytest.MonkeyPatch) -> Centre:
    house = Viewer.system()
    made = Centre(
        services.create_principal(house, slug="bleuet", name="Bleuet"),
        services.create_principal(house, slug="garance", name="Garance"),
    )
    made.add("admin", "administrator", made.bleuet, made.garance)
    made.add("claire", "supervisor", made.bleuet)
    made.add("nadia", "advisor", made.bleuet)
    made.add("yanis", "advisor", made.garance)
    record = bus.announce

    def announce(happened: bus.Event) -> int | None:
        made.seen.append(happened)
        return record(happened)

    monkeypatch.setattr(bus, "announce", announce)
    return made
