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

# Why a call that we made ended without a conversation; what is kept, what to do.
_NOT_REACHED = {
    "busy": N_("The customer’s line is busy. Nothing is lost: note the attempt, or call again."),
    "no_answer": N_("The customer does not answer. Nothing is lost: note the attempt, or call again."),
    "carrier": N_("The carrier does not put the call through. Nothing is lost: call again in a while."),
    "softphone": N_(
        "Your telephone was not there, so the customer was not called. Look at its state, then call again."
    ),
}


def not_reached(direction: str, ended_by: str) -> str:
    """Why a call out came to nothing; "" when it did not, or somebody called us."""
    return _NOT_REACHED.get(ended_by, "") if direction == "out" else ""


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
        (
            call.trouble == "third_unreachable" and call.up(ADVISOR),
            WARN,
            N_("The other person could not be reached: the customer is with you again"),
        ),
        (call.held, WARN, N_("On hold: the customer hears music")),
        (call.up(CUSTOMER) and call.up(ADVISOR), OK, N_("In conversation")),
    )
    return next(((tone, sentence) for so, tone, sentence in holds if so), _CONNECTING)
