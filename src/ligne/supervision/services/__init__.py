"""What the floor does: count, and speak to the team."""

from ligne.supervision.services.counting import fold, offered, rebuild, rebuild_all, recount
from ligne.supervision.services.notices import acknowledge, publish

__all__ = ["acknowledge", "fold", "offered", "publish", "rebuild", "rebuild_all", "recount"]
