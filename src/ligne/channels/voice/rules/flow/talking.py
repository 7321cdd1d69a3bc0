"""In conversation: hold, consult, transfer, conference, payment, recording, supervisors."""

from __future__ import annotations

from dataclasses import replace

from ligne.channels.voice.rules.flow import waiting, words
from ligne.channels.voice.rules.flow.call import ADVISOR, CUSTOMER, SUPERVISOR, THIRD, Call, Leg, Phase
from ligne.channels.voice.rules.flow.words import Command

Step = tuple[Call, list[Command]]
THIRD_RINGS_S = 30


def answered(call: Call, event: words.Answered) -> Step:
    """A leg that we called is up."""
    leg = call.leg_at(event.channel)
    if leg is None or leg.up:
        return call, []
    call = call.with_leg(replace(leg, up=True))
    if leg.role == ADVISOR:
        return _advisor_answered(call, leg)
    if leg.role == CUSTOMER:
        stop: list[Command] = [words.StopPlay(call.ringback)] if call.ringback else []
        return replace(call, phase=Phase.TALKING, ringback=""), stop
    return call, []


def _advisor_answered(call: Call, leg: Leg) -> Step:
    if call.accepted_by != leg.user_id:
        return call, [words.Accept(leg.user_id)] if leg.user_id is not None else []
    others = [one for one in call.legs if one.role == ADVISOR and one.channel != leg.channel]
    for one in others:  # the page was reloaded: its former leg is of no use
        call = call.without(one.channel)
    call, commands = waiting.connect(call)
    return call, [*(words.HangUp(one.channel) for one in others), *commands]


def hold(call: Call, event: words.Hold) -> Step:
    """The customer hears music, or comes back."""
    if call.phase != Phase.TALKING or call.held == event.on or call.paying:
        return call, []
    return replace(call, held=event.on, trouble=""), []


def consult(call: Call, event: words.Consult) -> Step:
    """Call somebody while the customer holds; one at a time."""
    if call.phase != Phase.TALKING or call.leg(THIRD) is not None or call.paying:
        return call, []
    call, channel = call.next_name("leg")
    leg = Leg(channel, THIRD, user_id=event.user_id, number=event.number)
    return replace(call.with_leg(leg), conference=False, trouble=""), [words.Dial(leg, THIRD_RINGS_S)]


def conference(call: Call, event: words.Conference) -> Step:
    """Everybody together, once the third is there."""
    if call.phase != Phase.TALKING or call.up(THIRD) is None:
        return call, []
    return replace(call, conference=True, held=False), []


def drop_third(call: Call, event: words.DropThird) -> Step:
    """Hang up whoever was consulted."""
    third = call.leg(THIRD)
    if third is None or call.phase != Phase.TALKING:
        return call, []
    return replace(call.without(third.channel), conference=False, held=False), [words.HangUp(third.channel)]


def transfer(call: Call, event: words.Transfer) -> Step:
    """The advisor leaves; the customer stays with the third. A colleague takes the contact with the customer."""
    third = call.leg(THIRD)
    if call.phase != Phase.TALKING or third is None:
        return call, []
    call, hung_up = waiting.without_advisor(call)
    call = replace(call, held=False, conference=False, paused=False)
    watchers = [leg for leg in call.legs if leg.role == SUPERVISOR]
    for leg in watchers:
        call = call.without(leg.channel)
    commands: list[Command] = [*hung_up, *(words.HangUp(leg.channel) for leg in watchers)]
    if third.user_id is not None and third.up:
        call = replace(call.with_leg(replace(third, role=ADVISOR)), accepted_by=third.user_id)
        return call, [*commands, words.GiveTo(third.user_id)]
    call = replace(call, phase=Phase.HANDED, accepted_by=None, blind=not third.up)
    return call, [*commands, words.EndContact("transferred")]


def pause(call: Call, event: words.Pause) -> Step:
    """Silence in the recording, or sound again."""
    return replace(call, paused=event.on), []


def object_to_recording(call: Call, event: words.Object) -> Step:
    """No sound is kept, not even what was."""
    return (call, []) if call.objected else (replace(call, objected=True), [words.Tell("objected")])


def watch(call: Call, event: words.Watch) -> Step:
    """A supervisor begins, changes manner, or leaves."""
    mine = next((leg for leg in call.legs if leg.role == SUPERVISOR and leg.user_id == event.user_id), None)
    if not event.mode:
        return (call, []) if mine is None else (call.without(mine.channel), [words.HangUp(mine.channel)])
    if call.phase != Phase.TALKING:
        return call, []
    if mine is not None:
        return call.with_leg(replace(mine, mode=event.mode)), []
    return waiting.ring(call, event.user_id, SUPERVISOR, event.mode)


def take_over(call: Call, event: words.TakeOver) -> Step:
    """The supervisor becomes the one who handles it."""
    mine = next((leg for leg in call.legs if leg.role == SUPERVISOR and leg.user_id == event.user_id and leg.up), None)
    if call.phase != Phase.TALKING or mine is None or call.paying:
        return call, []
    call, hung_up = waiting.without_advisor(call)
    call = replace(call.with_leg(replace(mine, role=ADVISOR, mode="")), accepted_by=event.user_id, held=False)
    return call, [*hung_up, words.GiveTo(event.user_id)]
