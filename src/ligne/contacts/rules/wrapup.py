"""What a wrap-up must say. Pure."""

from __future__ import annotations

from ligne.contacts.words import CHOSEN_OUTCOMES, NEXT_STEP_LABELS
from ligne.kit.errors import Invalid
from ligne.kit.text import N_


def check(*, reason_given: bool, outcome: str, next_step: str) -> None:
    """Raise `Invalid`, naming the field, unless reason, outcome and next step are all said."""
    if not outcome or outcome not in dict(CHOSEN_OUTCOMES):
        raise Invalid(N_("Choose how this contact ended before closing it. Nothing was lost."), field="outcome")
    if not reason_given and outcome != "spam":
        raise Invalid(N_("Choose the reason of this contact before closing it. Nothing was lost."), field="reason")
    if next_step not in NEXT_STEP_LABELS:
        raise Invalid(N_("Choose what happens next before closing this contact. Nothing was lost."), field="next_step")
