"""`python -m bench.crowd COUNT`: so many signed-in advisors in a running centre; prints one JSON list of people.

Each serves every queue of every principal with every skill, is available, and has a session as if just signed in:
{"id", "email", "cookie"}. They are made by set, not through the office: making them is no part of any measure.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta


def main() -> None:
    """Make them and say who they are."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils.crypto import get_random_string

    from ligne.kit import clock
    from ligne.routing.models import Queue
    from ligne.staff.models import Presence, PresencePeriod, Principal, Skill, SkillLevel, User

    now = clock.now()
    count = int(sys.argv[1])
    people = [User(email=f"banc{n}@demo.test", name=f"Banc {n}", password="!no", role="advisor") for n in range(count)]
    User.objects.bulk_create(people, batch_size=500)
    for field, rows in (("principals", Principal), ("queues", Queue)):
        relation = getattr(User, field).through
        other = "principal_id" if field == "principals" else "queue_id"
        ids = list(rows.objects.values_list("id", flat=True))
        relation.objects.bulk_create(
            (relation(user_id=p.pk, **{other: i}) for p in people for i in ids), batch_size=2000
        )
    levels = [SkillLevel(user=p, skill=skill, level=5) for skill in Skill.objects.all() for p in people]
    SkillLevel.objects.bulk_create(levels, batch_size=2000)
    available = {"state": "available", "since": now, "idle_since": now, "heartbeat_at": now, "connected_at": now}
    Presence.objects.bulk_create((Presence(user=p, **available) for p in people), batch_size=500)
    PresencePeriod.objects.bulk_create(PresencePeriod(user=p, state="available", started_at=now) for p in people)
    sessions = []
    for person in people:
        facts = {SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]}
        facts[HASH_SESSION_KEY] = person.get_session_auth_hash()
        key = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
        data = SessionStore().encode(facts)
        sessions.append(Session(session_key=key, session_data=data, expire_date=now + timedelta(days=1)))
    Session.objects.bulk_create(sessions, batch_size=500)
    told = [
        {"id": p.pk, "email": p.email, "cookie": f"{settings.SESSION_COOKIE_NAME}={s.session_key}"}
        for p, s in zip(people, sessions, strict=True)
    ]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
