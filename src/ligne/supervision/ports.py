"""What other apps may tell the floor: alerts of their own, registered by the wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ligne.kit.registry import Registry
from ligne.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a supervisor should look at. `title` is a sentence marked with `N_`, with its `facts`; `detail` is
    already in the reader's language or a name; `url` opens what is behind it."""

    title: str
    facts: dict[str, object] = field(default_factory=dict)
    detail: str = ""
    icon: str = "alert-triangle"
    tone: str = "warn"
    since: datetime | None = None
    url: str = ""


alert_sources: Registry[Callable[[Viewer], list[Alert]]] = Registry("sources of alerts")
