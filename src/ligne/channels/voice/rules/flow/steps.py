"""One step of the flow: an event on a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ligne.channels.voice.rules.flow import arriving, ending, media, paying, talking, waiting, words
from ligne.channels.voice.rules.flow.call import Call, Phase
from ligne.channels.voice.rules.flow.words import Command, Event

Step = tuple[Call, list[Command]]
_STEPS: dict[type, Callable[[Call, Any], Step]] = {
    words.Arrived: arriving.arrived,
    words.Played: arriving.played,
    words.Pressed: arriving.pressed,
    words.Recorded: arriving.recorded,
    words.Late: waiting.late,
    words.Placed: waiting.placed,
    words.Offered: waiting.offered,
    words.Withdrawn: waiting.withdrawn,
    words.Accepted: waiting.accepted,
    words.Position: waiting.position,
    words.Requeued: waiting.requeued,
    words.Ready: waiting.ready,
    words.Answered: talking.answered,
    words.Hold: talking.hold,
    words.Consult: talking.consult,
    words.Conference: talking.conference,
    words.Transfer: talking.transfer,
    words.DropThird: talking.drop_third,
    words.Pay: paying.pay,
    words.StopPaying: paying.stop,
    words.Keyed: paying.keyed,
    words.Charged: paying.charged,
    words.Spoiled: paying.spoiled,
    words.Pause: talking.pause,
    words.Object: talking.object_to_recording,
    words.Watch: talking.watch,
    words.TakeOver: talking.take_over,
    words.Finished: ending.finished,
    words.Gone: ending.gone,
    words.Refused: ending.refused,
}


def step(call: Call, event: Event) -> Step:
    """The call after `event`, and what is to be done. A call that is over stays over; what does not fit is ignored."""
    if call.phase == Phase.ENDED:
        return call, []
    after, commands = _STEPS[type(event)](call, event)
    after, ended = paying.left(after, "hung_up" if after.phase == Phase.ENDED else "interrupted")
    if after.paying and media.of(after).tracks is None:
        after = replace(after, paying=replace(after.paying, unrecorded=True))
    sound = media.difference(media.of(call), media.of(after), after)
    if after.paying and not call.paying:
        return after, sound + commands  # nobody hears the customer, and nothing records, before the card is asked for
    return after, commands + ended + sound
