"""Screens composed by URL: an app declares the fragments it serves, a desk asks for the panels of a slot."""

from __future__ import annotations

from dataclasses import dataclass

from ligne.kit.registry import Registry
from ligne.kit.viewer import ROLES, Viewer


@dataclass(frozen=True, slots=True)
class Panel:
    """A fragment served by an app.

    `slot` names the place ("customer.tabs", "contact.side", "desk.work", "floor.side", "office.nav", and "nav" for the
    pages every page leads to); `url_name` is reversed with the ids of the slot's subject; `label` is a sentence marked
    with `N_`; `icon` a Tabler name.
    """

    slot: str
    key: str
    url_name: str
    label: str
    order: int = 100
    icon: str = ""
    roles: tuple[str, ...] = ROLES


panels: Registry[Panel] = Registry("panels")


def declare(panel: Panel) -> None:
    """Add a panel; called from an app's `AppConfig.ready`."""
    panels.register(f"{panel.slot}/{panel.key}", panel)


def in_slot(slot: str, viewer: Viewer) -> list[Panel]:
    """The panels of `slot` this viewer may open, in order."""
    return sorted((p for p in panels if p.slot == slot and viewer.has_role(*p.roles)), key=lambda p: (p.order, p.key))
