"""A small centre for the tests of routing: principals, people at work, queues, contacts that arrive."""

from __future__ import annotations

from itertools import count
from typing import Any

from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.contacts.ports import Sender
from ligne.kit.viewer import Viewer
from ligne.routing.models import Queue, WorkItem
from ligne.staff import reads as staff_reads
from ligne.staff import services as staff
from ligne.staff.models import Capacity, Principal, Skill, SkillLevel, User

_numbers = count(1)


def principal(slug: str = "bleuet") -> Principal:
    found, _ = Principal.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    return found


def person(*principals: Principal, role: str = "advisor", state: str = "available", **skills: int) -> Viewer:
    """Somebody at work for `principals`, in `state` ("" : never came in), with skill levels of the first one."""
    number = next(_numbers)
    user = User.objects.create_user(f"p{number}@demo.test", name=f"Personne {number}", role=role)
    user.principals.set(principals)
    for slug, level in skills.items():
        skill, _ = Skill.objects.get_or_create(principal=principals[0], slug=slug, defaults={"name": slug})
        SkillLevel.objects.create(user=user, skill=skill, level=level)
    viewer = staff_reads.viewer_of(user)
    if state:
        staff.connect(user.pk)
        come(viewer, state)
    return viewer


def come(viewer: Viewer, state: str = "available") -> None:
    assert viewer.user_id
    staff.set_presence(Viewer.system(*viewer.principals), user_id=viewer.user_id, state=state)


def queue(of: Principal, slug: str = "", *, members: tuple[Viewer, ...] = (), **facts: Any) -> Queue:
    made = Queue.objects.create(principal=of, slug=slug or f"file-{next(_numbers)}", name=slug or "File", **facts)
    made.members.set([m.user_id for m in members if m.user_id])
    return made


def arrive(to: Queue, channel: str = "chat", **facts: Any) -> Contact:
    """A contact arrives for queue `to`."""
    number = next(_numbers)
    contact = contacts.arrive(
        Viewer.system(to.principal_id),
        principal_id=to.principal_id,
        channel=channel,
        sender=Sender(name=f"Cliente {number}", email=f"c{number}@exemple.test"),
        subject=f"Demande {number}",
        text="Bonjour",
        queue=to.slug,
        **facts,
    )
    contact.refresh_from_db()
    return contact


def item(contact: Contact) -> WorkItem:
    return WorkItem.objects.get(contact=contact)


def limit(viewer: Viewer, channel: str, at_once: int) -> None:
    Capacity.objects.update_or_create(user_id=viewer.user_id, channel=channel, defaults={"limit": at_once})
