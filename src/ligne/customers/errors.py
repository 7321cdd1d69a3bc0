"""What can go wrong with a customer's file, by name."""

from __future__ import annotations

from ligne.kit.errors import Conflict, Invalid, Refused
from ligne.kit.text import N_


class StaleFile(Conflict):
    """The file changed since the form was opened. `present` is the version it has now."""

    sentence = N_(
        "This file was changed by someone else while you were typing. Nothing was overwritten: "
        "compare the two versions and save again."
    )

    def __init__(self, present: int) -> None:
        self.present = present
        super().__init__()


class ReferenceTaken(Conflict):
    """Another customer of the same principal holds this reference; `holder_id` is that customer."""

    sentence = N_(
        "Another customer already has the reference “%(reference)s”. Nothing was saved; "
        "open that file or choose another reference."
    )

    def __init__(self, reference: str, holder_id: int) -> None:
        self.holder_id = holder_id
        super().__init__(field="external_ref", reference=reference)


class CannotMerge(Refused):
    """These two files are not to be joined (same file, two principals, already merged)."""

    sentence = N_("These two files cannot be merged. Nothing was changed.")


class CannotUnmerge(Refused):
    """This merge can no longer be undone as it stands."""

    sentence = N_("This merge cannot be undone. Nothing was changed.")


class UnreadableFile(Invalid):
    """A file to import whose lines cannot even be told apart: nothing was imported."""

    sentence = N_("This file cannot be read. Nothing was imported.")
