"""In the line: what routing decides, what the customer hears meanwhile, the softphone that rings."""

from __future__ import annotations

from dataclasses import replace

from ligne.channels.voice.rules.flow import arriving, ending, paying, words
from ligne.channels.voice.rules.flow.call import ADVISOR, CUSTOMER, Call, Leg, Phase
from ligne.channels.voice.rules.flow.words import Command

Step = tuple[Call, list[Command]]
RING_S = 60  # the offer's own limit comes first
CUSTOMER_RINGS_S = 45
LOST_S = 20.0  # a softphone that went may come back for so long
RINGS_AGAIN, RING_AGAIN_S = 3, 2.0  # so does one that is offered a call in the moment in which it registers anew


def placed(call: Call, event: words.Placed) -> Step:
    """It is a contact now."""
    return replace(call, contact_id=event.contact_id), [words.SetTimer("place", 0)]


def offered(call: Call, event: words.Offered) -> Step:
    """Ring this advisor's softphone; the customer goes on waiting."""
    if call.phase != Phase.WAITING or call.accepted_by is not None or call.offered_to == event.user_id:
        return call, []
    call, hung_up = without_advisor(call)
    call, dial = ring(replace(call, offered_to=event.user_id, rings=0), event.user_id)
    return call, hung_up + dial


def ring(call: Call, user_id: int, role: str = ADVISOR, mode: str = "") -> Step:
    """Call a person's softphone."""
    call, channel = call.next_name("leg")
    leg = Leg(channel, role, user_id=user_id, mode=mode)
    return call.with_leg(leg), [words.Dial(leg, RING_S)]


def rang_in_vain(call: Call, user_id: int | None, *, there: bool) -> Step:
    """The softphone was turned down or not answered: somebody else has the offer. One that was not even `there` is
    called again first."""
    if user_id is None or call.offered_to != user_id:
        return call, []
    if not there and call.rings < RINGS_AGAIN:
        return replace(call, rings=call.rings + 1), [words.SetTimer("ring", RING_AGAIN_S)]
    return replace(call, offered_to=None), [words.GiveBack(user_id, "softphone")]


def is_silent(call: Call) -> bool:
    """Whether the call is offered to somebody whose softphone does not ring."""
    offered = call.offered_to is not None and call.accepted_by is None
    return offered and call.phase == Phase.WAITING and call.leg(ADVISOR) is None


def without_advisor(call: Call) -> Step:
    """Hang up every leg of an advisor."""
    gone = [leg for leg in call.legs if leg.role == ADVISOR]
    for leg in gone:
        call = call.without(leg.channel)
    return call, [words.HangUp(leg.channel) for leg in gone]


def withdrawn(call: Call, event: words.Withdrawn) -> Step:
    """The offer is over: stop ringing."""
    if call.phase != Phase.WAITING or call.accepted_by is not None:
        return call, []
    return without_advisor(replace(call, offered_to=None))


def accepted(call: Call, event: words.Accepted) -> Step:
    """The advisor took it: talk as soon as their softphone is up; call it when it was not."""
    if call.phase not in {Phase.WAITING, Phase.DIALLING} or call.accepted_by == event.user_id:
        return call, []
    call = replace(call, accepted_by=event.user_id, offered_to=None)
    mine = next((leg for leg in call.legs if leg.role == ADVISOR and leg.user_id == event.user_id), None)
    if mine is None:
        call, hung_up = without_advisor(call)
        call, dial = ring(call, event.user_id)
        return call, [*hung_up, *dial, words.SetTimer("lost", LOST_S)]
    if mine.up:
        return connect(call)
    return call, [words.SetTimer("lost", LOST_S)]


def connect(call: Call) -> Step:
    """Both are there. A call that we make goes on to the customer now."""
    quiet: list[Command] = [words.StopPlay(call.playing)] if call.playing else []
    quiet += [words.SetTimer("position", 0), words.SetTimer("lost", 0)]
    call = replace(call, playing="", lost=False)
    if call.phase == Phase.DIALLING:
        return _call_the_customer(call, quiet)
    return replace(call, phase=Phase.TALKING), quiet


