"""What a call is doing, in words for the advisor. Pure."""

from __future__ import annotations

from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, THIRD, Call, Phase
from ligne.channels.voice.rules.flow.call import ASKING, OVER
from ligne.kit.text import N_

OK, WARN, INFO, BAD = "ok", "warn", "info", "bad"
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


# What a payment waits for, and why it waits for it again.
STEPS = {
    "number": N_("Card number"),
    "expiry": N_("Expiry"),
    "code": N_("Security code"),
}
WRONG = {
    "number": N_("This is no card’s number: asked again"),
    "expiry": N_("This expiry is past or impossible: asked again"),
    "code": N_("This is no security code: asked again"),
    "silence": N_("Nothing was keyed in: asked again"),
}
STATES = {
    "keying": N_("Under way"),
    "asking": N_("Under way"),
    "accepted": N_("Paid"),
    "declined": N_("Declined"),
    "unknown": N_("Outcome unknown"),
    "failed": N_("Not paid"),
}
_ENDS = {
    "customer": N_("Payment by keypad stopped by the customer: nothing was charged."),
    "advisor": N_("Payment by keypad stopped by the advisor: nothing was charged."),
    "wrong": N_("Payment by keypad given up after three wrong tries: nothing was charged."),
    "hung_up": N_("The call ended in the middle of the payment by keypad: nothing was charged."),
    "interrupted": N_("Payment by keypad interrupted by a fault: nothing was charged. Ask again."),
    "not_started": N_("Payment by keypad not begun, the call was not free for it: nothing was charged."),
    "not_charged": N_("The bank never had the payment by keypad: nothing was charged. Ask again."),
}
_DECLINES = {
    "funds": N_("Payment by keypad declined: not enough money. Nothing was charged."),
    "expired": N_("Payment by keypad declined: the card is expired. Nothing was charged."),
    "stolen": N_("Payment by keypad declined: the card is blocked. Nothing was charged."),
    "code": N_("Payment by keypad declined: wrong security code. Nothing was charged."),
    "limit": N_("Payment by keypad declined: over the card’s limit. Nothing was charged."),
    "closed": N_("Payment by keypad declined: it was closed already. Nothing was charged."),
}
_REFUSED = N_("Payment by keypad declined by the bank. Nothing was charged.")
_UNDER_WAY = INFO, N_("Payment by keypad under way.")
_UNKNOWN = N_("The bank does not answer: nobody knows whether the payment by keypad was taken. It is asked again.")


def payment(state: str, why: str) -> tuple[str, str]:
    """(tone, sentence) of what became of a payment by keypad: `models.Payment`'s state, and why."""
    if state == "accepted":
        return OK, N_("Payment by keypad accepted.")
    if state == "declined":
        return BAD, _DECLINES.get(why, _REFUSED)
    if state == "failed":
        return WARN, _ENDS.get(why, _ENDS["interrupted"])
    return (WARN, _UNKNOWN) if state == "unknown" else _UNDER_WAY


def _paying(call: Call) -> str:
    step = call.paying.step if call.paying else ""
    if step == ASKING:
        return N_("The bank is asked: the customer waits")
    if step == OVER:
        return N_("The payment is over: the customer comes back")
    return N_("The customer is keying in a payment: nobody hears them")


def state(call: Call) -> tuple[str, str]:
    """(tone, sentence) of the state in which the advisor finds the call; the first that holds."""
    if call.phase != Phase.TALKING:
        return _BEFORE_AND_AFTER.get(call.phase, _CONNECTING)
    third = call.leg(THIRD)
    holds = (
        (call.lost, WARN, N_("Your telephone is lost and called again: the customer hears music")),
        (call.paying, WARN, _paying(call)),
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
