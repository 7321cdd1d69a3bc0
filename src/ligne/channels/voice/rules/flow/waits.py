"""What a call waits for, from its facts alone: the timers to set and the sounds whose end leads on, when a controller
takes it over."""

from __future__ import annotations

from ligne.channels.voice.rules.flow import arriving, paying, waiting, words
from ligne.channels.voice.rules.flow.call import ADVISOR, Call, Phase


def timers(call: Call) -> list[words.SetTimer]:
    """Set them all anew: one that begins again rings later than it would have, never too early."""
    found = []
    if call.phase == Phase.WAITING:
        found.append(words.SetTimer("position", call.plan.position_every_s))
        if call.contact_id is None:
            found.append(words.SetTimer("place", arriving.PLACE_AGAIN_S))
        if waiting.is_silent(call):
            found.append(words.SetTimer("ring", waiting.RING_AGAIN_S))
    if call.phase == Phase.MENU and not call.playing:
        found.append(words.SetTimer("menu", arriving.MENU_S))
    if call.paying and not call.playing:
        found.append(words.SetTimer(paying.TIMER, paying.SILENCE_S))
    if call.accepted_by is not None and (call.lost or call.up(ADVISOR) is None):
        found.append(words.SetTimer("lost", waiting.LOST_S))
    return found


def sounds(call: Call) -> list[tuple[str, words.Event]]:
    """(name at the exchange, what its end means) of what the customer hears or says now."""
    if call.playing:
        return [(call.playing, words.Played(call.playing))]
    if call.phase == Phase.VOICEMAIL:
        name = call.message
        return [(name, words.Recorded(name, 0.0))]
    return []
