"""What the desks put together: the bar of every page, the pages of each role, what stands beside an exchange."""

from __future__ import annotations

from ligne.kit.panels import Panel
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, SUPERVISOR

PANELS = [
    Panel("nav", "desk", "desks:home", N_("My desk"), order=10, icon="headset", roles=(ADVISOR,)),
    Panel(
        "nav",
        "floor",
        "desks:floor",
        N_("The floor"),
        order=20,
        icon="layout-dashboard",
        roles=(SUPERVISOR, QUALITY),
    ),
    Panel("nav", "office", "desks:office", N_("The office"), order=30, icon="settings", roles=(ADMINISTRATOR,)),
    Panel("bar.pages", "parts", "desks:parts", N_("Components"), order=90, icon="template", roles=(ADMINISTRATOR,)),
    Panel(
        "contact.actions",
        "transfer",
        "routing:transfer",
        N_("Transfer"),
        order=50,
        icon="arrows-split",
        roles=(ADVISOR, SUPERVISOR),
    ),
    Panel(
        "contact.head",
        "facts",
        "desks:facts",
        N_("Queue and target"),
        order=10,
        roles=(ADVISOR, SUPERVISOR, QUALITY),
    ),
]
