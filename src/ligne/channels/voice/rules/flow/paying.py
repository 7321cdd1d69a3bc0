"""Payment by keypad: the customer, alone with the exchange, keys in a card that nobody here hears.

What the flow knows of it never holds a digit: keys pass through as `Digit` to the one memory that holds them (the
controller's till), which answers how many there are (`Keyed`).
"""

from __future__ import annotations

from dataclasses import replace

from ligne.channels.voice.rules import keying
from ligne.channels.voice.rules.flow import arriving, words
from ligne.channels.voice.rules.flow.call import ADVISOR, ASKING, CUSTOMER, OVER, THIRD, Call, Paying, Phase
from ligne.channels.voice.rules.flow.words import Command

Step = tuple[Call, list[Command]]
TIMER = "keying"
# Without a key for that long the step is asked again.
SILENCE_S = 20.0
# Once a payment is over the customer comes back when no key was pressed for that long: nobody hears the last ones.
QUIET_S = 1.5
CANCEL_KEY = "*"
_WRONG = ("sound:privacy-incorrect",)
_WAIT = ("sound:one-moment-please",)
_CLOSING = {"accepted": ("sound:auth-thankyou",), "declined": ("sound:im-sorry",), "unknown": ("sound:im-sorry",)}
_NOT_DONE = ("sound:cancelled",)


def pay(call: Call, event: words.Pay) -> Step:
    """Part the customer from everybody and ask for the card; nothing else may be going on with the call."""
    if call.paying and call.paying.payment == event.payment:
        return call, []
    fits = call.phase == Phase.TALKING and not call.paying and call.leg(THIRD) is None
    if not fits or call.up(CUSTOMER) is None or call.up(ADVISOR) is None:
        return call, [words.EndPayment(event.payment, "not_started")]
    call = replace(call, paying=Paying(event.payment), held=False)
    call, commands = _ask(call)
    return call, [words.TakeCard(event.payment), *commands]


def _ask(call: Call, first: tuple[str, ...] = ()) -> Step:
    """Say which step it is."""
    paying = call.paying
    if paying is None:
        return call, []
    call, commands = arriving.say(call, (*first, *call.plan.payment_prompts.get(paying.step, ())))
    return call, [*commands, words.SetTimer(TIMER, 0 if call.playing else SILENCE_S)]


def pressed(call: Call, key: str) -> Step:
    """A key of the customer during the payment."""
    paying = call.paying
    if paying is None or paying.step == ASKING:
        return call, []
    if paying.step == OVER:
        return call, [] if call.playing else [words.SetTimer(TIMER, QUIET_S)]
    if key == CANCEL_KEY:
        return not_done(call, "customer")
    return call, [words.Digit(key)]


def keyed(call: Call, event: words.Keyed) -> Step:
    """The till took a key, or silence for one."""
    paying = call.paying
    if paying is None or paying.step not in keying.STEPS or paying.payment != event.payment:
        return call, []
    if event.given_up:
        return not_done(call, "wrong")
    if event.complete:
        call = replace(call, paying=replace(paying, step=ASKING, keys=0, wrong="", tries=0))
        call, commands = arriving.say(call, _WAIT)
        return call, [words.SetTimer(TIMER, 0), words.Charge(paying.payment), *commands]
    asks = event.step != paying.step or bool(event.wrong)
    now = replace(paying, step=event.step, keys=event.keys, wrong=event.wrong, tries=event.tries)
    call = replace(call, paying=now)
    if asks:
        return _ask(call, _WRONG if event.wrong in keying.STEPS else ())
    stop: list[Command] = [words.StopPlay(call.playing)] if call.playing else []
    return replace(call, playing=""), [*stop, words.SetTimer(TIMER, SILENCE_S)]


def charged(call: Call, event: words.Charged) -> Step:
    """The bank answered, or nobody knows."""
    paying = call.paying
    if paying is None or paying.step != ASKING or paying.payment != event.payment:
        return call, []
    return _close(call, _CLOSING.get(event.state, _NOT_DONE))


def stop(call: Call, event: words.StopPaying) -> Step:
    """The advisor stops it, or the memory that held the card is gone. Once the bank was asked it is too late."""
    paying = call.paying
    if paying is None or paying.step == OVER:
        return call, []
    if paying.step == ASKING and event.why != "interrupted":
        return call, []
    return not_done(call, event.why)


def not_done(call: Call, why: str) -> Step:
    """It ends without a payment: the card is forgotten, the customer told."""
    if call.paying is None:
        return call, []
    ended = words.EndPayment(call.paying.payment, why)
    call, commands = _close(call, _NOT_DONE)
    return call, [ended, *commands]


def _close(call: Call, prompts: tuple[str, ...]) -> Step:
    if call.paying is None:
        return call, []
    over = replace(call.paying, step=OVER, keys=0, wrong="", tries=0)
    call, commands = arriving.say(replace(call, paying=over), prompts)
    return call, [*commands, words.SetTimer(TIMER, 0 if call.playing else QUIET_S)]


def spoiled(call: Call, event: words.Spoiled) -> Step:
    """Remember which sound is never to be kept, whoever fetches it."""
    return replace(call, spoiled=(*(take for take in call.spoiled if take != event.take), event.take)), []


def played(call: Call) -> Step:
    """A prompt of the payment is over."""
    if call.paying is None or call.paying.step == ASKING:
        return call, []
    return call, [words.SetTimer(TIMER, QUIET_S if call.paying.step == OVER else SILENCE_S)]


def late(call: Call) -> Step:
    """Silence: the step is asked again; or the payment is over and the keys are still, so everybody is back."""
    paying = call.paying
    if paying is None or call.playing:
        return call, []
    if paying.step == OVER:
        return replace(call, paying=None), []
    return (call, [words.Digit("")]) if paying.step in keying.STEPS else (call, [])


def left(call: Call, why: str) -> Step:
    """The conversation ended in the middle: so does the payment, unless the bank is being asked, who will answer."""
    paying = call.paying
    if paying is None or call.phase == Phase.TALKING:
        return call, []
    ended: list[Command] = [words.EndPayment(paying.payment, why)] if paying.step in keying.STEPS else []
    return replace(call, paying=None), [*ended, words.SetTimer(TIMER, 0)]
