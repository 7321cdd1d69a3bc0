"""What a call-back may be refused for, by name."""

from __future__ import annotations

from ligne.kit.errors import Invalid
from ligne.kit.text import N_


class NotCalled(Invalid):
    """A number that we do not call: it does not exist, or it bills whoever calls it."""

    sentence = N_(
        "We cannot call the number %(phone)s: it does not exist or calling it is surcharged. Please give another one."
    )


class SlotGone(Invalid):
    """The moment asked for is not, or no longer, among those offered."""

    sentence = N_("This moment is no longer free. Nothing was promised; please choose another one.")
