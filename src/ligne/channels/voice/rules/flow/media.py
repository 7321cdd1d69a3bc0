"""Who hears whom, from the facts of a call alone; and the commands that lead from one state of sound to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

from ligne.channels.voice.rules.flow import words
from ligne.channels.voice.rules.flow.call import (
    ADVISOR,
    ASKING,
    CUSTOMER,
    JOIN,
    SUPERVISOR,
    THIRD,
    WHISPER,
    Call,
    Phase,
)


@dataclass(frozen=True, slots=True)
class Media:
    """`together` are in the conversation's bridge; `music` hear music; `ears` is {supervisor's leg: (whose, whisper)};
    `tracks` the two channels that are recorded, customer's first; `silent` whether the recording is."""

    together: frozenset[str] = frozenset()
    music: frozenset[str] = frozenset()
    ears: dict[str, tuple[str, bool]] = field(default_factory=dict)
    tracks: tuple[str, str] | None = None
    silent: bool = False


def of(call: Call) -> Media:
    """The state of sound that these facts ask for."""
    customer, third = call.up(CUSTOMER), call.up(THIRD)
    advisor = None if call.lost else call.up(ADVISOR)
    if call.phase == Phase.HANDED and customer:
        if third:
            return Media(together=frozenset({customer.channel, third.channel}))
        return Media(music=frozenset({customer.channel}))
    if call.phase == Phase.WAITING and customer and not call.playing:
        return Media(music=frozenset({customer.channel}))
    # While the customer's telephone rings the advisor hears that tone alone: whoever hears a tone of their own cannot
    # join a bridge, and the exchange would do nothing else until it ends.
    if call.phase != Phase.TALKING:
        return Media()
    aside = call.held or call.paying is not None or (call.leg(THIRD) is not None and not call.conference)
    together = {leg.channel for leg in (advisor, third) if leg}
    music = frozenset[str]()
    if customer and not aside and advisor:
        together.add(customer.channel)
    elif customer and (call.paying is None or (call.paying.step == ASKING and not call.playing)):
        music = frozenset({customer.channel})
    ears = {}
    for leg in call.legs:
        if leg.role == SUPERVISOR and leg.up:
            if leg.mode == JOIN:
                together.add(leg.channel)
            elif advisor:
                ears[leg.channel] = (advisor.channel, leg.mode == WHISPER)
    tracks = (customer.channel, advisor.channel) if call.recording and customer and advisor else None
    return Media(frozenset(together), music, ears, tracks, silent=call.paying is not None or call.paused)


def difference(before: Media, after: Media, call: Call) -> list[words.Command]:
    """What leads from one to the other. Nobody leaves a bridge into silence, nobody joins one with music on."""
    there = {leg.channel for leg in call.legs}
    todo: list[words.Command] = []
    if before.tracks and before.tracks != after.tracks:
        todo.append(words.StopRecording(drop=call.objected))
    elif before.tracks and before.silent != after.silent:
        todo.append(words.MuteRecording(after.silent))  # before the customer keys anything in
    todo += [words.StopEavesdrop(leg) for leg in sorted(before.ears) if before.ears[leg] != after.ears.get(leg)]
    todo += [words.Leave(channel) for channel in sorted(before.together - after.together) if channel in there]
    todo += [words.StopMusic(channel) for channel in sorted(before.music - after.music) if channel in there]
    todo += [words.Join(channel) for channel in sorted(after.together - before.together)]
    todo += [words.StartMusic(channel, call.plan.moh) for channel in sorted(after.music - before.music)]
    todo += [
        words.Eavesdrop(leg, *after.ears[leg]) for leg in sorted(after.ears) if after.ears[leg] != before.ears.get(leg)
    ]
    if after.tracks and before.tracks != after.tracks:
        todo.append(words.StartRecording(*after.tracks))
        if after.silent:
            todo.append(words.MuteRecording(on=True))
    return todo
