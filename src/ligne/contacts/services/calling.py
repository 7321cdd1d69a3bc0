"""Before a customer is called: the same gate as before a message leaves."""

from __future__ import annotations

from ligne.contacts import gate, reads
from ligne.kit import clock
from ligne.kit.viewer import Viewer


def check_call(viewer: Viewer, *, contact_id: int) -> None:
    """Return when the customer of this contact may be called now; else the refusal is journalled and told with every
    rule that forbids it (`gate.CallAgainstTheRules`). To be asked before the verb's own transaction."""
    contact = reads.get(viewer, contact_id)
    gate.pass_or_refuse(viewer, contact, at=clock.now(), channel="voice", refusal=gate.CallAgainstTheRules)