def _call_the_customer(call: Call, first: list[Command]) -> Step:
    customer, advisor = call.leg(CUSTOMER), call.up(ADVISOR)
    if customer is None or advisor is None or call.ringback:
        return call, first
    call, name = call.next_name("ringback")
    tone = words.Play(advisor.channel, name, ("tone:ring;tonezone=fr",), call.plan.language)
    return replace(call, ringback=name), [*first, words.Dial(customer, CUSTOMER_RINGS_S), tone]


def position(call: Call, event: words.Position) -> Step:
    """Say the place in the line and the wait, when there is one to say; and that a call back may be had."""
    if call.phase != Phase.WAITING or call.playing:
        return call, []
    if event.place <= 1:
        prompts: tuple[str, ...] = ("sound:queue-youarenext",)
    else:
        prompts = ("sound:queue-thereare", f"number:{event.place - 1}", "sound:queue-callswaiting")
    if event.wait_s is not None and event.wait_s >= 60:
        prompts += ("sound:queue-holdtime", f"number:{round(event.wait_s / 60)}", "sound:queue-minutes")
    return arriving.say(call, (*prompts, *(call.plan.call_back_prompts if call.plan.call_back_key else ())))


def requeued(call: Call, event: words.Requeued) -> Step:
    """The contact waits again: everybody but the customer leaves."""
    if call.phase not in {Phase.TALKING, Phase.WAITING}:
        return call, []
    others = [leg for leg in call.legs if leg.role != CUSTOMER]
    for leg in others:
        call = call.without(leg.channel)
    call = replace(
        call, phase=Phase.WAITING, queue=event.queue or call.queue, offered_to=None, accepted_by=None, held=False,
        conference=False, paused=False, lost=False,
    )  # fmt: skip
    hang_up: list[Command] = [words.HangUp(leg.channel) for leg in others]
    return call, [*hang_up, words.SetTimer("lost", 0), words.SetTimer("position", call.plan.position_every_s)]


def ready(call: Call, event: words.Ready) -> Step:
    """This person's softphone is there again: what was lost with the page is called anew."""
    if call.accepted_by != event.user_id or call.phase not in {Phase.TALKING, Phase.WAITING, Phase.DIALLING}:
        if call.offered_to == event.user_id and call.leg(ADVISOR) is None:
            return ring(call, event.user_id)
        return call, []
    waiting = [leg for leg in call.legs if leg.role == ADVISOR and not leg.up]
    if waiting:
        return call, []
    call, dial = ring(replace(call, lost=True), event.user_id)
    return call, [*dial, words.SetTimer("lost", LOST_S)]


def late(call: Call, event: words.Late) -> Step:
    """A timer ran out."""
    if event.timer == "menu" and call.phase == Phase.MENU:
        return arriving.to_menu(call, call.menu, again=True)
    if event.timer == paying.TIMER:
        return paying.late(call)
    if event.timer == "lost" and call.accepted_by is not None:
        return _given_up(call, call.accepted_by)
    return _late_in_the_line(call, event.timer) if call.phase == Phase.WAITING else (call, [])


def _late_in_the_line(call: Call, timer: str) -> Step:
    if timer == "place" and call.contact_id is None:
        return call, [words.Place(call.queue), words.SetTimer("place", arriving.PLACE_AGAIN_S)]
    if timer == "position":
        return call, [words.TellPosition(), words.SetTimer("position", call.plan.position_every_s)]
    if timer == "ring" and call.offered_to is not None and is_silent(call):
        return ring(call, call.offered_to)
    return call, []


def _given_up(call: Call, user_id: int) -> Step:
    """The softphone did not come back: the customer is not left with nobody."""
    if call.up(ADVISOR) is not None and not call.lost:
        return call, []
    if call.phase == Phase.DIALLING:
        return ending.end(call, "softphone", [words.EndContact("softphone")])
    call, hung_up = without_advisor(call)
    return call, [*hung_up, words.Tell("softphone_lost"), words.GiveBack(user_id, "softphone")]
