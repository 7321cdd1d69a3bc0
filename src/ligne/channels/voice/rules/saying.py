"""What a call is doing, in words for the advisor. Pure."""

from __future__ import annotations

from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, THIRD, Call, Phase
from ligne.kit.text import N_

OK, WARN, INFO = "ok", "warn", "info"
_CONNECTING = INFO, N_("Connecting the line")
_BEFORE_AND_AFTER = {
    Phase.DIALLING: (INFO, N_("Calling the customer")),
    Phase.HANDED: (INFO, N_("Handed to somebody outside")),
}


def state(call: Call) -> tuple[str, str]:
    """(tone, sentence) of the state in which the advisor finds the call; the first that holds."""
    if call.phase != Phase.TALKING:
        return _BEFORE_AND_AFTER.get(call.phase, _CONNECTING)
    third = call.leg(THIRD)
    holds = (
        (call.lost, WARN, N_("Your telephone is lost and called again: the customer hears music")),
        (call.paying, WARN, N_("The customer is keying in a payment")),
        (third and not third.up, INFO, N_("Calling the third party: the customer hears music")),
        (third and call.conference, OK, N_("All together")),
        (third, WARN, N_("Consulting: the customer hears music")),
        (call.held, WARN, N_("On hold: the customer hears music")),
        (call.up(CUSTOMER) and call.up(ADVISOR), OK, N_("In conversation")),
    )
    return next(((tone, sentence) for so, tone, sentence in holds if so), _CONNECTING)
