"""What would let principals live on many database servers: whose each row is, and which questions ask them all."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from ligne.kit import clock
from ligne.routing import services as routing
from ligne.staff.models import Presence
from tests.cluster import sharding
from tests.site.authorization import World, rows
from tests.world import company

# The few questions that ask every principal at once, and why. On a distributed database each asks every shard.
_ROUTER = "the router serves every line, once a second"
_SWEEP = "a sweep: what time alone has changed, wherever it is, every few seconds or more seldom"
_INVARIANT = "what must always hold is looked at everywhere, once a minute"
CROSSING = {
    "routing.reads.facing.load": _ROUTER,
    "channels.voice.invariants.led_by_nobody": "what a fault left of any call, looked for by the invariants",
    "channels.voice.reads.outlived": "the exchanges whose call is over, of whatever principals a controller serves",
    "routing.reads.facing._held": "what one person holds, of whatever principals they serve",
    "routing.services.routing._mark_offered": _ROUTER,
    "contacts.services.passages.offer_many": _ROUTER,
    "customers.services.retention.let_go_everywhere": _SWEEP,
    "routing.services.offers.expire": _ROUTER,
    "routing.services.finishing.sweep": _ROUTER,
    "routing.services.finishing.release_kept": _ROUTER,
    "routing.services.finishing.wake_snoozed": _ROUTER,
    "routing.services.overflowing.overflow": _ROUTER,
    "routing.services.finishing.release_all": "what one person holds, of whatever principals they serve, when they go",
    "contacts.reads.call_backs.due_call_backs": _ROUTER,
    "contacts.reads.call_backs.late_call_backs": _ROUTER,
    "contacts.services.sending.send_due": _SWEEP,
    "channels.email.services.handling.sweep": _SWEEP,
    "channels.email.services.handling.purge": _SWEEP,
    "channels.chat.services.leaving.expire_silent": _SWEEP,
    "customers.services.imports.running.discard_old": _SWEEP,
    "customers.services.proofs.purge_proofs": _SWEEP,
    "supervision.services.tallying.fold": _SWEEP,
    "contacts.invariants.two_voices": _INVARIANT,
    "contacts.invariants.without_outcome": _INVARIANT,
    "contacts.invariants.not_sent": _INVARIANT,
    "contacts.invariants.broken_unsaid": _INVARIANT,
    "contacts.reads.counting.under_way": _INVARIANT,
    "channels.email.invariants.without_fate": _INVARIANT,
    "routing.invariants._items": _INVARIANT,
    "routing.invariants.offered_to_nobody": _INVARIANT,
    "routing.invariants.mismatched": _INVARIANT,
    "routing.invariants.unserved": _INVARIANT,
    "routing.reads.facing.overloaded": _INVARIANT,
    "site.metrics.collect": "figures for who runs the machines",
    "contacts.reads.recognition.senders": "the demo's own customers, of both its companies",
}
ACTORS = ("advisor", "supervisor", "administrator")


@pytest.mark.parametrize(
    ("sql", "crosses"),
    [
        ('SELECT * FROM "contacts_contact" WHERE "contacts_contact"."principal_id" IN (%s, %s)', False),
        ('SELECT * FROM "contacts_contact" WHERE "contacts_contact"."id" = %s', False),
        ('SELECT * FROM "contacts_message" WHERE "contacts_message"."contact_id" = %s ORDER BY 1', False),
        ("SELECT 1 FROM contacts_contact c WHERE c.principal_id = ANY(%(principals)s)", False),
        ('SELECT * FROM "staff_user" WHERE "staff_user"."email" = %s', False),
        ('INSERT INTO "contacts_contact" ("principal_id") VALUES (%s)', False),
        (
            "SELECT c.id FROM unnest(%(principals)s::bigint[]) AS o(id), contacts_contact c WHERE principal_id = o.id",
            False,
        ),
        ('SELECT * FROM "contacts_contact" WHERE "contacts_contact"."state" = %s', True),
        ('SELECT * FROM "contacts_contact" WHERE "contacts_contact"."advisor_id" = %s', True),
        ('SELECT * FROM "contacts_contact" JOIN "staff_user" ON (1=1) WHERE "staff_user"."id" = %s', True),
        ("UPDATE routing_workitem SET state = 'waiting' WHERE expires_at < now()", True),
        ('SELECT a.principal_id = b.principal_id FROM "contacts_contact" a, "contacts_contact" b', True),
    ],
)
def test_a_statement_is_read_as_it_would_be_distributed(sql: str, crosses: bool) -> None:
    assert bool(sharding.crossed(sql)) is crosses


@pytest.mark.slow
@pytest.mark.django_db
def test_no_question_crosses_principals_but_the_named_ones() -> None:
    """Every address asked by those who work, one turn of the router, and each periodic task."""
    world = World(company("bleuet"), company("garance"))
    listener = sharding.Listener()
    with connection.execute_wrapper(listener):
        for row in rows():
            for actor in ACTORS:
                world.answer(actor, row)
        Presence.objects.exclude(state="offline").update(heartbeat_at=clock.now())  # asking took a while
        routing.tick(clock.now())
        _periodic_tasks()
    assert listener.heard > 1000
    new = {place: sql[:400] for place, sql in listener.found.items() if place not in CROSSING}
    assert not new, f"{sorted(new)}: bind these to principals or to a row, or say in CROSSING why they ask everybody"
    assert sorted(set(CROSSING) - set(listener.found)) == [], "these cross no longer"


def _periodic_tasks() -> None:
    app = import_module("procrastinate.contrib.django").app
    for periodic in app.periodic_registry.periodic_tasks.values():
        if periodic.task.name.startswith(("ligne", "journal", "contacts", "customers", "supervision", "email", "chat")):
            periodic.task.func(timestamp=int(clock.now().timestamp()))
