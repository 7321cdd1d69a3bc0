"""From the first ring to the line: welcome, menus, closed hours, the message that is left."""

from __future__ import annotations

from dataclasses import replace

from ligne.channels.voice.rules.flow import ending, paying, words
from ligne.channels.voice.rules.flow.call import CUSTOMER, Call, Option, Phase
from ligne.channels.voice.rules.flow.words import Command

Step = tuple[Call, list[Command]]
MENU_S = 6.0  # to press a key after the prompt
PLACE_AGAIN_S = 3.0  # when the contact could not be made: the database was away
TRIES = 3  # then the line's own queue takes the call: nobody is turned away for a key


def arrived(call: Call, event: words.Arrived) -> Step:
    """Lift the receiver; say why nobody answers, or welcome."""
    customer = call.leg(CUSTOMER)
    if customer is None or customer.up:
        return call, []
    call = call.with_leg(replace(customer, up=True))
    lifted: list[Command] = [words.Answer(customer.channel)]
    prompts = call.plan.closed_prompts if call.plan.closed else call.plan.welcome
    call, commands = say(replace(call, phase=Phase.PROMPT), prompts)
    return (call, lifted + commands) if prompts else _join(lifted, go_on(call))


def say(call: Call, prompts: tuple[str, ...]) -> Step:
    """Play to the customer; nothing to play changes nothing."""
    customer = call.leg(CUSTOMER)
    if not prompts or customer is None:
        return call, []
    stop: list[Command] = [words.StopPlay(call.playing)] if call.playing else []
    call, name = call.next_name("play")
    play = words.Play(customer.channel, name, prompts, call.plan.language)
    return replace(call, playing=name), [*stop, play]


def go_on(call: Call) -> Step:
    """After the first prompt: a closed line ends or takes a message, an open one asks or lets wait."""
    if call.leaving:
        return ending.end(call, "us")
    if call.plan.closed:
        return to_voicemail(call) if call.plan.closed_to == "voicemail" else ending.end(call, "closed")
    if call.plan.menu in call.plan.menus:
        return to_menu(call, call.plan.menu)
    return to_queue(call, call.plan.queue)


def to_menu(call: Call, name: str, *, again: bool = False) -> Step:
    """Ask; a menu that does not exist leads to the line's queue."""
    if name not in call.plan.menus:
        return to_queue(call, call.plan.queue)
    tries = call.tries + 1 if again else 0
    if tries >= TRIES:
        return to_queue(call, call.plan.queue)
    prompts, _ = call.plan.menus[name]
    call = replace(call, phase=Phase.MENU, menu=name, tries=tries)
    call, commands = say(call, prompts)
    return call, commands if prompts else [*commands, words.SetTimer("menu", MENU_S)]


def to_queue(call: Call, queue: str) -> Step:
    """Become a contact that waits."""
    stop: list[Command] = [words.StopPlay(call.playing)] if call.playing else []
    call = replace(call, phase=Phase.WAITING, queue=queue, playing="", tries=0)
    return call, [*stop, words.SetTimer("menu", 0), *placing(call)]


def placing(call: Call) -> list[Command]:
    """Ask for a contact, and again until there is one; say the place in the line now and then."""
    return [
        words.Place(call.queue),
        words.SetTimer("place", PLACE_AGAIN_S),
        words.SetTimer("position", call.plan.position_every_s),
    ]


def to_voicemail(call: Call) -> Step:
    """Invite to leave a message, then the tone."""
    call, commands = say(replace(call, phase=Phase.VOICEMAIL), call.plan.voicemail_prompts)
    return _join(commands, _take_message(call)) if not call.playing else (call, commands)


def _take_message(call: Call) -> Step:
    customer = call.leg(CUSTOMER)
    if customer is None:
        return call, []
    call, name = call.next_name("message")
    return replace(call, message=name), [words.TakeMessage(customer.channel, name)]


def played(call: Call, event: words.Played) -> Step:
    """A prompt is over: what comes next depends on why it was played."""
    if event.name != call.playing:
        return call, []
    call = replace(call, playing="")
    if call.paying:
        return paying.played(call)
    if call.leaving or call.phase == Phase.PROMPT:
        return go_on(call)
    if call.phase == Phase.MENU:
        return call, [words.SetTimer("menu", MENU_S)]
    if call.phase == Phase.VOICEMAIL:
        return _take_message(call)
    return call, []


def pressed(call: Call, event: words.Pressed) -> Step:
    """A key of the customer; nobody else's means anything."""
    leg = call.leg_at(event.channel)
    if leg is None or leg.role != CUSTOMER:
        return call, []
    if call.phase == Phase.TALKING:
        return paying.pressed(call, event.key)
    if event.key == call.plan.objection_key and not call.objected and call.phase in {Phase.PROMPT, Phase.WAITING}:
        return replace(call, objected=True), [words.Tell("objected")]
    if call.phase == Phase.MENU:
        return _chosen(call, event.key)
    if call.phase == Phase.WAITING and event.key == call.plan.call_back_key and call.plan.call_back_key:
        return _call_back_instead(call)
    return call, []


def _chosen(call: Call, key: str) -> Step:
    option = call.plan.menus[call.menu][1].get(key)
    if option is None:
        return to_menu(call, call.menu, again=True)
    if option.language:
        call = replace(call, plan=replace(call.plan, language=option.language))
    return _join([words.SetTimer("menu", 0)], _follow(call, option))


def _follow(call: Call, option: Option) -> Step:
    if option.action == "menu":
        return to_menu(call, option.target)
    if option.action == "voicemail":
        stop: list[Command] = [words.StopPlay(call.playing)] if call.playing else []
        return _join(stop, to_voicemail(replace(call, playing="")))
    if option.action == "repeat":
        return to_menu(call, call.menu, again=not option.language)  # another language is no wrong key
    if option.action == "record_no":
        call = replace(call, objected=True)
    return to_queue(call, option.target or call.plan.queue)


def _call_back_instead(call: Call) -> Step:
    """Keep the place, let the line go. The promise is made before the customer is told that it is."""
    advisor_legs: list[Command] = [words.HangUp(leg.channel) for leg in call.legs if leg.role != CUSTOMER]
    call = replace(call, legs=tuple(leg for leg in call.legs if leg.role == CUSTOMER), phase=Phase.PROMPT, leaving=True)
    call = replace(call, offered_to=None)
    promise: list[Command] = [*advisor_legs, words.PromiseCallBack(), words.SetTimer("position", 0)]
    call, commands = say(call, call.plan.call_back_prompts)
    return (call, promise + commands) if call.playing else _join(promise, ending.end(call, "us"))


def recorded(call: Call, event: words.Recorded) -> Step:
    """The message is left: keep it, end."""
    if call.phase != Phase.VOICEMAIL or event.name != call.message:
        return call, []
    return _join([words.KeepMessage(event.name, event.duration_s)], ending.end(call, "message"))


def _join(first: list[Command], then: Step) -> Step:
    return then[0], first + then[1]
