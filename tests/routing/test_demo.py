from __future__ import annotations

import pytest

from ligne.kit.demo import Context
from ligne.routing import demo as routing_demo
from ligne.routing.models import Queue
from ligne.staff import demo as staff_demo


@pytest.mark.django_db
def test_the_demo_has_its_queues_with_people_who_can_serve_them() -> None:
    context = Context(password="une phrase de passe de demo", scale=1)
    staff_demo.make(context)
    routing_demo.make(context)
    assert set(context.queues) == {
        "bleuet-conseil",
        "bleuet-resiliation",
        "bleuet-courriel",
        "bleuet-chat",
        "garance-sav",
        "garance-commandes",
        "garance-courriel",
        "garance-chat",
    }
    assert Queue.objects.filter(hours={}).count() == 7
    assert Queue.objects.get(slug="bleuet-resiliation").overflow_to == context.queues["bleuet-conseil"]
    for email in ("conseiller@demo.test", "conseiller2@demo.test"):
        assert context.people[email].queues.count() == 8
