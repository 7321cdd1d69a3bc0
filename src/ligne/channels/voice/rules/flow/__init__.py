"""The call flow: `step(call, event) -> (call, commands)`, pure.

A call is facts (`call.Call`); what the telephone exchange is asked to do about sound follows from the difference of
the facts before and after (`media`), so that no passage can forget to join or to part two people. An event that does
not fit where the call stands changes nothing: two things that happen at once are both heard, in either order.
"""

from ligne.channels.voice.rules.flow.call import (
    ADVISOR,
    CUSTOMER,
    SUPERVISOR,
    THIRD,
    Call,
    Leg,
    Option,
    Paying,
    Phase,
    Plan,
)
from ligne.channels.voice.rules.flow.standing import meaning
from ligne.channels.voice.rules.flow.steps import step

__all__ = [
    "ADVISOR", "CUSTOMER", "SUPERVISOR", "THIRD", "Call", "Leg", "Option", "Paying", "Phase", "Plan", "meaning", "step",
]  # fmt: skip
