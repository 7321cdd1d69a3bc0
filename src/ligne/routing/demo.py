"""The demo's queues, made through the app's own verbs. All but one are open day and night, so that the demo always
works; that one shows what closed hours look like."""

from __future__ import annotations

from typing import Any

from ligne.kit.demo import Context
from ligne.kit.viewer import ADVISOR, Viewer
from ligne.routing import services

OFFICE = [["08:00", "20:00"]]
MINUTE, HOUR = 60, 3600

QUEUES: list[dict[str, Any]] = [
    {
        "principal": "bleuet",
        "slug": "bleuet-conseil",
        "name": "Conseil Bleuet",
        "channels": ["voice"],
        "fallback": True,
        "skills": {"conseil": 2},
        "target_s": 20,
    },
    {
        "principal": "bleuet",
        "slug": "bleuet-resiliation",
        "name": "Résiliation Bleuet",
        "skills": {"resiliation": 4},
        "priority": 1,
        "target_s": 30,
        "relax_after_s": 45,
        "overflow_to": "bleuet-conseil",
        "overflow_after_s": 3 * MINUTE,
        "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), OFFICE),
    },
    {
        "principal": "bleuet",
        "slug": "bleuet-courriel",
        "name": "Courriels Bleuet",
        "channels": ["email"],
        "skills": {"ecrit": 2},
        "target_share": 90,
        "target_s": 4 * HOUR,
        "handling_target_s": 8 * MINUTE,
        "offer_s": 30,
        "relax_after_s": 10 * MINUTE,
    },
    {
        "principal": "bleuet",
        "slug": "bleuet-chat",
        "name": "Chat Bleuet",
        "channels": ["chat"],
        "target_s": 45,
        "overflow_to": "bleuet-conseil",
        "overflow_after_s": 2 * MINUTE,
    },
    {
        "principal": "garance",
        "slug": "garance-sav",
        "name": "SAV Garance",
        "channels": ["voice"],
        "skills": {"sav": 3},
        "target_s": 30,
        "handling_target_s": 7 * MINUTE,
    },
    {
        "principal": "garance",
        "slug": "garance-commandes",
        "name": "Commandes Garance",
        "fallback": True,
        "skills": {"commandes": 2},
        "target_s": 20,
        "overflow_to": "garance-sav",
    },
    {
        "principal": "garance",
        "slug": "garance-courriel",
        "name": "Courriels Garance",
        "channels": ["email"],
        "skills": {"ecrit": 2},
        "target_share": 90,
        "target_s": 6 * HOUR,
        "handling_target_s": 8 * MINUTE,
        "offer_s": 30,
        "relax_after_s": 10 * MINUTE,
    },
    {
        "principal": "garance",
        "slug": "garance-chat",
        "name": "Chat Garance",
        "channels": ["chat"],
        "target_s": 45,
        "overflow_to": "garance-commandes",
        "overflow_after_s": 2 * MINUTE,
    },
]


def make(context: Context) -> None:
    """Eight queues; every advisor of a principal serves each of its queues, skills decide who comes first."""
    for facts in QUEUES:
        given = dict(facts)
        principal = context.principals[given.pop("principal")]
        viewer = Viewer.system(*(p.pk for p in context.principals.values()))
        members = [
            person.pk
            for person in context.people.values()
            if person.role == ADVISOR and person.principals.filter(pk=principal.pk).exists()
        ]
        relief = given.pop("overflow_to", "")
        context.queues[facts["slug"]] = services.create_queue(
            viewer, principal_id=principal.pk, members=members, **given
        )
        if relief:
            _relieve(context, viewer, facts["slug"], relief)


def _relieve(context: Context, viewer: Viewer, slug: str, relief: str) -> None:
    """Relief may be a queue that is made later: then it is set when that one exists."""
    if relief in context.queues:
        context.queues[slug] = services.update_queue(viewer, slug=slug, overflow_to=relief)
