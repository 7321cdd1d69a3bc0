"""What a caller is refused."""

from __future__ import annotations

from ligne.kit.errors import Conflict
from ligne.kit.text import N_


class Closed(Conflict):
    """Nobody takes calls now."""

    sentence = N_("Nobody can take your call at this moment. Nothing was sent; ask to be called back instead.")


class Over(Conflict):
    """The call has ended."""

    sentence = N_("This call is over.")
