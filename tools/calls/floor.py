"""The hands of the study on the centre's database: `python -m tools.calls.floor` reads a JSON question a line, answers
with one. Beside that it is the advisors: they are heard of, and wrap up what they talked about."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import django

BEAT_S, WRAP_S = 8.0, 0.3
_wraps = threading.Event()
_first = 0


def make(count: int, line: str) -> list[tuple[int, str, str]]:
    """So many advisors at work with a telephone, in the queue of `line`, which is open at any hour; returns (person,
    name and secret of the telephone)."""
    from django.db.models import Max

    from ligne.channels.voice import services as voice
    from ligne.channels.voice.models import Line
    from ligne.contacts.models import Contact
    from ligne.routing.models import Queue
    from ligne.staff import reads, services
    from ligne.staff.models import User

    global _first  # noqa: PLW0603 - what was there before the study
    _quiet()
    _first = Contact.objects.aggregate(latest=Max("pk"))["latest"] or 0
    called = Line.objects.select_related("principal").get(number=line)
    Line.objects.filter(pk=called.pk).update(recorded_share=0)
    Queue.objects.filter(slug=called.queue).update(hours={}, holidays="", overflow_to=None, skills={})
    queue = Queue.objects.get(slug=called.queue)
    made = []
    for number in range(count):
        person = User.objects.create_user(f"poste{number}@demo.test", name=f"Poste {number}", role="advisor")
        person.principals.set([called.principal])
        person.queues.set([queue])
        services.connect(person.pk)
        made.append((person.pk, *voice.credentials(reads.viewers([person.pk])[person.pk][1])))
    return made


def _quiet() -> None:
    """The demo's own exchanges are over."""
    from ligne.contacts import services
    from ligne.contacts.models import Contact
    from ligne.kit.viewer import Viewer

    for contact in Contact.objects.exclude(state="closed"):
        system = Viewer.system(contact.principal_id)
        if contact.state in {"active", "wrap_up"}:
            services.wrap_up(system, contact_id=contact.pk, reason_id=None, outcome="spam", next_step="none")
        else:
            services.abandon(system, contact_id=contact.pk)


def free(people: list[int]) -> int:
    """These advisors are available; returns how many they are."""
    from ligne.kit.viewer import Viewer
    from ligne.staff import services

    for person in people:
        services.set_presence(Viewer.system(), user_id=person, state="available")
    return len(people)


def wrap(on: int) -> bool:
    """From now on the advisors wrap up what is over, or leave it."""
    (_wraps.set if on else _wraps.clear)()
    return bool(on)


def end(people: list[int]) -> int:
    """These advisors end their exchanges at the desk; returns how many were under way."""
    from ligne.contacts import services
    from ligne.contacts.models import Contact
    from ligne.kit.errors import DomainError
    from ligne.staff import reads

    ended = 0
    for contact in Contact.objects.filter(state="active", advisor_id__in=people):
        try:
            services.end_exchange(
                reads.viewers([contact.advisor_id or 0])[contact.advisor_id or 0][1], contact_id=contact.pk
            )
            ended += 1
        except DomainError:  # it ended by itself at the same moment
            continue
    return ended


def counts() -> dict[str, Any]:
    """How many contacts, calls under way and people there are in each state."""
    from ligne.channels.voice.models import VoiceCall
    from ligne.contacts.models import Contact
    from ligne.staff.models import Presence

    voice = Contact.objects.filter(channel="voice").order_by()
    return {
        "contacts": Counter(voice.values_list("state", flat=True)),
        "calls": Counter(VoiceCall.objects.filter(ended_at=None).order_by().values_list("phase", flat=True)),
        "people": Counter(Presence.objects.exclude(state="offline").values_list("state", flat=True)),
    }


def account() -> dict[str, Any]:
    """What became of each call, by the caller's number: [{"phase", "ended_by", "over", "talked", "contact"}] of its
    rows, [{"id", "state", "outcome", "advisor", "accepted"}] of its contacts; and what the house's promises say."""
    from ligne.channels.voice.models import VoiceCall
    from ligne.contacts.models import Contact
    from ligne.kit import clock
    from ligne.kit.invariants import invariants
    from ligne.routing.models import WorkItem

    calls: dict[str, list[dict[str, Any]]] = {}
    for row in VoiceCall.objects.order_by("started_at"):
        facts = {"phase": row.phase, "ended_by": row.ended_by, "over": row.ended_at is not None}
        facts |= {"talked": row.talked_at is not None, "contact": row.contact_id}
        calls.setdefault(row.number, []).append(facts)
    contacts: dict[str, list[dict[str, Any]]] = {}
    for one in Contact.objects.filter(channel="voice", pk__gt=_first).order_by("pk"):
        told = {"id": one.pk, "state": one.state, "outcome": one.outcome, "advisor": one.advisor_id}
        told["accepted"] = one.accepted_at is not None
        contacts.setdefault(one.from_phone, []).append(told)
    broken = {one.name: sum(1 for _ in one.find(clock.now())) for one in invariants}
    items = WorkItem.objects.filter(contact__channel="voice").count()
    return {
        "calls": calls,
        "contacts": contacts,
        "items": items,
        "broken": {name: count for name, count in broken.items() if count},
    }


def _be_advisors() -> None:
    from django.db import connection

    from ligne.staff import services
    from ligne.staff.models import Presence

    beaten = 0.0
    while True:
        if time.monotonic() - beaten > BEAT_S:
            beaten = time.monotonic()
            services.heartbeat(list(Presence.objects.exclude(state="offline").values_list("user_id", flat=True)))
        if _wraps.is_set():
            _wrap_up()
        connection.close()
        time.sleep(WRAP_S)


def _wrap_up() -> None:
    from ligne.contacts import services
    from ligne.contacts.models import Contact, Reason
    from ligne.kit.errors import DomainError
    from ligne.staff import reads

    over = list(Contact.objects.filter(channel="voice", state="wrap_up"))
    people = reads.viewers({one.advisor_id for one in over if one.advisor_id})
    for one in over:
        reason = Reason.objects.filter(principal_id=one.principal_id, active=True, children=None).first()
        try:
            services.wrap_up(
                people[one.advisor_id or 0][1], contact_id=one.pk, reason_id=reason.pk if reason else None,
                outcome="resolved", next_step="none",
            )  # fmt: skip
        except (DomainError, KeyError) as error:
            sys.stderr.write(f"wrap up {one.pk}: {error}\n")


_VERBS: dict[str, Callable[..., Any]] = {
    "make": make,
    "free": free,
    "wrap": wrap,
    "end": end,
    "counts": counts,
    "account": account,
}


if __name__ == "__main__":
    django.setup()
    threading.Thread(target=_be_advisors, daemon=True).start()
    for asked in sys.stdin:
        verb, *given = json.loads(asked)
        sys.stdout.write(json.dumps(_VERBS[verb](*given)) + "\n")
        sys.stdout.flush()
