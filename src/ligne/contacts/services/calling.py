"""Before a customer is called: the same gate as before a message leaves."""

from __future__ import annotations

from ligne.contacts import gate, reads
from ligne.customers import reads as customers
from ligne.kit import clock
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

# Why somebody is called, as the law asks it (7-interfaces); the first is what an advisor's own call is for.
PURPOSES = {
    "service": N_("About their request or their contract in force"),
    "appointment": N_("An appointment"),
    "contract": N_("To fulfil their contract"),
    "survey": N_("A survey"),
    "collection": N_("An unpaid amount"),
    "prospecting": N_("To offer them something"),
}


def check_call(viewer: Viewer, *, contact_id: int) -> None:
    """Return when the customer of this contact may be called now; else the refusal is journalled and told with every
    rule that forbids it (`gate.CallAgainstTheRules`). To be asked before the verb's own transaction."""
    contact = reads.get(viewer, contact_id)
    gate.pass_or_refuse(viewer, contact, at=clock.now(), channel="voice", refusal=gate.CallAgainstTheRules)


def check_call_to(
    viewer: Viewer, *, principal_id: int, customer_id: int | None, purpose: str = "service", caller_id: str = ""
) -> None:
    """`check_call` for somebody with whom no exchange is under way: nothing exists of a call that is refused.

    Raises `gate.CallAgainstTheRules`, `Invalid` for an unknown purpose, `NotFound` for what is out of sight.
    """
    if not viewer.sees(principal_id):
        raise NotFound
    if purpose not in PURPOSES:
        raise Invalid(N_("Say what the call is for. Nobody was called."), field="purpose")
    gate.pass_or_refuse_call(
        viewer,
        principal_id=principal_id,
        customer_id=customer_id,
        purpose=purpose,
        caller_id=caller_id,
        at=clock.now(),
    )


def must_say_why(viewer: Viewer, customer_id: int) -> bool:
    """Whether a call to this customer cannot begin before its purpose is said: they opposed calls."""
    return "voice" in customers.law_facts(viewer, customer_id)["customer"]["opposed"]
