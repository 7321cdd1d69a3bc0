"""The floor of the demo: its past days, counted from the exchanges that the other apps' demos made."""

from __future__ import annotations

from ligne.kit.demo import Context
from ligne.supervision import services


def make(context: Context) -> None:
    """Count every day that has exchanges."""
    services.rebuild_all()
