"""What a wrap-up says: outcomes and next steps. Pure."""

from __future__ import annotations

from ligne.kit.errors import Invalid
from ligne.kit.text import N_

OUTCOMES: list[tuple[str, str]] = [
    ("resolved", N_("Resolved")),
    ("escalated", N_("Escalated")),
    ("transferred", N_("Handed over")),
    ("no_answer", N_("Could not be reached")),
    ("spam", N_("Unwanted message")),
    ("abandoned", N_("Abandoned by the customer")),
]
OUTCOME_LABELS = dict(OUTCOMES)
# What an advisor may choose; "abandoned" is found out, never chosen.
CHOSEN_OUTCOMES = [o for o in OUTCOMES if o[0] != "abandoned"]

NEXT_STEPS: list[tuple[str, str]] = [
    ("none", N_("Nothing more to do")),
    ("call_back", N_("Call back")),
    ("follow_up", N_("Check later")),
    ("case", N_("Open a case")),
    ("send_document", N_("Send a document")),
]
NEXT_STEP_LABELS = dict(NEXT_STEPS)


def check(*, reason_given: bool, outcome: str, next_step: str) -> None:
    """Raise `Invalid`, naming the field, unless reason, outcome and next step are all said."""
    if not outcome or outcome not in dict(CHOSEN_OUTCOMES):
        raise Invalid(N_("Choose how this contact ended before closing it. Nothing was lost."), field="outcome")
    if not reason_given and outcome != "spam":
        raise Invalid(N_("Choose the reason of this contact before closing it. Nothing was lost."), field="reason")
    if next_step not in NEXT_STEP_LABELS:
        raise Invalid(N_("Choose what happens next before closing this contact. Nothing was lost."), field="next_step")
