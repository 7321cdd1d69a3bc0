"""What of a file is shown while the identity of the person at the other end is not proven."""

from __future__ import annotations

from ligne.customers.ports import ContactFacts, contact_sources
from ligne.kit.viewer import Viewer

ENOUGH = ("proven", "not_needed")


def contact_facts(viewer: Viewer, contact_id: int) -> ContactFacts | None:
    """What the exchange knows of its person; None when no app above tells. Raises `NotFound`."""
    for source in contact_sources:
        return source(viewer, contact_id)
    return None


def must_mask(viewer: Viewer, customer_id: int, contact_id: int | None) -> bool:
    """Whether the file is to be masked beside this exchange: until identity is proven, for this very customer.

    Without an exchange nothing is masked; with one that nobody can tell about, everything is.
    """
    if contact_id is None:
        return False
    told = contact_facts(viewer, contact_id)
    return told is None or told.customer_id != customer_id or told.proof not in ENOUGH
