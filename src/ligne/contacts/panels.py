"""What the exchanges add to the office's menu."""

from __future__ import annotations

from ligne.kit.panels import Panel
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, SUPERVISOR

_OFFICE = (ADMINISTRATOR, SUPERVISOR)

_READERS = (ADVISOR, SUPERVISOR, QUALITY)

PANELS = [
    Panel("bar", "mentions", "contacts:mentions", N_("Where you are mentioned"), 75, "at", _READERS),
    Panel("office.nav", "reasons", "contacts_office:reasons", N_("Reasons for contact"), 50, "list-check", _OFFICE),
    Panel("office.nav", "templates", "contacts_office:templates", N_("Reply templates"), 55, "template", _OFFICE),
]
