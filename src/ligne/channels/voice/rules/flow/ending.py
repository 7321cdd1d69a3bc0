"""The end of a leg, and of the call."""

from __future__ import annotations

from dataclasses import replace

from ligne.channels.voice.rules.flow import arriving, waiting, words
from ligne.channels.voice.rules.flow.call import ADVISOR, CUSTOMER, THIRD, Call, Leg, Phase
from ligne.channels.voice.rules.flow.words import Command

Step = tuple[Call, list[Command]]
NORMAL, BUSY = 16, 17
# The carrier passes no call on now: no route, out of order, a fault of the network, congestion … (Q.850)
NO_WAY = frozenset({2, 3, 27, 34, 38, 41, 42, 44, 47, 58})
_TIMERS = ("menu", "place", "position", "ring", "lost", "keying")
# The softphone rang, and was turned down or not answered. Any other cause: it was not there to ring.
_RANG = frozenset({NORMAL, BUSY, 18, 19, 21})


def end(call: Call, by: str, first: list[Command] | None = None) -> Step:
    """Everybody hangs up. The legs go with the call: what the exchange still tells of them means nothing more."""
    stop: list[Command] = [words.SetTimer(timer, 0) for timer in _TIMERS]
    hang_up: list[Command] = [words.HangUp(leg.channel) for leg in call.legs]
    return replace(call, phase=Phase.ENDED, legs=(), playing="", ended_by=by), [*(first or []), *stop, *hang_up]


def finished(call: Call, event: words.Finished) -> Step:
    """Over on our side. In a conference the two others may go on."""
    if call.phase == Phase.HANDED:
        return call, []
    if call.phase == Phase.TALKING and call.conference and call.up(THIRD) and call.up(CUSTOMER):
        call, hung_up = waiting.without_advisor(call)
        return replace(call, phase=Phase.HANDED, conference=False, accepted_by=None), hung_up
    return end(call, "advisor")


def gone(call: Call, event: words.Gone) -> Step:
    """A channel ended by itself."""
    leg = call.leg_at(event.channel)
    if leg is None:
        return call, []
    call = call.without(leg.channel)
    if leg.role == CUSTOMER:
        return _customer_gone(call, event.cause)
    if leg.role == ADVISOR:
        return _advisor_gone(call, leg, event.cause)
    if leg.role == THIRD:
        return _third_gone(call, leg)
    return call, []


def refused(call: Call, event: words.Refused) -> Step:
    """A leg that could not be called is one that ended at once."""
    leg = call.leg_at(event.channel)
    if leg is not None and leg.role == ADVISOR and call.accepted_by == leg.user_id:
        # it may be on its way back: a page that reloads, a network that changes
        return replace(call.without(leg.channel), lost=True), [words.SetTimer("lost", waiting.LOST_S)]
    return gone(call, words.Gone(event.channel, cause=0))


def _customer_gone(call: Call, cause: int) -> Step:
    if call.phase in {Phase.WAITING, Phase.PROMPT, Phase.MENU, Phase.VOICEMAIL}:
        left: list[Command] = [words.Abandon()] if call.phase == Phase.WAITING else []
        return end(call, "customer", left)
    if call.phase == Phase.DIALLING:
        why = {BUSY: "busy"}.get(cause, "carrier" if cause in NO_WAY else "no_answer")
        stop: list[Command] = [words.StopPlay(call.ringback)] if call.ringback else []
        return end(call, why, [*stop, words.Tell(why), words.EndContact(why)])
    if call.phase == Phase.HANDED:
        return end(call, "customer")
    return end(call, "customer", [words.EndContact("customer hung up")])


def _advisor_gone(call: Call, leg: Leg, cause: int) -> Step:
    if call.phase == Phase.WAITING and call.accepted_by is None:
        return waiting.rang_in_vain(call, leg.user_id, there=cause in _RANG)
    if call.up(ADVISOR) is not None:  # the former leg of a page that came back
        return call, []
    hung_up = leg.up and cause == NORMAL and not call.lost
    if not hung_up and call.phase in {Phase.TALKING, Phase.WAITING}:
        return replace(call, lost=True), [words.SetTimer("lost", waiting.LOST_S)]
    if call.conference and call.up(THIRD) and call.up(CUSTOMER):
        call = replace(call, phase=Phase.HANDED, conference=False, accepted_by=None)
        return call, [words.EndContact("advisor hung up")]
    return end(call, "advisor", [words.EndContact("advisor hung up")])


def _third_gone(call: Call, leg: Leg) -> Step:
    if call.phase == Phase.HANDED:
        if leg.up or not call.blind:
            return end(call, "third")
        # sent on, and nobody answered there: back to the line, ahead of newcomers
        call = replace(call, phase=Phase.WAITING, contact_id=None, blind=False)
        return call, arriving.placing(call)
    if leg.up:
        return replace(call, conference=False, held=False), []
    unreachable = "third_unreachable"
    return replace(call, conference=False, held=False, trouble=unreachable), [words.Tell(unreachable)]
