"""Why an advisor gives an offer back. Pure."""

from __future__ import annotations

from ligne.kit.errors import Invalid
from ligne.kit.text import N_

REASONS: list[tuple[str, str]] = [
    ("occupied", N_("I am finishing something")),
    ("skill", N_("It is not my field")),
    ("personal", N_("I know this person privately")),
    ("technical", N_("Something does not work")),
    ("other", N_("Another reason")),
]
LABELS = dict(REASONS)


def check(reason: str) -> None:
    """Raise `Invalid` unless `reason` is one of `REASONS`."""
    if reason not in LABELS:
        raise Invalid(N_("Say why you decline. The offer is still yours."), field="reason")
