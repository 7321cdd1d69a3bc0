"""What the floor does: count, speak to the team, look at the house's promises."""

from ligne.supervision.services.checking import check
from ligne.supervision.services.counting import rebuild, rebuild_all, recount
from ligne.supervision.services.counting_together import count_placed
from ligne.supervision.services.notices import acknowledge, publish
from ligne.supervision.services.tallying import fold, tally

__all__ = [
    "acknowledge",
    "check",
    "count_placed",
    "fold",
    "publish",
    "rebuild",
    "rebuild_all",
    "recount",
    "tally",
]
