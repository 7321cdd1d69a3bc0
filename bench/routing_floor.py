"""The hands of P1, each a process on the centre's database: `python -m bench.routing_floor NAME …`.

`make` prepares 200 people at work, 20 queues and their skills. `arrive` lets groups of contacts arrive. `answer` is the
advisors: whatever was offered is taken and finished, by plain SQL, so that they are free for the next offer; it is no
part of what is measured and costs the database as much as it costs.
"""

from __future__ import annotations

import json
import random
import sys
import time
from functools import cache

import django

PEOPLE, QUEUES, SKILLS = 200, 20, 10


def make() -> None:
    """One principal, its queues (every other one asks for a skill), its people, everybody available."""
    from ligne.kit import clock
    from ligne.kit.viewer import Viewer
    from ligne.routing.models import Queue
    from ligne.staff import services as staff
    from ligne.staff.models import Presence, Principal, Skill, SkillLevel, User

    rng = random.Random(7)
    house, _ = Principal.objects.get_or_create(slug="mesure", defaults={"name": "Mesure"})
    skills = [
        Skill.objects.get_or_create(principal=house, slug=f"s{n}", defaults={"name": f"S{n}"})[0] for n in range(SKILLS)
    ]
    people = [User.objects.create_user(f"m{n}@exemple.test", name=f"M {n}", role="advisor") for n in range(PEOPLE)]
    for person in people:
        person.principals.set([house])
        SkillLevel.objects.bulk_create(
            SkillLevel(user=person, skill=skill, level=rng.randint(2, 5)) for skill in rng.sample(skills, 6)
        )
        staff.connect(person.pk)
        staff.set_presence(Viewer.system(house.pk), user_id=person.pk, state="available")
    for n in range(QUEUES):
        queue = Queue.objects.create(
            principal=house,
            slug=f"mesure-{n}",
            name=f"Mesure {n}",
            skills={f"s{n // 2}": 2} if n % 2 else {},
            offer_s=120,
        )
        queue.members.set(rng.sample(people, PEOPLE // 4))
    # whoever serves nothing would only be counted
    for person in people:
        if not person.queues.exists():
            person.queues.set(Queue.objects.filter(principal=house)[:3])
    # making them took a while, and nobody heard of them meanwhile
    Presence.objects.update(heartbeat_at=clock.now())


def arrive(seconds: float, group: int, most_waiting: int) -> None:
    """Groups of contacts, one transaction each, as long as no more than `most_waiting` wait."""
    from ligne.routing.models import WorkItem

    sent, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        if WorkItem.objects.filter(state="waiting").count() > most_waiting:
            time.sleep(0.005)
            continue
        _come(group)
        sent += group
    sys.stdout.write(json.dumps({"arrived": sent, "seconds": time.monotonic() - began}) + "\n")


@cache
def _house() -> int:
    from ligne.staff.models import Principal

    return Principal.objects.get(slug="mesure").pk


def _come(group: int) -> None:
    from ligne.contacts import services as contacts
    from ligne.contacts.ports import Sender
    from ligne.contacts.services import Arrival
    from ligne.kit.viewer import Viewer

    house = _house()
    rng = random.Random()
    arrivals = [
        Arrival(
            channel="chat",
            sender=Sender(email=f"c{rng.getrandbits(60):x}@exemple.test"),
            subject="Ma commande",
            text="Bonjour, où en est ma commande ?",
            external_id=f"m{rng.getrandbits(60):x}",
            queue=f"mesure-{rng.randrange(QUEUES)}",
        )
        for _ in range(group)
    ]
    contacts.arrive_many(Viewer.system(house), principal_id=house, arrivals=arrivals)


def decide(seconds: float, group: int) -> None:
    """The router's own part alone: how long its decisions and their writing take, without arrivals and answers."""
    from django.db import connection

    from ligne.routing import services
    from ligne.staff.models import Presence

    Presence.objects.update(state="available")
    offers, spent, began = 0, 0.0, time.monotonic()
    while time.monotonic() - began < seconds:
        _come(group)
        known = services.know()
        started = time.monotonic()
        offers += services.assign(known=known)
        spent += time.monotonic() - started
        with connection.cursor() as cursor:
            cursor.execute(_ANSWER)
    sys.stdout.write(json.dumps({"offers": offers, "seconds": spent}) + "\n")


_ANSWER = """
WITH taken AS (
    DELETE FROM routing_workitem WHERE state = 'offered' RETURNING id, contact_id, advisor_id
), ended AS (
    UPDATE routing_offer o SET outcome = 'accepted', ended_at = now()
      FROM taken t WHERE o.item_id_was = t.id AND o.outcome = 'open'
), closed AS (
    UPDATE contacts_contact c SET state = 'closed', outcome = 'resolved', accepted_at = now(), wrapped_up_at = now()
      FROM taken t WHERE c.id = t.contact_id
)
INSERT INTO routing_turns (user_id, live_streak, idle_since)
SELECT DISTINCT advisor_id, 0, now() FROM taken
    ON CONFLICT (user_id) DO UPDATE SET idle_since = excluded.idle_since
"""


def answer(seconds: float, pause_s: float) -> None:
    """The advisors: they take and finish what they are offered, all together, then the router is told."""
    from django.db import connection

    from ligne.kit import clock
    from ligne.staff.models import Presence

    began, beaten = time.monotonic(), 0.0
    while time.monotonic() - began < seconds:
        if time.monotonic() - beaten > 10:
            beaten = time.monotonic()
            Presence.objects.exclude(state="offline").update(heartbeat_at=clock.now())
        with connection.cursor() as cursor:
            cursor.execute(_ANSWER)
            if cursor.rowcount:
                cursor.execute("SELECT pg_notify('ligne_routing', '')")
        time.sleep(pause_s)


if __name__ == "__main__":
    django.setup()
    hands = {"make": make, "arrive": arrive, "answer": answer, "decide": decide}
    hands[sys.argv[1]](*(json.loads(number) for number in sys.argv[2:]))
